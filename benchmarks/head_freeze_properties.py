"""What is promised of head freeze, put to the test on three backends.

    python benchmarks/head_freeze_properties.py [--backends tensorflow jax torch]

Runs the tests that state each promise, and counts them. About 3 minutes of 2 cores.
"""

from promises import main

METHOD, FIT = "tests/unit/methods/test_head_freeze.py", "tests/unit/training/test_fit.py"
COMMAND = "tests/integration/test_head_freeze.py"
TRAIN, KEYPOINTS = "tests/unit/experiments/test_train.py", "tests/unit/losses/test_keypoints_loss.py"
PROMISES = {
    "the loss is Eq. 6; what the second stage holds": (METHOD, "equation_6 or second_step_up"),
    "what is frozen stays to the last bit, all else moves; its batch normalisation infers": (FIT, "frozen"),
    "an interrupted run ends as one that was not, between stages too": ("tests/invariant/test_resume.py", ""),
    "the second stage begins with the first one's best weights, resumed or not": (TRAIN, "ended_early"),
    "the validation loss is what a step of training would say": ("tests/unit/experiments/test_validation_loss.py", ""),
    "heatmaps are those of the formula; absent keypoints are to be empty": (KEYPOINTS, ""),
    "scores of the target read none of its labels": ("tests/unit/experiments/test_label_free.py", ""),
    "stages that cannot be run: unknown layer (did you mean), anchor unlabelled in a domain": (METHOD, "cannot_be_run"),
    "from the command line: mistakes are said in one line, and nothing is left": (COMMAND, "mistakes"),
    "keypoints outside the image": ("tests/unit/data/readers/test_keypoint_files.py", "faults"),
    "normals not of unit length, or not numbers": ("tests/unit/data/readers/test_normal_maps.py", "no_normals"),
}
ONCE = tuple(PROMISES)[-4:]  # need no backend


if __name__ == "__main__":
    main(__doc__, "head_freeze_properties", "Head freeze: promises", PROMISES, ONCE)

"""How well the centre prior of one data set explains another: saliency that was learnt from no image.

    python benchmarks/center_prior.py [--data FOLDER]

The mean density of OSIE's first 500 images is scored on Saliency in Crowd (images 401 to 500), with the scores'
defaults and as pysaliency counts: every fixation, all thresholds. Read from ../shared/data. About 20 seconds of a core.
"""

import json
import pathlib

import cv2
import numpy as np
from result import ROOT, make_parser, write_result


def measure(folder):
    """Rows of scores; the densities of both sets have σ = 12 px at a width of 512."""
    import scipy.io

    from xdomain_keras.data.baselines import CenterPrior
    from xdomain_keras.data.fixation_map import fixation_density
    from xdomain_keras.metrics import SaliencyMetrics

    gaze = {}
    stored = scipy.io.loadmat(folder / "osie/eye/fixations.mat", squeeze_me=True, struct_as_record=False)
    for image in stored["fixations"]:
        viewers = [np.stack([np.atleast_1d(v.fix_x), np.atleast_1d(v.fix_y)], axis=1) for v in image.subjects]
        gaze[image.img] = np.concatenate(viewers)
    prior = CenterPrior(lambda points: fixation_density(points, (600, 800), 800 * 12 / 512))
    for name in sorted(gaze)[:500]:
        prior.add(gaze[name])
    found = prior.values()
    viewers = json.loads((folder / "crowd/fixations.json").read_text())
    metrics, exact = SaliencyMetrics(), SaliencyMetrics(distinct=False, step=None, num_splits=None)
    for name in sorted(viewers)[400:]:
        shape = cv2.imread(str(folder / "crowd/images" / name)).shape[:2]
        fixations = np.concatenate([np.asarray(points, float).reshape(-1, 2) for points in viewers[name]])
        for metric in (metrics, exact):
            metric.update_state({"fixations_xy": fixations}, prior.predict(found, shape)["saliency_map"])
    return [
        {"counted": "defaults", **metrics.result()},
        {"counted": "every fixation, all thresholds", **exact.result()},
    ]


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--data", default=ROOT.parent / "shared" / "data", type=pathlib.Path)
    arguments = parser.parse_args()
    write_result(
        "center_prior",
        "The centre prior of OSIE on Saliency in Crowd",
        {"scores": measure(arguments.data)},
        [],
        folder=arguments.results,
        backend="none",
    )


if __name__ == "__main__":
    main()

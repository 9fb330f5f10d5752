"""Normals of real photographs, learnt in rendered rooms: what can be said of them without any ground truth.

    python benchmarks/head_freeze_photographs.py [--methods …] [--seeds …]

COCO's masks say which pixels are floor, ceiling and wall; in a level camera the first two face up and down, and the
last stands upright. Measured on the 100 validation photographs of COCO128 by how far predicted normals are from that:
no ground truth, since cameras are not level. Beside them stand three guesses that look at no photograph. Read from
../shared/data. Resumable; about 4 minutes of a core a method and seed.
"""

import os

import compare_methods
import numpy as np
import train_methods
from built import build
from result import ROOT, make_parser

UP, DOWN = np.array([0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0])  # x right, y down, z forward
FACING = {"floor": UP, "rug": UP, "ceiling": DOWN}
STAGE = "stages=[{name: all, epochs: 32}]"
METHODS = {
    "rooms alone": ["domains.coco.train=false", STAGE],
    "+ both anchors": [STAGE],
    "head freeze": ["stages.0.patience=0"],
}
SHORT = ["evaluation.every_epochs=0", "evaluation.pictures=0"]  # the last weights: nothing is chosen on a split
SURFACES = "surfaces@coco"
COLUMNS = [(SURFACES, name) for name in ("floor", "ceiling", "wall", "mean")]
COLUMNS += [("segmentation@coco", "mIoU"), ("normals@room", "mean")]
# The paper's ordering, Tables 1 and 2.
ORDER = [("head freeze", "+ both anchors"), ("head freeze", "rooms alone"), ("+ both anchors", "rooms alone")]


def measure_surfaces(samples, normals, names):
    """Mean angles in degrees to what a level camera would see, and the mean of these.

    Args:
        samples: dicts with `semantic_ids`.
        normals: float `[H, W, 3]` for each, unit vectors.
        names: of the classes.
    """
    angles = {"floor": [], "ceiling": [], "wall": []}
    for sample, own in zip(samples, normals, strict=True):
        for name, direction in FACING.items():
            cosine = own[sample["semantic_ids"] == names.index(name)] @ direction
            angles["ceiling" if name == "ceiling" else "floor"].append(np.arccos(cosine.clip(-1, 1)))
        upward = own[sample["semantic_ids"] == names.index("wall")] @ UP
        angles["wall"].append(np.abs(np.arcsin(upward.clip(-1, 1))))
    found = {name: float(np.degrees(np.concatenate(each).mean())) for name, each in angles.items()}
    return {**found, "mean": float(np.mean(list(found.values())))}


def measure(experiment):
    """The surfaces of the test photographs, as this network sees them."""
    from xdomain_keras.evaluation.predictor import predict
    from xdomain_keras.experiments.cells import measured_tasks

    data, model = experiment.data, experiment.model
    tasks = {name: model.tasks[name] for name in measured_tasks(experiment.config, "coco")}
    samples, normals = [], []
    for sample, predicted in predict(model.predictor("coco"), tasks, data.samples("coco", "test")):
        samples.append(sample)
        normals.append(unit(predicted["normals"]["normals"]))
    return {"surfaces": measure_surfaces(samples, normals, classes_of(data))}


def classes_of(data):
    """Names of the classes that COCO's masks show."""
    return data.source("coco", "test").names["semantic_ids"]


def unit(normals):
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)


def measure_guesses(config_path):
    """Rows of what looks at no photograph: one direction for all pixels, and the rendered rooms' mean by place."""
    import cv2

    data = build(config_path).data
    samples = list(data.samples("coco", "test"))
    by_place = np.mean([sample["normals"] for sample in data.samples("room", "train")], axis=0)
    guesses = {
        "towards the camera everywhere": lambda shape: np.tile(-np.eye(3)[2], (*shape, 1)),
        "mean of the rooms": lambda shape: np.tile(unit(by_place.mean(axis=(0, 1))), (*shape, 1)),
        "mean of the rooms, place by place": lambda shape: unit(cv2.resize(by_place, shape[::-1])),
    }
    for name, guess in guesses.items():
        normals = [guess(sample["image"].shape[:2]) for sample in samples]
        yield {"method": name, "seed": 0, "test": {SURFACES: measure_surfaces(samples, normals, classes_of(data))}}


def main():
    parser = make_parser(__doc__)
    train_methods.add_arguments(parser, METHODS)
    arguments = parser.parse_args()
    os.chdir(ROOT)  # the config's paths are relative to it
    arguments.set = [*SHORT, *arguments.set]
    path = ROOT / "configs" / "head_freeze" / "rooms_coco128.yaml"
    guesses = compare_methods.summarise_untrained(list(measure_guesses(path)), COLUMNS)

    def describe(rows, no_look):
        rows = [{**row, "test": {**row["test"], SURFACES: row["surfaces"]}} for row in rows]
        scores = compare_methods.scores_of(rows, METHODS, SURFACES, "mean", -1)
        what = "difference of the mean angle in degrees, better is positive"
        return {
            "title": "Head freeze: normals of real photographs from rendered rooms, segmentation of COCO as the anchor",
            "figures": {
                "test_split": [*compare_methods.summarise(rows, no_look, COLUMNS), *guesses],
                "the_papers_ordering": compare_methods.compare_order(ORDER, scores, what),
            },
            "targets": [compare_methods.whole_target("head freeze, photographs", rows, METHODS, arguments.seeds)],
            "notes": [
                "There is no ground truth of normals for these photographs. `floor` and `ceiling` are mean angles in "
                "degrees to up and down over the pixels that COCO's masks call so, `wall` the mean angle to the "
                "horizontal; a camera that looks down or up adds its own angle to them.",
                "Any level direction does well on `wall` alone; only all three together say something.",
            ],
        }

    train_methods.train_all("head_freeze_photographs", path, METHODS, arguments, describe, extra=measure)


if __name__ == "__main__":
    main()

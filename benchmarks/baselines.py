"""What can be predicted without a look at the image: every task's baseline on the data of one packaged config.

    python benchmarks/baselines.py

Each config is trained for one step by the command line, on all of its data, and measured on its test images: the scores
of the baselines, which were fitted to the training labels, stand in `metrics.json` and in the report. Photographs are
read from ../shared/data; human parts, whose data are not there, are drawn. About 10 minutes on 2 cores.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import cv2
import numpy as np
from result import ROOT, make_parser, target, write_result

# Config → the tasks whose baselines are looked at in its report.
CONFIGS = {
    "mmd_alignment/scenes": ("detection", "saliency"),
    "pair_mapping/scenes_rooms": ("segmentation", "depth", "normals"),
    "head_freeze/scenes_keypoints": ("keypoints",),
    "class_agnostic/scenes": ("salient_object",),
    "class_agnostic/bsds500": ("regions",),
    "pair_mapping/bsds_sod": ("edges",),
    "pair_mapping/paper_pascal": ("human_parts",),
}
STEP = ["steps_per_epoch=1", "evaluation.pictures=1"]
SIDE = 128  # what pair consistency takes: maps at a quarter of it are a multiple of 32


def draw_pascal(folder):
    """Twenty images in the layout of `pair_mapping/paper_pascal`: a person of two parts, in twelve places."""
    import scipy.io

    stems = [f"2008_{number:06}" for number in range(20)]
    for name in ("JPEGImages", "semseg", "human_parts", "sal", "edges", "normals", "ImageSets/Context"):
        (folder / name).mkdir(parents=True)
    for number, stem in enumerate(stems):
        person, legs = np.zeros((2, SIDE, SIDE), np.uint8)
        left = 8 * (number % 12)
        person[8:56, left : left + 32] = 1
        legs[32:56, left : left + 32] = 1
        normals = np.tile(np.uint8([0, 128, 128]), (SIDE, SIDE, 1))  # blue, green, red: straight at the camera
        maps = {"JPEGImages": 200 * person, "semseg": 15 * person, "sal": 255 * person, "edges": 255 * (person - legs)}
        for name, pixels in {**maps, "normals": normals}.items():
            ending = "jpg" if name == "JPEGImages" else "png"
            assert cv2.imwrite(str(folder / name / f"{stem}.{ending}"), pixels)
        parts = [{"part_name": "torso", "mask": person - legs}, {"part_name": "llleg", "mask": legs}]
        objects = [{"class": "person", "class_ind": 15, "parts": parts}]
        scipy.io.savemat(folder / "human_parts" / f"{stem}.mat", {"anno": {"imname": stem, "objects": objects}})
    for split in ("train", "val"):
        (folder / "ImageSets" / "Context" / f"{split}.txt").write_text("\n".join(stems) + "\n", encoding="utf-8")


def train(config, folder):
    """Train a config for a step a stage, and measure it; the run's folder."""
    from xdomain_keras.config import load_config

    stages = [f"stages.{index}.epochs=1" for index in range(len(load_config(config).stages))]
    here, more = ROOT, []
    if config.endswith("paper_pascal"):
        here, more = folder / "pascal", [f"image_size=[{SIDE}, {SIDE}]", "domains.pascal.batch_size=2"]
        draw_pascal(here / "data" / "pascal")
    run = folder / config.replace("/", "_")
    command = [sys.executable, "-m", "xdomain_keras.apps.train", config, *STEP, *stages, *more, "--run", str(run)]
    finished = subprocess.run(command, cwd=here, capture_output=True, text=True)
    if finished.returncode:
        raise SystemExit(f"{config}: {finished.stderr.strip().splitlines()[-1]}")
    return run


def read_run(config, run):
    """Rows of the config's tasks: the baseline's main score beside that of the network, and what the report says."""
    from xdomain_keras.label_matrix import Cell
    from xdomain_keras.tasks import TASKS

    metrics, facts = (json.loads((run / name).read_text(encoding="utf-8")) for name in ("metrics.json", "facts.json"))
    report = re.sub(r"<[^>]+>", " ", (run / "report.html").read_text(encoding="utf-8"))
    for cell, scores in metrics["test"].items():
        task = Cell.parse(cell).task
        if task not in CONFIGS[config]:
            continue
        main, name = TASKS[task].main_metric, facts["baselines"][task]["name"]
        other = metrics["test, baseline"][cell]
        above = scores[main] is not None and scores[main] > other[main]
        said = f"test: {cell}: {main}" in report
        yield {
            "config": config,
            "cell": cell,
            "baseline": name,
            "score": main,
            "of_the_baseline": other[main],
            "after_one_step": scores[main],
            "in_the_report": name in report,
            "report_says_below": said,
            "right": name in report and said != above,
        }


def main():
    from xdomain_keras.label_matrix import Cell

    arguments = make_parser(__doc__).parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for config in CONFIGS:
            rows += read_run(config, train(config, pathlib.Path(folder)))
            print(rows[-1], flush=True)
    right = sum(row.pop("right") for row in rows)
    text = "baselines that stand in the report of a packaged config, and are told where the network is not above them"
    targets = [target(text, f"{len(rows)} of {len(rows)}", f"{right} of {len(rows)}", right == len(rows))]
    tasks = {Cell.parse(row["cell"]).task for row in rows}
    wanted = {task for own in CONFIGS.values() for task in own}
    targets.append(target("tasks with a baseline", len(wanted), len(tasks & wanted), tasks >= wanted))
    notes = [
        "A baseline is fitted to the labels of the training images and predicts the same for every image. What a "
        "network is worth is what it adds to this figure; after one step it is worth nothing yet.",
        "The human parts are drawn, since PASCAL-Context is not there: their figure says only that the row is there.",
    ]
    title = "Scores without a look at the image"
    write_result("baselines", title, {"main_scores": rows}, targets, folder=arguments.results, seeds=[0], notes=notes)


if __name__ == "__main__":
    main()

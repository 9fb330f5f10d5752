"""A small experiment on disk, and the command line in this process."""

import contextlib
import io
import json

import cv2
import numpy as np
import yaml

from tests.unit.training import tiny  # noqa: F401  sets up JAX's cache of compiled steps
from xdomain_keras.apps.main import main

SIZE = 32
NAMES = tuple("abcdef")


def make_experiment(folder, count=6):
    """Write images; dict of what a test may change before `write_experiment`: config, boxes and fixations."""
    rng = np.random.default_rng(0)
    folder.joinpath("images").mkdir(parents=True)
    annotations, gaze = [], {}
    for row, name in enumerate(NAMES[:count]):
        image = rng.integers(0, 80, (SIZE, SIZE, 3), np.uint8)
        left, top = (int(number) for number in rng.integers(2, 14, 2))
        image[top : top + 12, left : left + 12, row % 2] = 250
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), image)
        annotations.append({"image_id": row, "category_id": row % 2, "bbox": [left, top, 12, 12]})
        gaze[f"{name}.jpg"] = [[[left + 6, top + 6], [left + 3.5, top + 8]], [[left + 9, top + 2]]]
    boxes = {
        "images": [
            {"id": row, "file_name": f"{name}.jpg", "height": SIZE, "width": SIZE}
            for row, name in enumerate(NAMES[:count])
        ],
        "annotations": annotations,
        "categories": [{"id": 0, "name": "blue"}, {"id": 1, "name": "green"}],
    }
    images = str(folder / "images")
    splits = {"train": {"rows": ":-2"}, "validation": {"rows": "-2:"}, "test": {"rows": "-4:"}}
    config = {
        "name": "small",
        "image_size": [SIZE, SIZE],
        "domains": {
            "boxed": {
                "source": {"reader": "coco", "images": images, "annotations": str(folder / "boxes.json")},
                "splits": splits,
                "tasks": ["detection"],
                "batch_size": 2,
            },
            "gazed": {
                "source": {"reader": "fixation_list", "images": images, "fixations": str(folder / "gaze.json")},
                "splits": splits,
                "tasks": ["saliency"],
                "batch_size": 2,
            },
        },
        "tasks": {
            "detection": {"max_boxes": 3, "head": {"taps": ["c4", "c5"], "extras": [], "aspect_ratios": [2]}},
            "saliency": {"sigma": 0.1, "head": {"name": "thin", "filters": 4, "decoder_filters": [4]}},
        },
        "model": {"backbone": {"name": "resnet", "depth": 18, "width": 0.0625}},
        "evaluation": {"batch_size": 4, "pictures": 2},
    }
    return {"folder": folder, "config": config, "boxes": boxes, "gaze": gaze}


def write_experiment(parts):
    """Write config and annotations; returns the path of the config."""
    folder = parts["folder"]
    for key in ("boxes", "gaze"):
        text = parts[key] if isinstance(parts[key], str) else json.dumps(parts[key])
        (folder / f"{key}.json").write_text(text, encoding="utf-8")
    (folder / "config.yaml").write_text(yaml.safe_dump(parts["config"], sort_keys=False), encoding="utf-8")
    return folder / "config.yaml"


def call(*arguments):
    """Run `xdomain …` in this process: (exit code, what it printed, what it said on stderr)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = stop.code
    return code, out.getvalue(), err.getvalue()

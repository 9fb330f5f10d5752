"""A small experiment on disk, and the command line in this process."""

import contextlib
import io
import json
import types

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


def add_maps(parts):
    """Masks and depth of all images, and a domain that has both; returns the folder of the maps."""
    folder = parts["folder"]
    for name in NAMES:
        for kind, levels in (("masks", np.eye(SIZE, dtype=np.uint8)), ("depth", np.full((SIZE, SIZE), 2.5))):
            (folder / kind).mkdir(exist_ok=True)
            if kind == "masks":
                cv2.imwrite(str(folder / kind / f"{name}.png"), levels)
            else:
                np.save(folder / kind / f"{name}.npy", levels)
    images = str(folder / "images")
    parts["config"]["domains"]["mapped"] = {
        "source": [
            {"reader": "depth_maps", "images": images, "maps": str(folder / "depth"), "scale": 1},
            {"reader": "masks", "images": images, "masks": str(folder / "masks"), "names": ["wall", "line"]},
        ],
        "tasks": ["segmentation", "depth"],
    }
    return folder


def make_transfer(parts):
    """Turn an experiment into one of task transfer: `rendered` has masks and depth, `real` masks alone."""
    add_maps(parts)
    config = parts["config"]
    rendered = {**config["domains"]["mapped"], "batch_size": 2}
    real = {"source": dict(rendered["source"][1]), "tasks": ["segmentation"], "batch_size": 2}
    config["domains"] = {"rendered": rendered, "real": {**real, "taps": {"depth": "c2_segmentation_to_depth"}}}
    config["tasks"] = {task: {"head": {"name": "generator"}} for task in ("segmentation", "depth")}
    config["method"] = "task_transfer"
    config["model"]["backbone"] = {
        "name": "task_encoders",
        "tasks": ["segmentation", "depth"],
        "encoder": {"name": "generator", "width": 0.0625, "blocks": 1},
        "transfer": {"kind": "unet", "width": 0.0625},
    }
    config["terms"] = {
        "domain_adversarial": {"feature": "c2_segmentation", "classifier": {"width": 0.0625}},
        "feature_matching": {"source": "c2_segmentation_to_depth", "target": "c2_depth"},
    }
    task = {"tasks": ["segmentation"], "trainable": ["backbone_segmentation", "segmentation"]}
    other = {"domains": ["rendered"], "tasks": ["depth"], "trainable": ["backbone_depth", "depth"]}
    transfer = {"domains": ["rendered"], "trainable": ["backbone_transfer"]}
    config["stages"] = [
        {"name": "segmentation", **task, "terms": ["supervised", "domain_adversarial"]},
        {"name": "depth", **other, "terms": ["supervised"]},
        {"name": "transfer", **transfer, "terms": ["feature_matching"]},
    ]
    config["evaluation"] = {"every_epochs": 0, "pictures": 0}


def make_head_freeze(parts):
    """Turn an experiment into one of head freeze: `drawn` has normals and three keypoints, `photo` keypoints alone."""
    folder, config, rng = parts["folder"], parts["config"], np.random.default_rng(0)
    normals = np.zeros((SIZE, SIZE, 3), np.float32)
    normals[: SIZE // 2, :, 2], normals[SIZE // 2 :, :, 1] = -1, -1
    for kind in ("normals", "points"):
        (folder / kind).mkdir()
    for name in NAMES:
        np.save(folder / "normals" / f"{name}.npy", normals)
        np.save(folder / "points" / f"{name}.npy", np.append(rng.uniform(2, 30, (3, 2)), [[3], [4], [2]], axis=1))
    images, splits = str(folder / "images"), {**config["domains"]["boxed"]["splits"], "validation": {"rows": "-3:"}}
    points = {"reader": "keypoint_files", "images": images, "points": str(folder / "points")}
    points["names"] = ["left_eye", "right_eye", "nose"]
    maps = {"reader": "normal_maps", "images": images, "maps": str(folder / "normals")}
    config["domains"] = {
        "drawn": {"source": [maps, points], "splits": splits, "tasks": ["normals", "keypoints"], "batch_size": 2},
        "photo": {"source": [maps, {**points}], "splits": splits, "tasks": ["keypoints"], "batch_size": 2},
    }
    config["domains"]["photo"]["evaluate"] = ["normals", "keypoints"]
    config["tasks"] = {"normals": {"head": {"name": "deconv"}, "stride": 2}}
    config["method"] = "head_freeze"
    encoder = config["model"]["backbone"]
    config["model"]["backbone"] = {"name": "feature_pyramid", "encoder": encoder, "channels": 8}
    config["stages"] = [
        {"name": "source", "domains": ["drawn"]},
        {"name": "both", "frozen": ["backbone_up3", "normals", "keypoints"]},
    ]
    config["evaluation"] = {"batch_size": 4, "pictures": 2, "features": "c3", "label_free": True}


def change_config(parts, changes):
    """Set values of the config by their places, as `stages.1.domains`."""
    for place, value in changes.items():
        *way, last = (int(step) if step.isdigit() else step for step in place.split("."))
        node = parts["config"]
        for step in way:
            node = node[step]
        node[last] = value


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


def train_experiment(folder, change=lambda parts: None):
    """`xdomain train` on six images: `folder`, `images`, `config` and `run` (paths), `code`, `out` and `err`."""
    parts = make_experiment(folder / "data")
    change(parts)
    config, run = write_experiment(parts), folder / "run"
    code, out, err = call("train", config, "--run", run)
    places = {"folder": folder, "images": folder / "data" / "images", "config": config, "run": run}
    return types.SimpleNamespace(**places, code=code, out=out, err=err)

"""Give `xdomain train` every bad input that people have, and see what it says.

    python benchmarks/bad_input.py [--cases NAME …]

Each case is a small sound experiment with one thing broken, in a folder of its own, and a process of its own.
Wanted: one line that names file and field, exit code 3 (2 for the config), nothing left behind. A sound run is
made too, so that the broken ones do not fail for another reason. About 3 minutes on 2 cores.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
import yaml
from result import ROOT, make_parser, target, write_result


def make_experiment(folder):
    """Write three images, their boxes and fixations, and a config; dict of the parts that a case may break."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir()
    for name in ("a", "b", "c"):
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), rng.integers(0, 255, (96, 96, 3), np.uint8))
    boxes = {
        "images": [{"id": i, "file_name": f"{name}.jpg", "height": 96, "width": 96} for i, name in enumerate("abc")],
        "annotations": [{"id": i, "image_id": i, "category_id": 1, "bbox": [10, 10, 40, 40]} for i in range(3)],
        "categories": [{"id": 1, "name": "thing"}],
    }
    fixations = {f"{name}.jpg": [[[20, 20], [50, 60]]] for name in "abc"}
    images = str(folder / "images")
    config = {
        "name": "bad_input",
        "image_size": [64, 64],
        "domains": {
            "boxed": {
                "source": {"reader": "coco", "images": images, "annotations": str(folder / "boxes.json")},
                "tasks": ["detection"],
                "batch_size": 2,
            },
            "gazed": {
                "source": {"reader": "fixation_list", "images": images, "fixations": str(folder / "gaze.json")},
                "tasks": ["saliency"],
                "batch_size": 2,
            },
        },
        "tasks": {
            "detection": {"head": {"taps": ["c4", "c5"], "extras": [], "aspect_ratios": [2]}},
            "saliency": {"head": {"name": "thin", "filters": 4, "decoder_filters": [8, 4]}},
        },
        "model": {"backbone": {"name": "resnet", "depth": 18, "width": 0.125}},
    }
    return {"config": config, "boxes": boxes, "gaze": fixations, "folder": folder}


def truncate_image(parts):
    path = parts["folder"] / "images" / "b.jpg"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def set_box(box):
    return lambda parts: parts["boxes"]["annotations"][1].update(bbox=box)


# Case → (exit code, what the line must name, how the sound experiment is broken).
CASES = {
    "nothing wrong": (0, [], lambda parts: None),
    "unknown config key": (
        2,
        ["config.yaml", "domains.boxed.batchsize", "batch_size"],
        lambda p: p["config"]["domains"]["boxed"].update(batchsize=4),
    ),
    "config value of the wrong type": (
        2,
        ["config.yaml", "image_size"],
        lambda p: p["config"].update(image_size="large"),
    ),
    "unknown task": (
        2,
        ["domains.boxed.tasks", "detectoin"],
        lambda p: p["config"]["domains"]["boxed"].update(tasks=["detectoin"]),
    ),
    "MMD over one domain": (
        2,
        ["mmd", "boxed"],
        lambda p: (p["config"]["domains"].pop("gazed"), p["config"].update(terms={"mmd": {}})),
    ),
    "missing image": (3, ["boxes.json", "images[1].file_name"], lambda p: (p["folder"] / "images" / "b.jpg").unlink()),
    "truncated JPEG": (3, ["b.jpg"], truncate_image),
    "box outside the image": (3, ["boxes.json", "annotations[1].bbox"], set_box([80, 10, 40, 40])),
    "inverted box": (3, ["boxes.json", "annotations[1].bbox"], set_box([50, 10, -20, 40])),
    "box with NaN": (3, ["boxes.json", "annotations[1].bbox"], set_box([10, float("nan"), 40, 40])),
    "unknown category": (
        3,
        ["boxes.json", "annotations[1].category_id"],
        lambda p: p["boxes"]["annotations"][1].update(category_id=9),
    ),
    "fixation outside": (3, ["gaze.json", "b.jpg"], lambda p: p["gaze"]["b.jpg"][0].append([500, 10])),
    "fixation with NaN": (3, ["gaze.json", "b.jpg"], lambda p: p["gaze"]["b.jpg"][0].append([float("nan"), 10])),
    "empty JSON": (3, ["boxes.json"], lambda p: p.update(boxes={})),
    "JSON cut short": (3, ["boxes.json"], lambda p: p.update(boxes=json.dumps(p["boxes"])[:100])),
    "duplicate image id": (3, ["boxes.json", "images[1].id"], lambda p: p["boxes"]["images"][1].update(id=0)),
}


def run_case(name):
    """One row: exit code, what was printed on stderr, what is new in the folder."""
    code, wanted, break_it = CASES[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        parts = make_experiment(folder)
        break_it(parts)
        (folder / "config.yaml").write_text(yaml.safe_dump(parts["config"]))
        for key in ("boxes", "gaze"):
            text = parts[key] if isinstance(parts[key], str) else json.dumps(parts[key])
            (folder / f"{key}.json").write_text(text)
        before = set(folder.rglob("*"))
        command = [sys.executable, "-m", "xdomain_keras.apps.main", "train", "config.yaml", "--run", "run"]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        left = sorted(path.relative_to(folder).as_posix() for path in set(folder.rglob("*")) - before)
        # Paths are shortened, so that the line reads the same wherever it was measured.
        lines = finished.stderr.replace(f"{temporary}/", "").splitlines()
    said = [line for line in lines if line.startswith("error: ")]
    return {
        "case": name,
        "exit_code": finished.returncode,
        "right": finished.returncode == code and all(word in " ".join(said) for word in wanted),
        "lines": len(lines) if code else 0,
        "left_behind": ", ".join(left) if code else "a run",
        "message": " / ".join(said) or (lines[-1] if lines and code else ""),
    }


def main():
    parser = make_parser(__doc__)
    parser.add_argument(
        "--cases", nargs="+", choices=CASES, default=list(CASES), metavar="NAME", help=f"of: {', '.join(CASES)}"
    )
    arguments = parser.parse_args()
    os.chdir(ROOT)
    rows = [run_case(name) for name in arguments.cases]
    bad = [row for row in rows if CASES[row["case"]][0]]
    right, single, clean = (
        sum(test(row) for row in bad)
        for test in (lambda row: row["right"], lambda row: row["lines"] == 1, lambda row: not row["left_behind"])
    )
    text = "bad input: "
    targets = [
        target(
            text + "exit code, file and field", f"{len(bad)} of {len(bad)}", f"{right} of {len(bad)}", right == len(bad)
        ),
        target(text + "one line on stderr", f"{len(bad)} of {len(bad)}", f"{single} of {len(bad)}", single == len(bad)),
        target(text + "nothing left behind", f"{len(bad)} of {len(bad)}", f"{clean} of {len(bad)}", clean == len(bad)),
    ]
    sound = [row for row in rows if not CASES[row["case"]][0]]
    targets += [
        target(
            "the same experiment with nothing wrong trains",
            "exit code 0",
            f"exit code {row['exit_code']}",
            row["right"],
        )
        for row in sound
    ]
    write_result("bad_input", "Bad input", {"cases": rows}, targets, folder=arguments.results)


if __name__ == "__main__":
    main()

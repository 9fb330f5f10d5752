"""Whether two checkouts train the same weights: packaged configs at tiny sizes, 20 steps each, bit by bit.

    python benchmarks/same_weights.py OTHER_CHECKOUT [--backends tensorflow jax torch] [--configs NAME …]

Each checkout trains by its own command line, in a process of its own. Compared are all arrays of `last.weights.h5` and
of the checkpoint, in which the weights of the terms, the optimizer's moments and the seeds are too.
"""

import collections
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
from result import ROOT, make_parser, target, write_result

BACKENDS = ("tensorflow", "jax", "torch")
RESNET = "model.backbone.width=0.125"
TAPS = "tasks.detection.head.taps=[c4, c5]"
THIN = ["tasks.saliency.head={name: thin, filters: 8, decoder_filters: [8, 8], skips: [c4, c3]}"]
SEGNET = ["model.backbone.width=0.125"]
PYRAMID = ["model.backbone={encoder: {name: resnet18, width: 0.125}, channels: 8}"]
OBJECT = ["tasks.salient_object.head={name: thin, filters: 8, decoder_filters: [8, 8], skips: [c4, c3]}"]
TRANSFER = [
    "model.backbone.encoder.width=0.125",
    "model.backbone.transfer.width=0.0625",
    "terms.domain_adversarial.classifier.width=0.0625",
]
# Config → (number of stages, overrides); channel counts are multiples of 8 by any rounding.
CONFIGS = {
    "mmd_alignment/scenes": (1, [RESNET, TAPS, "tasks.detection.head.scales=[0.2, 0.5, 0.9]", *THIN]),
    "mmd_alignment/scenes_detection": (1, [RESNET, TAPS, "tasks.detection.head.scales=[0.2, 0.5, 0.9]"]),
    "pair_mapping/scenes_rooms": (1, SEGNET),
    "pair_mapping/scenes_streets": (1, [*SEGNET, "balancing={name: gradnorm}"]),
    "task_transfer/scenes": (3, TRANSFER),
    "class_agnostic/scenes": (1, [RESNET, *OBJECT, "domains.room.swap_objects=0.5"]),
    "head_freeze/scenes": (2, [*PYRAMID, "evaluation.every_epochs=1"]),
    "head_freeze/scenes_keypoints": (2, [*PYRAMID, "evaluation.every_epochs=1"]),
}
# The readers of files, where the photographs are there.
ON_FILES = {
    "mmd_alignment/crowd_osie": (1, [RESNET, "image_size=[96, 128]", *THIN]),
    "pair_mapping/bsds_sod": (1, [RESNET, "image_size=[64, 64]", "evaluation.every_epochs=0"]),
}
GENERATOR = "`uint8(5056,)` on torch is the state of torch's own generator, from which Keras draws no numbers."
COUNTS = {"train": 48, "validation": 8, "test": 4}


def main():
    parser = make_parser(__doc__)
    parser.add_argument("other", type=pathlib.Path, help="folder of the other checkout")
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=BACKENDS)
    parser.add_argument("--configs", nargs="+", help="names of packaged configs (default: all of them)")
    parser.add_argument("--kept", type=pathlib.Path, help="folder in which the other checkout's runs are kept")
    arguments = parser.parse_args()
    there = (ROOT.parent / "shared" / "data").is_dir()
    known = {**CONFIGS, **(ON_FILES if there else {})}
    rows, same, whole = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.configs or known:
            for backend in arguments.backends:
                runs = []
                for checkout, kept in ((arguments.other.resolve(), arguments.kept), (ROOT, None)):
                    run = (kept or pathlib.Path(folder, checkout.name)).resolve() / backend / name.replace("/", "_")
                    if not (run / "last.weights.h5").exists():
                        train(checkout, name, known[name], backend, run)
                    runs.append(run)
                equal, found = compare(*runs)
                same, whole = same + equal, whole + (found == "equal")
                rows.append({"config": name, "backend": backend, "found": found})
                print(f"{backend:10}  {name:32}  {found}", flush=True)
    targets = [
        target("runs whose weights are equal bit by bit", f"{len(rows)} of {len(rows)}", str(same), same == len(rows)),
        target(
            "runs whose whole checkpoint is, with moments, terms and seeds",
            f"{len(rows)} of {len(rows)}",
            str(whole),
            whole == len(rows),
        ),
    ]
    options = {"folder": arguments.results, "backend": ", ".join(arguments.backends), "notes": [GENERATOR]}
    write_result("same_weights", "Two checkouts train the same weights", {"runs": rows}, targets, **options)
    return same < len(rows)


def train(checkout, name, settings, backend, run):
    """Train one config by a checkout's own command line."""
    num_stages, overrides = settings
    overrides = [
        *(f"stages.{index}.epochs=1" for index in range(num_stages)),
        f"steps_per_epoch={20 // num_stages}",
        *([] if any("every_epochs" in text for text in overrides) else ["evaluation.every_epochs=0"]),
        "evaluation.pictures=0",
        "evaluation.features=null",
        *counts_of(checkout, name),
        *overrides,
    ]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
    own = checkout / ".venv" / "bin" / "python"
    command = [str(own if own.exists() else sys.executable), "-m", "apps.train", name, *overrides, "--run", str(run)]
    finished = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    if not (run / "last.weights.h5").exists():
        raise SystemExit(f"{checkout}: {' '.join(command)} failed:\n{finished.stderr[-2000:]}")


def counts_of(checkout, name):
    """Overrides that render few images of each split; none for data on files, whose rows are few enough."""
    if name in ON_FILES:
        return []
    import yaml

    domains, path = {}, checkout / "configs" / f"{name}.yaml"
    while path:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        for domain, own in tree.get("domains", {}).items():
            domains[domain] = (
                None if own is None or domains.get(domain, own) is None else {**own, **domains.get(domain, {})}
            )
        path = path.parent / tree["base"] if "base" in tree else None
    return [
        f"domains.{domain}.splits.{split}.count={COUNTS[split]}"
        for domain, config in domains.items()
        if config and "splits" in config
        for split in config["splits"]
    ]


def compare(first, second):
    """(whether the weights of two runs are equal bit by bit, what differs between the runs, as text)."""
    weights = [read_weights(run / "last.weights.h5") for run in (first, second)]
    if weights[0].keys() != weights[1].keys():
        return False, f"weights of other names: {sorted(weights[0].keys() ^ weights[1].keys())[:3]}"
    gaps = {key: gap(weights[0][key], weights[1][key]) for key in weights[0]}
    wrong = {key: value for key, value in gaps.items() if value}
    if wrong:
        worst = max(wrong, key=wrong.get)
        return False, f"{len(wrong)} of {len(gaps)} arrays differ, by up to {wrong[worst]:.1e} ({worst})"
    digests = [read_digests(run / "checkpoint.npz") for run in (first, second)]
    others = [what for what, _ in digests[0] - digests[1]]
    return True, f"the weights are equal; of the checkpoint not: {', '.join(others)}" if others else "equal"


def read_weights(path):
    """Dict of place in the file → array."""
    found = {}

    def read(place, item):
        if isinstance(item, h5py.Dataset):
            found[place] = item[()]

    with h5py.File(path) as file:
        file.visititems(read)
    return found


def gap(first, second):
    """0 where two arrays are equal bit by bit, else their largest difference."""
    if first.shape != second.shape:
        return float("inf")
    if first.tobytes() == second.tobytes():
        return 0.0
    return float(np.abs(first.astype(float) - second.astype(float)).max()) or sys.float_info.min


def read_digests(path):
    """(type and shape, hash) of all arrays of a checkpoint, counted: their order is not a promise."""
    with np.load(path) as file:
        arrays = [file[key] for key in file.files if key != "position"]
    return collections.Counter((f"{array.dtype}{array.shape}", hash_of(array)) for array in arrays)


def hash_of(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())

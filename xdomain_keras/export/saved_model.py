"""Export to SavedModel, and proof that it loads where only TensorFlow is installed."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import keras
import numpy as np

from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.infer import infer
from xdomain_keras.extras import require_installed

TOLERANCE = 1e-3
# Runs in a process of its own that imports TensorFlow and NumPy, nothing of this package.
VERIFIER = """
import json, sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
images = np.load(sys.argv[2])["images"]
outputs = [{key: value.numpy() for key, value in model.serve(images[:count]).items()} for count in (len(images), 1)]
assert "xdomain_keras" not in sys.modules, "the verifier must need TensorFlow alone"
np.savez(sys.argv[3], **outputs[0])
print(json.dumps({"batch": len(images), "single": len(next(iter(outputs[1].values())))}))
"""


def export_saved_model(predictor, path, description=None):
    """Write a predictor as SavedModel: images float `[B, H, W, 3]` in [0, 255] → decoded outputs, B free.

    Boxes are decoded and suppressed inside. On torch the model is saved, loaded again by Keras on
    TensorFlow in a process of its own, and exported there, since torch cannot write a SavedModel.

    Args:
        predictor: model from `evaluation.predictor.build_predictor`.
        path: folder to write; replaced only when all went well.
        description: JSON-able, stored as `manifest.json` beside the model.

    Returns:
        dict of output → largest difference between the exported model, loaded in a process that
        imports only TensorFlow, and this one.

    Raises:
        ConfigError: the folder holds something else than a SavedModel, TensorFlow is not installed, or the
            exported model does not agree.
    """
    require_installed("tensorflow", "a SavedModel")
    path = pathlib.Path(path)
    if path.exists() and not (path / "saved_model.pb").exists() and not (path.is_dir() and not any(path.iterdir())):
        raise ConfigError(f"{path}: holds something else than a SavedModel; choose a new folder.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        written = pathlib.Path(folder) / "model"
        write(predictor, written, folder)
        differences = verify(predictor, written, folder)
        manifest = {
            "input": ["batch", *predictor.input.shape[1:]],
            "outputs": {key: ["batch", *value.shape[1:]] for key, value in predictor.output.items()},
            "largest_difference": differences,
            **(description or {}),
        }
        (written / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if path.exists():
            shutil.rmtree(path)
        os.replace(written, path)
    return differences


def write(predictor, path, folder):
    """Write the SavedModel; from torch by way of a `.keras` file in `folder` and a process with TensorFlow."""
    backend = keras.backend.backend()
    if backend == "torch":
        archive = str(pathlib.Path(folder) / "model.keras")
        predictor.save(archive)
        run_python(["-m", "xdomain_keras.export.saved_model", archive, str(path)], "tensorflow")
        return
    options = {"jax2tf_kwargs": {"with_gradient": False}} if backend == "jax" else {}
    predictor.export(str(path), format="tf_saved_model", verbose=False, **options)


def verify(predictor, path, folder):
    """Load the export where only TensorFlow is imported, and compare on random images."""
    images = np.random.default_rng(0).integers(0, 256, (3, *predictor.input.shape[1:]), np.uint8)
    said = [outputs for _, _, outputs in infer(predictor, ({"image": image} for image in images), len(images))]
    expected = {key: np.stack([outputs[key] for outputs in said]) for key in predictor.output}
    given, answer = pathlib.Path(folder) / "images.npz", pathlib.Path(folder) / "answer.npz"
    np.savez(given, images=images.astype("float32"))
    run_python(["-c", VERIFIER, str(path), str(given), str(answer)])
    with np.load(answer) as outputs:
        gaps = {key: np.abs(outputs[key] - value) for key, value in expected.items()}
    for key, gap in gaps.items():
        # Two detections whose scores are equal but for rounding may change places: a few values, not many.
        if gap.size and np.mean(gap <= TOLERANCE) < 0.95:
            raise ConfigError(f"export: `{key}` of the exported model differs by up to {gap.max():.1e}; not written.")
    return {key: float(gap.max(initial=0.0)) for key, gap in gaps.items()}


def run_python(arguments, backend=None):
    """Run Python in a process of its own; its last line of errors becomes a `ConfigError`."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"} | ({"KERAS_BACKEND": backend} if backend else {})
    finished = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)
    if finished.returncode:
        reason = finished.stderr.strip().splitlines()[-1] if finished.stderr.strip() else "no message"
        raise ConfigError(
            f"export: a process with TensorFlow failed: {reason}; SavedModel needs `tensorflow` installed."
        )
    return finished.stdout


def main(archive, path):
    """Load a `.keras` file on TensorFlow and export it; the second half of an export from torch."""
    import xdomain_keras.layers
    import xdomain_keras.models

    assert xdomain_keras.layers and xdomain_keras.models  # imported so that their classes are registered
    write(keras.saving.load_model(archive, compile=False), path, None)


if __name__ == "__main__":
    main(*sys.argv[1:])

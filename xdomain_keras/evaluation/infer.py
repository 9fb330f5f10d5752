"""The one inference path: samples pass a model batch by batch, and come out with what it says of each."""

import keras
import numpy as np

from xdomain_keras.data.labels import LABELS
from xdomain_keras.data.transforms import resize


def infer(model, samples, batch_size=16, kinds=LABELS):
    """Run a model over samples of any size, without holding more than a batch of them.

    Args:
        model: `keras.Model` from images float `[B, H, W, 3]` in [0, 255] to a tensor, or a nested dict of tensors.
        samples: iterable of samples (see `data/sample.py`), of which `image` is needed.
        batch_size: images per forward pass; the last batch is filled up, so that one graph serves all.
        kinds: dict of kind → `Label`, those that the samples may carry.

    Yields:
        For each sample (the sample as given, the sample at the model's size, what the model says of it: arrays nested
        as its output).

    Example:

    >>> images = keras.Input((4, 4, 3))
    >>> model = keras.Model(images, {"mean": keras.layers.GlobalAveragePooling2D()(images)})
    >>> samples = [{"image": np.full((8, 6, 3), value, np.uint8)} for value in (1, 2, 3)]
    >>> [float(said["mean"][0]) for _, _, said in infer(model, samples, batch_size=2)]
    [1.0, 2.0, 3.0]
    """
    size, batch = tuple(model.input.shape[1:3]), []
    for sample in samples:
        batch.append((sample, resize(sample, size, kinds)))
        if len(batch) == batch_size:
            yield from infer_batch(model, batch, batch_size)
            batch = []
    if batch:
        yield from infer_batch(model, batch, batch_size)


def infer_batch(model, batch, batch_size):
    """`infer` of one batch of (sample, resized sample), filled up to its size with copies of its last image."""
    images = np.stack([resized["image"] for _, resized in batch]).astype("float32")
    filled = np.concatenate([images, np.repeat(images[-1:], batch_size - len(images), axis=0)])
    said = keras.tree.map_structure(keras.ops.convert_to_numpy, model.predict_on_batch(filled))
    for row, (sample, resized) in enumerate(batch):
        yield sample, resized, keras.tree.map_structure(lambda array, row=row: array[row], said)

"""The predictor: the network with its decoders, one flat dict of tensors a batch."""

import keras
import numpy as np
from keras import ops

from xdomain_keras.data.transforms import resize


def build_predictor(network, tasks, taps=None):
    """Join the network with the decoders of some tasks.

    Args:
        network: `MultiHeadModel`.
        tasks: dict of task name → `Task`.
        taps: dict of task → level that its head reads instead of its own, see `MultiHeadModel.subnetwork`.

    Returns:
        Functional `keras.Model`, images float `[B, H, W, 3]` in [0, 255] → dict `{task}_{field}` → tensor. Flat,
        since nested outputs cannot be exported.
    """
    images = network.input
    outputs = network.subnetwork(outputs=sorted(tasks), features=(), taps=taps)(images)["outputs"]
    decoded = {}
    for name, task in tasks.items():
        for field, tensor in task.decoder(network)(outputs[name]).items():
            decoded[f"{name}_{field}"] = tensor
    return keras.Model(images, decoded, name="predictor")


def predict(predictor, tasks, images, batch_size=16):
    """Predict images of any size.

    Args:
        predictor: from `build_predictor`.
        tasks: the same dict of tasks.
        images: iterable of uint8 `[H, W, 3]`.
        batch_size: images a forward pass; the last batch is filled up, so that one graph serves all.

    Yields:
        For each image a dict of task name → prediction (sample keys, pixels of that image).
    """
    size = tuple(predictor.input.shape[1:3])
    batch, shapes = [], []
    for image in images:
        shapes.append(image.shape[:2])
        batch.append(resize({"image": image}, size)["image"])
        if len(batch) == batch_size:
            yield from predict_batch(predictor, tasks, batch, shapes, batch_size)
            batch, shapes = [], []
    if batch:
        yield from predict_batch(predictor, tasks, batch, shapes, batch_size)


def predict_batch(predictor, tasks, batch, shapes, batch_size):
    """Yield the predictions of one batch, filled up to its size with copies of its last image."""
    filled = np.stack(batch + [batch[-1]] * (batch_size - len(batch))).astype("float32")
    decoded = {key: ops.convert_to_numpy(value) for key, value in predictor.predict_on_batch(filled).items()}
    for row, shape in enumerate(shapes):
        yield {
            name: task.prediction(
                {key[len(name) + 1 :]: value[row] for key, value in decoded.items() if key.startswith(f"{name}_")},
                shape,
            )
            for name, task in tasks.items()
        }

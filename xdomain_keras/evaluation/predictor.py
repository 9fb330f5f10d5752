"""The predictor: the network with its decoders, one flat dict of tensors per batch."""

import keras

from xdomain_keras.data.labels import LABELS
from xdomain_keras.evaluation.infer import infer


def build_predictor(network, tasks, taps=None, domain=None):
    """Join the network with the decoders of some tasks.

    Args:
        network: `MultiHeadModel`.
        tasks: dict of task name → `Task`.
        taps: dict of task → level that its head reads instead of its own, see `MultiHeadModel.subnetwork`.
        domain: as of `MultiHeadModel.subnetwork`.

    Returns:
        Functional `keras.Model`, images float `[B, H, W, 3]` in [0, 255] → dict `{task}_{field}` → tensor. Flat,
        since nested outputs cannot be exported.
    """
    images = network.input
    outputs = network.subnetwork(outputs=sorted(tasks), features=(), taps=taps, domain=domain)(images)["outputs"]
    decoded = {}
    for name, task in tasks.items():
        for field, tensor in task.decoder(network)(outputs[name]).items():
            decoded[f"{name}_{field}"] = tensor
    return keras.Model(images, decoded, name="predictor")


def predict(predictor, tasks, samples, batch_size=16, kinds=LABELS):
    """Predict samples of any size.

    Args:
        predictor: from `build_predictor`.
        tasks: the same dict of tasks.
        samples: iterable of samples, of which `image` is needed; they are read as predictions are asked for.
        batch_size: images per forward pass.
        kinds: as of `infer`.

    Yields:
        For each sample (the sample, dict of task name → prediction under sample keys, in pixels of that image).
    """
    for sample, _, decoded in infer(predictor, samples, batch_size, kinds):
        shape = sample["image"].shape[:2]
        yield (
            sample,
            {
                name: task.prediction(
                    {key.removeprefix(f"{name}_"): own for key, own in decoded.items() if key.startswith(f"{name}_")},
                    shape,
                )
                for name, task in tasks.items()
            },
        )

"""The losses of the validation split, as training measures them."""

import math

import numpy as np
from keras import ops

from xdomain_keras.data.transforms import resize
from xdomain_keras.losses.per_image import per_image, unreduced

LOSS = "loss"  # the metric's name, and that of the sum


def validation_losses(experiment, domains):
    """Dict of task@domain → mean loss over the images of the `validation` split that are labelled for the task.

    Args:
        experiment: `Experiment` with its network.
        domains: names of domains that have such a split.
    """
    losses = {}
    for domain in domains:
        tasks = {name: experiment.tasks[name] for name in experiment.evaluated_tasks(domain)}
        sums, counts = dict.fromkeys(tasks, 0.0), dict.fromkeys(tasks, 0)
        source, batch_size = experiment.source(domain, "validation"), experiment.config.evaluation.batch_size
        functions = {name: unreduced(task.loss(experiment.network)) for name, task in tasks.items()}
        model = experiment.subnetwork(domain, sorted(tasks)) if tasks else None
        for start in range(0, len(source) if tasks else 0, batch_size):
            rows = range(start, min(start + batch_size, len(source)))
            samples = [resize(source[row], experiment.config.image_size) for row in rows]
            images = np.stack([sample["image"] for sample in samples]).astype("float32")
            filled = np.concatenate([images, np.repeat(images[-1:], batch_size - len(images), axis=0)])  # one graph
            outputs = model.predict_on_batch(filled)["outputs"]
            for name, task in tasks.items():
                labelled = [place for place, sample in enumerate(samples) if task.has_labels(sample)]
                if labelled:
                    target = np.stack([task.encode(samples[place]) for place in labelled])
                    own = ops.convert_to_tensor(ops.convert_to_numpy(outputs[name])[labelled])
                    sums[name] += float(ops.sum(per_image(functions[name], ops.convert_to_tensor(target), own)))
                    counts[name] += len(labelled)
        losses |= {f"{name}@{domain}": sums[name] / counts[name] for name in tasks if counts[name]}
    return losses


def weighted_sum(losses, weights, matrix):
    """The losses of the cells that a stage trains, with the weights of their tasks; NaN where none is measured.

    What weighs terms, images (`reduction`) or gradients in training is not in it.

    Args:
        losses: dict of task@domain → float.
        weights: dict of task or task@domain → weight; 1 where none is given.
        matrix: `LabelMatrix` of the stage.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> weighted_sum({"a@x": 1.0, "b@x": 2.0, "a@y": 9.0}, {"b": 0.5}, LabelMatrix({"x": ["a", "b"]}))
    2.0
    """
    trained = {f"{task}@{domain}": task for domain, task in matrix.cells}
    values = [
        weights.get(cell, weights.get(trained[cell], 1.0)) * loss for cell, loss in losses.items() if cell in trained
    ]
    return sum(values) if values else math.nan

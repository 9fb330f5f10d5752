"""The losses of the validation split, as training measures them."""

import itertools
import math

import numpy as np
from keras import ops

from xdomain_keras.evaluation.infer import infer
from xdomain_keras.experiments.cells import domains_with, measured_tasks
from xdomain_keras.label_matrix import Cell
from xdomain_keras.losses.per_image import per_image, unreduced

LOSS = "loss"  # the metric's name, and that of the sum


def validation_losses(config, data, model):
    """Dict of `Cell` → mean loss over the images of the `validation` split that are labelled for the task.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        model: `Model`.
    """
    losses = {}
    for domain in domains_with(config, "validation"):
        on_domain = model.tasks_on(data, domain, "validation")
        tasks = {name: on_domain[name] for name in measured_tasks(config, domain)}
        if not tasks:
            continue
        functions = {name: unreduced(task.loss(model.network)) for name, task in tasks.items()}
        network, kinds = model.subnetwork(domain, sorted(tasks)), data.kinds(domain, "validation")
        sums, counts, batch_size = dict.fromkeys(tasks, 0.0), dict.fromkeys(tasks, 0), config.evaluation.batch_size
        said = infer(network, data.samples(domain, "validation"), batch_size, kinds)
        while batch := list(itertools.islice(said, batch_size)):
            for name, task in tasks.items():
                pairs = [(task.encode(own), out["outputs"][name]) for _, own, out in batch if task.has_labels(own)]
                if pairs:
                    y_true, y_pred = (ops.convert_to_tensor(np.stack(column)) for column in zip(*pairs, strict=True))
                    sums[name] += float(ops.sum(per_image(functions[name], y_true, y_pred)))
                    counts[name] += len(pairs)
        losses |= {Cell(name, domain): sums[name] / counts[name] for name in tasks if counts[name]}
    return losses


def weighted_sum(losses, weights, matrix):
    """The losses of the cells that a stage trains, with the weights of their tasks; NaN where none is measured.

    What weighs terms, images (`reduction`) or gradients in training is not in it.

    Args:
        losses: dict of `Cell` → float.
        weights: dict of task, or `task@domain`, → weight; 1 where none is given.
        matrix: `LabelMatrix` of the stage.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> losses = {Cell("a", "x"): 1.0, Cell("b", "x"): 2.0, Cell("a", "y"): 9.0}
    >>> weighted_sum(losses, {"b": 0.5}, LabelMatrix({"x": ["a", "b"]}))
    2.0
    """
    values = [
        weights.get(str(cell), weights.get(cell.task, 1.0)) * loss
        for cell, loss in losses.items()
        if cell in matrix.cells
    ]
    return sum(values) if values else math.nan

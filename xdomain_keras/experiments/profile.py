"""What a config costs: parameters, MACs, speed, memory."""

import math

from xdomain_keras.evaluation.profile import count_macs, count_parameters, measure
from xdomain_keras.experiments.build import Experiment


def profile(config, batch_size=1, seconds=5.0):
    """Count and measure the network of a config; no data is read where the config names the classes.

    Args:
        config: `ExperimentConfig`.
        batch_size: images a forward pass.
        seconds: how long to measure; 0 counts only.

    Returns:
        dict with `parameters` (trainable), for each term that learns something `parameters of NAME`, `macs`
        (multiply-adds of convolutions and dense layers from an image to all heads), and unless `seconds` is 0
        `images_per_second` and `peak_memory_mb` of a process of its own.
    """
    experiment = Experiment(config)
    network, figures = experiment.network, {"parameters": count_parameters(experiment.network)}
    for term in experiment.terms():
        term.prepare(network, experiment.matrix)
        learned = sum(math.prod(variable.shape) for variable in term.learned_variables)
        figures |= {f"parameters of {term.name}": learned} if learned else {}
    figures["macs"] = count_macs(network, config.image_size)
    if seconds:
        figures |= measure(network, config.image_size, batch_size, seconds)
    return figures

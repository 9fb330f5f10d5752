"""What a config costs: parameters, MACs, speed, memory."""

from xdomain_keras.evaluation.profile import count_macs, count_parameters, measure
from xdomain_keras.experiments.build import Experiment


def profile(config, batch_size=1, seconds=5.0):
    """Count and measure the network of a config; no data is read where the config names the classes.

    Args:
        config: `ExperimentConfig`.
        batch_size: images a forward pass.
        seconds: how long to measure; 0 counts only.

    Returns:
        dict with `parameters` (trainable), `macs` (multiply-adds of convolutions and dense layers, one image),
        and unless `seconds` is 0 `images_per_second` and `peak_memory_mb` of a process of its own.
    """
    network = Experiment(config).network
    figures = {"parameters": count_parameters(network), "macs": count_macs(network, config.image_size)}
    if seconds:
        figures |= measure(network, config.image_size, batch_size, seconds)
    return figures

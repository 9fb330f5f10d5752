"""What a config costs: parameters, MACs, speed, memory."""

from xdomain_keras.errors import XDomainError
from xdomain_keras.evaluation.profile import count_macs, count_numbers, count_parameters, measure
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.first_weights import load_weights_of
from xdomain_keras.experiments.model import build_model
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.experiments.profile_parts import profile_parts
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.parts import load_parts
from xdomain_keras.training.trainer import setting_of


def profile(config, batch_size=1, seconds=5.0, parts=None):
    """Count and measure the network of a config; no data is read where the config names the classes.

    Args:
        config: `ExperimentConfig`.
        batch_size: images per forward pass.
        seconds: how long to measure; 0 counts only.
        parts: `Parts`; None for those of this package and of installed ones.

    Returns:
        dict with `parameters` (trainable), for each term that learns something `parameters of NAME`, `macs`
        (multiply-adds of convolutions and dense layers from an image to all heads), unless `seconds` is 0
        `images_per_second` and `peak_memory_mb` of a process of its own, and `parts`, see `profile_parts`; `loaded` is
        what came of `model.weights`, or why they could not be had.
    """
    parts = load_parts() if parts is None else parts
    model = build_model(config, resolve(config, Data(config, parts), parts, read_labels=False), parts)
    network, plan = model.network, build_plan(config, parts, len(model.tasks))
    figures = {"parameters": count_parameters(network)}
    for term in plan.terms:
        term.prepare(network, setting_of(network, plan.matrix, model.tasks))
        learned = count_numbers(term.learned_variables)
        figures |= {f"parameters of {term.name}": learned} if learned else {}
    figures["macs"] = count_macs(network, config.image_size)
    loaded = None
    if config.model.weights:
        try:
            loaded = load_weights_of(config, network)
            figures["loaded"] = str(loaded)
        except XDomainError as error:  # what is counted does not depend on them
            figures["loaded"] = str(error)
    figures["parts"] = profile_parts(network, plan, loaded)
    if seconds:
        figures |= measure(network, config.image_size, batch_size, seconds)
    return figures

"""An experiment: what is made of a config, side by side."""

import dataclasses


@dataclasses.dataclass
class Experiment:
    """What is made of a config: nothing but the four values, side by side.

    Attributes:
        config: `ExperimentConfig`.
        parts: `Parts`.
        data: `Data`.
        facts: `Facts`, without baselines before training.
        model: `Model`.
    """

    config: object
    parts: object
    data: object
    facts: object
    model: object

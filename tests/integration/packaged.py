"""A packaged config with its data and tasks, and without its network."""

import dataclasses

from xdomain_keras.config import load_config
from xdomain_keras.experiments import faults
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.model import Model, build_tasks
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.packaged_configs import packaged_configs
from xdomain_keras.parts import Parts


@dataclasses.dataclass
class Opened:
    """What there is of a config before a network is built."""

    config: object
    data: object
    model: object

    @property
    def tasks(self):
        return self.model.tasks

    def find_faults(self, decode=True):
        return faults.find_faults(self.config, self.data, self.model, decode)

    def mixture(self, domains):
        """The training stream of some domains."""
        return self.data.mixture({domain: self.model.tasks_on(self.data, domain, "train") for domain in domains})

    def batch(self, domain):
        """The first batch of a domain."""
        return self.data.domain(domain, self.model.tasks_on(self.data, domain, "train")).batch(0)

    def splits(self, domain):
        return list(self.config.domains[domain].splits)


def open_config(name, *overrides):
    """The data and tasks of a packaged config."""
    config, parts = load_config(packaged_configs()[name], overrides), Parts()
    data = Data(config, parts)
    facts = resolve(config, data, parts)
    return Opened(config, data, Model(config, None, build_tasks(config, facts, parts), None, facts.classes))

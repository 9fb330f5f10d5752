"""What the terms over task pairs share: predictions, truths, and who is labelled for what."""

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.masking import where_present
from xdomain_keras.terms.term import Needs, Term


class PairTerm(Term):
    """Base of the terms that compare a task's prediction with another task's label.

    Tasks whose predictions are not maps are left out. It reads every domain that has labels of a map, and there the
    prediction of *every* map: whether an image lacks a label because of its domain or by itself makes no difference.
    `needs` raises a `ConfigError` where there are fewer than two such tasks, or their maps differ in size.

    Args:
        name: of the term.
        weight: of the term.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.tasks import Depth, Normals
    >>> from xdomain_keras.terms import Setting
    >>> tasks = {"depth": Depth("depth", (32, 32)), "normals": Normals("normals", (32, 32))}
    >>> PairTerm("pairs").cells(Setting(LabelMatrix({"room": ["depth"], "street": ["normals"]}), tasks))
    ['room', 'street']
    """

    def needs(self, setting):
        tasks = setting.map_tasks
        if len(tasks) < 2:
            raise ConfigError(
                f"`{self.name}` needs two tasks whose predictions are maps; got {', '.join(tasks) or 'none'}. Add one "
                "to a domain or drop the term."
            )
        sizes = {name: task.shape for name, task in tasks.items()}
        if len(set(sizes.values())) > 1:
            raise ConfigError(f"`{self.name}` needs maps of one size; got {sizes}. Give all tasks the same `stride`.")
        return {domain: Needs(outputs=frozenset(tasks)) for domain in self.cells(setting)}

    def cells(self, setting):
        """Names of the domains with labels of a map."""
        matrix = setting.matrix
        return [domain for domain in matrix.domains if set(matrix.tasks_of(domain)) & set(setting.map_tasks)]

    def prepare(self, network, setting):
        self.map_tasks = setting.map_tasks
        super().prepare(network, setting)

    def compute(self, step):
        # As in `cells`; another term may ask for the outputs of a domain without labels.
        domains = [domain for domain in step.outputs if set(step.targets[domain]) & set(self.map_tasks)]
        return {domain: self.compute_domain(step, domain) for domain in domains}

    def compute_domain(self, step, domain):
        """(scalar, number of labels behind it) of one domain."""
        raise NotImplementedError

    def read_maps(self, step, domain, seed=None, outputs=None, change=None):
        """All maps of one domain.

        Args:
            step: `Step`.
            domain: its name.
            seed: see `Task.map_prediction`.
            outputs: dict of task → tensor that stands in for those of the step.
            change: applied to the targets, 0 where absent, before they become maps.

        Returns:
            (predictions and truths, dicts of task → `[B, H, W, C]`, those of the truths mean
            nothing where absent; present, float `[B, K]`).
        """
        targets, outputs = step.targets[domain], outputs or step.outputs[domain]
        predictions, truths, present = {}, {}, self.read_presence(step, domain)
        for column, (name, task) in enumerate(self.map_tasks.items()):
            predictions[name] = task.map_prediction(outputs[name], seed)
            if name in targets:
                target = where_present(targets[name], present[:, column])
                truths[name] = task.map_target(change(target) if change else target)
            else:
                truths[name] = ops.zeros_like(predictions[name])
        return predictions, truths, present

    def read_presence(self, step, domain):
        """Which image of a domain is labelled for which map, float `[B, K]` of 0 and 1."""
        weights, outputs = step.weights[domain], step.outputs[domain]
        columns = [
            ops.cast(ops.cast(weights[name], "float32") > 0, "float32")
            if name in step.targets[domain]
            else ops.zeros((ops.shape(outputs[name])[0],))
            for name in self.map_tasks
        ]
        return ops.stack(columns, axis=1)

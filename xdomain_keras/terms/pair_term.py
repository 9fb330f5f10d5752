"""What the terms over task pairs share: predictions, truths, and who is labelled for what."""

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.masking import where_present
from xdomain_keras.terms.term import Needs, Term


class PairTerm(Term):
    """Base of the terms that compare a task's prediction with another task's label.

    It reads every domain that has labels of a dense task, and there the prediction of *every* dense task: whether
    an image lacks a label because of its domain or by itself makes no difference.

    Args:
        tasks: dict of task name → `Task`; those that are no `DenseTask` are left out.
        weight: of the term.
        name: of the term.

    Raises:
        ConfigError: fewer than two dense tasks, or their maps differ in size.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.tasks import Depth, Normals
    >>> tasks = {"depth": Depth("depth", (32, 32)), "normals": Normals("normals", (32, 32))}
    >>> PairTerm(tasks, "pairs").cells(LabelMatrix({"room": ["depth"], "street": ["normals"]}))
    ['room', 'street']
    """

    def __init__(self, tasks, name, weight=1.0):
        super().__init__(name, weight)
        self.dense_tasks = {task: what for task, what in tasks.items() if getattr(what, "map_target", None)}
        if len(self.dense_tasks) < 2:
            raise ConfigError(
                f"`{name}` needs two tasks with a value a pixel; got {', '.join(self.dense_tasks) or 'none'}. "
                "Add one to a domain or drop the term."
            )
        sizes = {task: what.shape for task, what in self.dense_tasks.items()}
        if len(set(sizes.values())) > 1:
            raise ConfigError(f"`{name}` needs maps of one size; got {sizes}. Give all tasks the same `stride`.")

    def domains(self, matrix):
        """Names of the domains with labels of a dense task."""
        return [domain for domain in matrix.domains if set(matrix.tasks_of(domain)) & set(self.dense_tasks)]

    def needs(self, matrix):
        return {domain: Needs(outputs=frozenset(self.dense_tasks)) for domain in self.domains(matrix)}

    def cells(self, matrix):
        return self.domains(matrix)

    def compute(self, step):
        # As in `domains`; another term may ask for the outputs of a domain without labels.
        domains = [domain for domain in step.outputs if set(step.targets[domain]) & set(self.dense_tasks)]
        return {domain: self.compute_domain(step, domain) for domain in domains}

    def compute_domain(self, step, domain):
        """(scalar, number of labels behind it) of one domain."""
        raise NotImplementedError

    def read_maps(self, step, domain, seed=None, outputs=None, change=None):
        """All dense tasks' maps of one domain.

        Args:
            step: `Step`.
            domain: its name.
            seed: see `DenseTask.map_prediction`.
            outputs: dict of task → tensor that stands in for those of the step.
            change: applied to the targets, 0 where absent, before they become maps.

        Returns:
            (predictions and truths, dicts of task → `[B, H, W, C]`, those of the truths mean
            nothing where absent; present, float `[B, K]`).
        """
        targets, outputs = step.targets[domain], outputs or step.outputs[domain]
        predictions, truths, present = {}, {}, self.read_presence(step, domain)
        for column, (name, task) in enumerate(self.dense_tasks.items()):
            predictions[name] = task.map_prediction(outputs[name], seed)
            if name in targets:
                target = where_present(targets[name], present[:, column])
                truths[name] = task.map_target(change(target) if change else target)
            else:
                truths[name] = ops.zeros_like(predictions[name])
        return predictions, truths, present

    def read_presence(self, step, domain):
        """Which image of a domain is labelled for which dense task, float `[B, K]` of 0 and 1."""
        weights, outputs = step.weights[domain], step.outputs[domain]
        columns = [
            ops.cast(ops.cast(weights[name], "float32") > 0, "float32")
            if name in step.targets[domain]
            else ops.zeros((ops.shape(outputs[name])[0],))
            for name in self.dense_tasks
        ]
        return ops.stack(columns, axis=1)

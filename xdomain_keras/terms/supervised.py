"""The supervised loss of every labelled cell."""

import copy

from keras import ops

from xdomain_keras.config import suggest
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.masking import masked_mean, where_present
from xdomain_keras.terms.term import Needs, Term


class Supervised(Term):
    """`Σ_cells w_task · mean over labelled images of L_task(y_true, y_pred)`.

    Args:
        losses: dict of task name → `keras.losses.Loss`.
        weights: dict of task name (or `task@domain`) → weight; 1 where none is given.
        weight: of the whole term.
        name: of the term.

    Raises:
        ConfigError: a weight for a task that does not exist.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> term = Supervised({"depth": keras.losses.MeanAbsoluteError()})
    >>> term.cells(LabelMatrix({"indoor": ["depth"], "outdoor": []}))
    ['depth@indoor']
    """

    by_task = True

    def __init__(self, losses, weights: dict[str, float] | None = None, weight: float = 1.0, name="supervised"):
        super().__init__(name, weight)
        self.task_losses = {task: copy.copy(loss) for task, loss in losses.items()}
        self.task_weights = dict(weights or {})
        for key in self.task_weights:
            task = key.split("@")[0]
            if task not in self.task_losses:
                raise ConfigError(f"terms.{name}.weights: unknown task `{task}`; {suggest(task, self.task_losses)}")
        for loss in self.task_losses.values():
            loss.reduction = None  # one value an image: the mask decides which count

    def needs(self, matrix):
        return {domain: Needs(outputs=frozenset(matrix.tasks_of(domain))) for domain in matrix.domains}

    def cells(self, matrix):
        return [f"{task}@{domain}" for domain, task in matrix.cells]

    def compute(self, step):
        values = {}
        for domain, outputs in step.outputs.items():
            for task in step.targets[domain]:
                cell, present = f"{task}@{domain}", ops.cast(step.weights[domain][task], "float32")
                target = where_present(step.targets[domain][task], present)
                per_image = self.task_losses[task](target, outputs[task])
                if len(per_image.shape) > 1:  # Keras' own losses keep all axes but the last
                    per_image = ops.mean(per_image, axis=tuple(range(1, len(per_image.shape))))
                scale = self.task_weights.get(cell, self.task_weights.get(task, 1.0))
                values[cell] = (scale * masked_mean(per_image, present), ops.sum(present))
        return values

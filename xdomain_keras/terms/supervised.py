"""The supervised loss of every labelled cell."""

from typing import Literal

from keras import ops

from xdomain_keras.label_matrix import Cell
from xdomain_keras.losses.masking import masked_mean, where_present
from xdomain_keras.losses.per_image import per_image, unreduced
from xdomain_keras.signatures import check_choices, require_known
from xdomain_keras.terms.term import Needs, Term, check_weight


class Supervised(Term):
    """The loss of every labelled cell, `L_task(y_true, y_pred)` an image, summed with weights.

    Args:
        weights: dict of task name (or `task@domain`) → weight; 1 where none is given.
        reduction: `"task"`: a cell's value is the mean over its labelled images, so that rare labels weigh as much
            as frequent ones; `"image"`: `1/N Σ_n 1/|T_n| Σ_{t ∈ T_n} Lᵗ_n`, every labelled image weighs the same
            (paper 002, Eq. 1), T_n being the tasks that image n is labelled for; `"sum"`: without 1/|T_n|. With the
            latter two, a logged value is a share of the loss, not a mean over what is labelled.
        weight: of the whole term.
        name: of the term.

    Raises:
        ConfigError: a weight below 0.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.terms import Setting
    >>> cells = Supervised().cells(Setting(LabelMatrix({"indoor": ["depth"], "outdoor": []})))
    >>> [str(cell) for cell in cells]
    ['depth@indoor']
    """

    by_task = True
    reads_images = False

    def __init__(
        self,
        weights: dict[str, float] | None = None,
        reduction: Literal["task", "image", "sum"] = "task",
        weight: float = 1.0,
        name="supervised",
    ):
        super().__init__(name, weight)
        check_choices(Supervised, reduction=reduction)
        self.label_reduction = reduction
        self.task_weights = dict(weights or {})
        for key, value in self.task_weights.items():
            check_weight(value, f"terms.{name}.weights.{key}")

    def needs(self, setting):
        matrix = setting.matrix
        return {domain: Needs(outputs=frozenset(matrix.tasks_of(domain))) for domain in matrix.domains}

    def cells(self, setting):
        return list(setting.matrix.cells)

    def check(self, setting):
        for key in self.task_weights:
            require_known("task", Cell.parse(key).task, setting.tasks, f"terms.{self.name}.weights")

    def prepare(self, network, setting):
        self.task_losses = {name: unreduced(task.loss(network)) for name, task in setting.tasks.items()}
        self.built = True

    def compute(self, step):
        values = {}
        for domain, outputs in step.outputs.items():
            presence = {task: ops.cast(step.weights[domain][task], "float32") for task in step.targets[domain]}
            num_labels = sum(ops.cast(present > 0, "float32") for present in presence.values())  # |T_n|
            for task, present in presence.items():
                cell, target = Cell(task, domain), where_present(step.targets[domain][task], present)
                own = per_image(self.task_losses[task], target, outputs[task])
                scale = self.task_weights.get(str(cell), self.task_weights.get(task, 1.0))
                values[cell] = (scale * self.reduce(own, present, num_labels), ops.sum(present))
        return values

    def reduce(self, own, present, num_labels):
        """The scalar of one cell from its losses, weights and numbers of labels, each `[B]`."""
        if self.label_reduction == "task":
            return masked_mean(own, present)
        shares = present / ops.maximum(num_labels, 1.0) if self.label_reduction == "image" else present
        return ops.mean(ops.where(present > 0, own, 0.0) * shares)

"""Pseudo labels: what a slower copy of the network is sure of counts as labelled where nobody annotated it."""

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.label_matrix import Cell
from xdomain_keras.losses.masking import where_present
from xdomain_keras.losses.per_image import per_image, unreduced
from xdomain_keras.models.moving_average import MovingAverage
from xdomain_keras.signatures import require_known
from xdomain_keras.terms.term import Needs, Term


class PseudoLabels(Term):
    """The detection loss on boxes of a moving average of the network, of classes that an image is not annotated for.

    A teacher whose weights follow the network's (`models.MovingAverage`) predicts the images of the batch. Its boxes
    from `threshold` on, of classes that are not annotated there and not on an object that is labelled, are targets of a
    further `SSDLoss`, of their classes alone and not of their places; those between `doubt` and `threshold` are
    ignored, and what remains of an image with such boxes has none of these classes. Without that remainder nothing
    holds wrong boxes back, and they multiply. (Sohn et al. 2020, "A Simple Semi-Supervised Learning Framework for
    Object Detection", with the teacher of Liu et al. 2021, who leave out the places too.) The logs hold
    `name/boxes/cell`, the number of boxes that counted.

    Args:
        task: name of a detection task.
        start: part of a stage's steps after which the boxes count, in [0, 1).
        threshold: least score of a box.
        doubt: score from which a detection is ignored, at most `threshold`.
        decay: of the moving average per step.
        weight: of the term.
        name: of the term.

    Raises:
        ConfigError: a number out of its range.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.terms import Setting
    >>> [str(cell) for cell in PseudoLabels().cells(Setting(LabelMatrix({"zoo": ["detection"], "road": []})))]
    ['detection@zoo']
    """

    by_task = True
    idle_note = "its teacher is sure of no box of a class that is not annotated. Lower `threshold`, or train longer."

    def __init__(
        self,
        task: str = "detection",
        start: float = 0.5,
        threshold: float = 0.6,
        doubt: float = 0.1,
        decay: float = 0.995,
        weight: float = 1.0,
        name="pseudo_labels",
    ):
        super().__init__(name, weight)
        given = {"start": start, "threshold": threshold, "doubt": doubt, "decay": decay}
        for key, value in given.items():
            if not 0 <= value < 1:
                raise ConfigError(f"terms.{name}.{key} is {value}; expected a number from 0 to below 1.")
        if doubt > threshold:
            raise ConfigError(f"terms.{name}.doubt is {doubt}; expected at most its threshold, {threshold}.")
        self.task, self.start, self.decay = task, start, decay
        self.threshold, self.doubt = threshold, doubt

    def needs(self, setting):
        return {cell.domain: Needs(outputs=frozenset([self.task])) for cell in self.cells(setting)}

    def cells(self, setting):
        return [Cell(self.task, domain) for domain in setting.matrix.domains_of(self.task)]

    def check(self, setting):
        require_known("task", self.task, setting.tasks, f"terms.{self.name}.task")
        if not setting.tasks[self.task].takes_pseudo_labels:
            raise ConfigError(
                f"terms.{self.name}: every class of `{self.task}` is annotated in every domain, or its labels are no "
                "boxes; leave the term out."
            )

    def prepare(self, network, setting):
        task = setting.tasks[self.task]
        self.teacher = MovingAverage(network, [self.task], self.decay)
        self.decoder, self.task_loss = task.decoder(network), unreduced(task.pseudo_loss(network))
        self.make_target = task.pseudo_target
        self.follow = lambda: self.teacher.update(network)  # whose weights are not the term's
        self.steps = self.add_weight((), initializer="zeros", trainable=False, name="steps")
        self.begin = self.add_weight((), initializer="zeros", trainable=False, name="begin")
        self.boxes = {cell: keras.metrics.Sum(name=f"{self.name}/boxes/{cell}") for cell in self.cells(setting)}
        self.built = True

    def begin_stage(self, schedule, total_steps):
        self.steps.assign(0.0)
        self.begin.assign(float(round(self.start * total_steps)))

    def compute(self, step):
        if step.training:
            self.follow()
        begun, values = self.steps >= self.begin, {}
        for cell, boxes in self.boxes.items():
            # Before its time the teacher is not run: its passes are a good part of a step.
            values[cell] = ops.cond(
                begun, lambda cell=cell: self.compare(step, cell), lambda: (ops.zeros(()), ops.zeros(()))
            )
            boxes.update_state(values[cell][1])
        if step.training:
            self.steps.assign_add(1.0)
        return values

    def compare(self, step, cell):
        """(the loss of a cell on the teacher's boxes, the number of these boxes)."""
        task, domain = cell
        images = ops.cast(step.images[domain], "float32")
        detections = self.decoder(self.teacher(images, domain=domain)[task])
        labels = where_present(step.targets[domain][task], step.weights[domain][task])  # else none are known
        target, number = self.make_target(labels, detections, self.threshold, self.doubt)
        own = per_image(self.task_loss, ops.stop_gradient(target), step.outputs[domain][task])
        return ops.mean(own), number

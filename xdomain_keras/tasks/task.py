"""The task: head, target, loss, metrics, decoding and picture of one kind of label."""

import numpy as np


class Task:
    """Base of the tasks: one column of the label matrix.

    A task has one tensor a head (`y_pred`) and one tensor a target (`y_true`), so that
    `model.compile(loss={task.name: task.loss(model)})` works in anybody's script.

    Args:
        name: of the task, the key of its head, logs and metrics.
        size: (height, width) of the network's input in pixels.

    Attributes:
        labels: tuple of the kinds of labels (`data.Label`) that it reads; a tuple of kinds in it stands for one of
            them, the first that an image has.
        main_metric: the metric by which the best weights are chosen; higher is better.
        errors: names of the metrics of which the lower is better.
        needs_validation: whether `settle` must choose before there are predictions.

    Example:

    >>> from xdomain_keras.data.labels import FIXATIONS
    >>> class Count(Task):
    ...     labels = (FIXATIONS,)
    ...
    ...     def encode(self, sample):
    ...         return np.float32([len(sample["fixations_xy"])])
    >>> task = Count("count", (32, 32))
    >>> task.has_labels({"id": "a"}), task.encode({"fixations_xy": np.zeros((3, 2))}).tolist()
    (False, [3.0])
    """

    labels = ()
    main_metric = None
    errors = ()
    needs_validation = False

    def __init__(self, name, size):
        self.name, self.size = name, tuple(size)

    @classmethod
    def alternatives(cls):
        """List of tuples of `Label`: of each the task reads one."""
        return [each if isinstance(each, tuple) else (each,) for each in cls.labels]

    @classmethod
    def kinds(cls):
        """Names of all kinds of labels that the task may read."""
        return [kind.name for each in cls.alternatives() for kind in each]

    @classmethod
    def is_served_by(cls, kinds):
        """Whether labels of some kinds, given by name, are all that the task reads."""
        return all(any(kind.name in kinds for kind in each) for each in cls.alternatives())

    def has_labels(self, sample):
        """Whether this image is labelled for the task."""
        return all(any(kind.present(sample) for kind in each) for each in self.alternatives())

    def encode(self, sample):
        """The target of one resized sample, float32 of a fixed shape."""
        raise NotImplementedError

    def empty(self):
        """What stands in for the target of an image without labels; weight 0 goes with it."""
        raise NotImplementedError

    def head(self):
        """The callable that turns a feature pyramid into the task's tensor."""
        raise NotImplementedError

    def loss(self, network):
        """A new `keras.losses.Loss` over (`y_true`, `y_pred`), one value an image before its reduction."""
        raise NotImplementedError

    def decoder(self, network):
        """A new Keras layer: `y_pred` → dict of tensors that a program can read, inside the exported graph."""
        raise NotImplementedError

    def prediction(self, decoded, shape):
        """What was predicted for one image, under sample keys and in pixels of the image as stored.

        Args:
            decoded: dict of arrays, one image of the decoder's output.
            shape: (height, width) of the image as stored.
        """
        raise NotImplementedError

    def settle(self, results):
        """Choose what training leaves open, by what validation measured.

        Args:
            results: dict of metric → float, of this task.

        Returns:
            Whether something changed, so that predictions are now others.
        """
        return False

    def choices(self):
        """What `settle` chose, as a dict that JSON can hold; a run keeps it beside its weights."""
        return {}

    def choose(self, choices):
        """Take up what `choices` returned."""

    def metrics(self):
        """A new eager Keras metric over whole images; `result()` is a dict of name → float."""
        raise NotImplementedError

    def measure(self, metric, sample, prediction):
        """Add one image to a metric: the sample as stored, and what `prediction` returned."""
        metric.update_state(sample, prediction)

    def draw(self, image, label):
        """Paint a label or prediction (sample keys) on an image, uint8 `[H, W, 3]`."""
        raise NotImplementedError


def faded(image, strength=0.5):
    """The image in grey and dimmed, so that what is painted on it stands out."""
    grey = np.asarray(image, np.float32).mean(-1, keepdims=True) * strength + 255 * 0.25 * (1 - strength)
    return np.repeat(grey, 3, axis=-1).astype(np.uint8)

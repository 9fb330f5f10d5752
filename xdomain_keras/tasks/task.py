"""The task: head, target, loss, metrics, decoding and picture of one kind of label."""

import inspect

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
        map_channels: channels of the map as which a prediction can be compared with those of other tasks; 0 where it
            cannot.
        class_names: tuple of the names of its classes or points; empty where it has none.
        class_sets: the sets of several classes that labels can stand for, as lists of indices; see `data.ClassTable`.
        background: name of the class that in a data set also stands for what is not annotated there, or None.
        classifies: whether a prediction is class probabilities in every pixel.
        takes_pseudo_labels: whether predictions can stand in for what nobody annotated: `pseudo_target(y_true, decoded,
            threshold, doubt)` is then a target of `pseudo_loss(network)`, and the number of labels in it.

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
    map_channels = 0
    class_names = ()
    class_sets = ()
    background = None
    classifies = False
    takes_pseudo_labels = False

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

    def read(self, sample):
        """The sample as the task reads it; `TaskOnCell` puts the task's classes in place of the source's names."""
        return sample

    def has_labels(self, sample):
        """Whether this image is labelled for the task."""
        return all(any(kind.present(sample) for kind in each) for each in self.alternatives())

    @classmethod
    def fixed_names(cls, options):
        """The names of classes or points that options fix, a list, or None where the data decide.

        Args:
            options: dict of the arguments that the config gives.
        """
        return options.get("class_names")

    @classmethod
    def is_named(cls):
        """Whether the task has classes or points with names."""
        return "class_names" in inspect.signature(cls).parameters

    @classmethod
    def background_name(cls, options):
        """What `background` is with some options, whether or not there is such a class; None for a task without."""
        return None

    @classmethod
    def resolve(cls, options, classes, labels):
        """What the data decide of the task's arguments, where the config leaves it open.

        Args:
            options: dict of the arguments that the config gives.
            classes: what is known of the classes: `names`, `sets` and `is_plain` (see `experiments.TaskClasses`), or
                None where the task has none, or nobody asks for them.
            labels: callable, () → iterable of (place of an image, its labels under sample keys).

        Returns:
            dict of further arguments, of values that JSON can hold; a run keeps them.

        Raises:
            ConfigError: an option does not fit the data.
        """
        found = {}
        if classes and cls.fixed_names(options) is None:
            found["class_names"] = list(classes.names)
        if classes and classes.sets and "class_sets" in inspect.signature(cls).parameters:
            found["class_sets"] = classes.sets
        return found

    def baseline(self):
        """A new `data.baselines.Baseline` to compare scores with, or None."""
        return None

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

    def places(self, sample):
        """Where named points of the labels lie: dict of index into `class_names` → (x, y) in pixels; most have none."""
        return {}

    def as_rows(self, prediction):
        """A prediction as lists that JSON can hold, or None where it is a map."""
        return None

    def draw(self, image, label):
        """Paint a label or prediction (sample keys) on an image, uint8 `[H, W, 3]`."""
        raise NotImplementedError


def faded(image, strength=0.5):
    """The image in grey and dimmed, so that what is painted on it stands out."""
    grey = np.asarray(image, np.float32).mean(-1, keepdims=True) * strength + 255 * 0.25 * (1 - strength)
    return np.repeat(grey, 3, axis=-1).astype(np.uint8)

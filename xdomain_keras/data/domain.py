"""A domain: one row of the label matrix as an endless, seeded stream of batches."""

import numpy as np

from xdomain_keras.data.sampling import draw_rows
from xdomain_keras.data.transforms import resize
from xdomain_keras.errors import DataError


class Domain:
    """Batches of one data set: images, one target tensor a task, and one weight an image and task.

    The stream is a pure function of (seed, name, step): a run resumed at a step sees the batches
    that an uninterrupted run sees, and every backend sees the same ones.

    Args:
        name: of the domain.
        source: `Source` of samples.
        tasks: dict of task name → object with `labels` (the sample keys it reads), `has_labels(sample)`,
            `encode(sample)` and `empty()` (arrays of one fixed shape), as in `xdomain_keras.tasks`.
        size: (height, width) of the network's input in pixels.
        batch_size: images a step.
        augment: callable (sample, rng) → sample, or None.
        seed: of the order and the augmentation.
        availability: `LabelAvailability`: labels beyond it are as good as absent; None for all.
        factors: float ≥ 1 for each image of the source, how often a pass shows it; None for once.

    Raises:
        DataError: the source is empty.

    Example:

    >>> from xdomain_keras.data import Arrays, Domain
    >>> domain = Domain("a", Arrays({"image": np.zeros((3, 8, 8, 3), np.uint8)}), {}, (8, 8), batch_size=2)
    >>> images, targets, weights = domain.batch(step=0)
    >>> images.shape, domain.steps_per_epoch
    ((2, 8, 8, 3), 2)
    """

    def __init__(self, name, source, tasks, size, batch_size=8, augment=None, seed=0, availability=None, factors=None):
        if not len(source):
            raise DataError(f"domain `{name}` has no image; check its source and its rows or count.")
        self.name, self.source, self.tasks, self.size = name, source, tasks, tuple(size)
        self.batch_size, self.augment, self.availability = batch_size, augment, availability
        self.seed = [seed, *name.encode()]
        self.rows = range(len(source))  # of the source, that are shown at all
        if availability is not None:
            self.rows = [row for row in self.rows if availability.shows(source.ids[row], tasks)]
            if not self.rows:
                raise DataError(f"domain `{name}` has no image labelled for {', '.join(tasks)}; check its `labels`.")
        self.factors = None if factors is None else np.asarray(factors, float)[list(self.rows)]
        self.orders, self.error = {}, None
        self.features = None  # list of arrays, one entry for each row, that stand in for the images

    @property
    def steps_per_epoch(self):
        """Steps that show every image at least once."""
        return -(-self.length // self.batch_size)

    @property
    def length(self):
        """Images of one pass."""
        return len(self.rows) if self.factors is None else round(float(self.factors.sum()))

    def order(self, epoch):
        """The order of one pass over the rows."""
        order = self.orders.get(epoch)
        if order is None:
            rng = np.random.default_rng([0, epoch, *self.seed])
            order = rng.permutation(len(self.rows)) if self.factors is None else draw_rows(self.factors, rng)
            self.orders = {key: value for key, value in self.orders.items() if key >= epoch - 1} | {epoch: order}
        return order  # not looked up again: another thread may have moved on

    def example(self, position):
        """Image, targets and weights of the stream's image number `position`."""
        epoch, place = divmod(position, self.length)
        place = int(self.order(epoch)[place])
        sample = self.source[self.rows[place]]
        if self.augment:
            sample = self.augment(sample, np.random.default_rng([1, position, *self.seed]))
        sample = resize(sample, self.size, self.source.labels)
        present = {name: task.has_labels(sample) and self.may_see(sample, name) for name, task in self.tasks.items()}
        targets = {name: task.encode(sample) if present[name] else task.empty() for name, task in self.tasks.items()}
        weights = {name: np.float32(value) for name, value in present.items()}
        image = sample["image"] if self.features is None else [array[place] for array in self.features]
        return image, targets, weights

    def may_see(self, sample, task):
        """Whether training may see an image's labels for a task."""
        return self.availability is None or self.availability.has(sample["id"], task)

    def batch(self, step):
        """The batch of one step.

        Args:
            step: int ≥ 0.

        Returns:
            (images uint8 `[B, H, W, 3]`, or a tuple of features in their place; dict of task → target `[B, …]`; dict of
            task → weight `[B]`).
        """
        try:
            first = step * self.batch_size
            examples = [self.example(position) for position in range(first, first + self.batch_size)]
        except Exception as error:
            self.error = error  # tf.data wraps it beyond recognition; see `Mixture.raise_error`
            raise
        images = [image for image, _, _ in examples]
        images = np.stack(images) if self.features is None else tuple(map(np.stack, zip(*images, strict=True)))
        targets = {name: np.stack([targets[name] for _, targets, _ in examples]) for name in self.tasks}
        weights = {name: np.stack([weights[name] for _, _, weights in examples]) for name in self.tasks}
        return images, targets, weights

    def as_tf_data(self, start_step=0):
        """The stream as an endless `tf.data.Dataset` of `batch(start_step)`, `batch(start_step + 1)`, …"""
        import tensorflow as tf

        batch = self.batch(start_step)
        flat = tf.nest.flatten(batch)

        def load(step):
            return tf.nest.flatten(self.batch(int(step)))

        def load_in_graph(step):
            tensors = tf.numpy_function(load, [step], [array.dtype for array in flat], stateful=False)
            for tensor, array in zip(tensors, flat, strict=True):
                tensor.set_shape(array.shape)
            return tf.nest.pack_sequence_as(batch, tensors)

        return tf.data.Dataset.counter(start_step).map(load_in_graph, num_parallel_calls=2)

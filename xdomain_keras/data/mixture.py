"""A mixture: one batch of every domain, side by side, as the trainer's step wants them."""

import keras


class Mixture:
    """Domains zipped: step `s` holds batch `s` of every domain, each at its own batch size.

    A small domain is walked through several times while the large one is seen once; ratios between
    domains are ratios of batch sizes.

    Args:
        domains: list of `Domain`, each with a name of its own.
        steps_per_epoch: int, or `"largest"` / `"smallest"`: as many steps as that domain needs.

    Example:

    >>> from xdomain_keras.data import Arrays, Domain, Mixture
    >>> images = np.zeros((6, 8, 8, 3), np.uint8)
    >>> street = Domain("street", Arrays({"image": images}), {}, (8, 8), batch_size=2)
    >>> room = Domain("room", Arrays({"image": images[:2]}), {}, (8, 8), batch_size=1)
    >>> images, targets, weights = Mixture([street, room]).batch(0)
    >>> images["street"].shape[0], images["room"].shape[0], Mixture([street, room]).steps_per_epoch
    (2, 1, 3)
    """

    def __init__(self, domains, steps_per_epoch="largest"):
        self.domains = {domain.name: domain for domain in domains}
        steps = [domain.steps_per_epoch for domain in domains]
        self.steps_per_epoch = {"largest": max(steps), "smallest": min(steps)}.get(steps_per_epoch, steps_per_epoch)

    def batch(self, step):
        """`(x, y, sample_weight)`, each a dict of domain → what `Domain.batch` gives."""
        return side_by_side({name: domain.batch(step) for name, domain in self.domains.items()})

    def as_tf_data(self, start_step=0, prefetch=2):
        """The mixture as an endless `tf.data.Dataset`: a pipeline a domain, zipped."""
        import tensorflow as tf

        pipelines = {name: domain.as_tf_data(start_step) for name, domain in self.domains.items()}
        return tf.data.Dataset.zip(pipelines).map(side_by_side).prefetch(prefetch)

    def as_py_dataset(self, start_step=0, workers=1):
        """The mixture as an endless `keras.utils.PyDataset`, for when TensorFlow is not installed."""
        return MixtureDataset(self, start_step, workers)

    def raise_error(self):
        """Raise the first error that a pipeline met, as it was before a loader wrapped it."""
        for domain in self.domains.values():
            if domain.error is not None:
                raise domain.error


class MixtureDataset(keras.utils.PyDataset):
    """Endless `PyDataset` over a `Mixture`; give `fit` its `steps_per_epoch`."""

    def __init__(self, mixture, start_step=0, workers=1):
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=4)
        self.mixture, self.start_step = mixture, start_step

    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return self.mixture.batch(self.start_step + index)


def side_by_side(batches):
    """Turn {domain: (images, targets, weights)} into ({domain: images}, {domain: targets}, {domain: weights})."""
    return tuple({name: batch[part] for name, batch in batches.items()} for part in range(3))

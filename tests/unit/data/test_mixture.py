import itertools

import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.data import Arrays, Augment, DataFault, Domain, Mixture

pytestmark = pytest.mark.every_backend


class Mean:
    """A task whose target is the mean of the image."""

    def has_labels(self, sample):
        return sample["image"].mean() > 60

    def encode(self, sample):
        return np.float32([sample["image"].mean()])

    def empty(self):
        return np.zeros(1, np.float32)


class BrokenAt(Arrays):
    """Cannot read one of its images."""

    def __init__(self, arrays, broken):
        super().__init__(arrays)
        self.broken = broken

    def read_image(self, index):
        if index == self.broken:
            raise DataFault("b.png", "", "cannot be decoded; expected an image.")
        return super().read_image(index)


def domain(name, count, batch_size, broken=None):
    rng = np.random.default_rng(count)
    images = rng.integers(0, 256, (count, 1, 1, 3)) * np.ones((count, 8, 8, 1), int)
    source = BrokenAt({"image": images.astype(np.uint8)}, broken)
    return Domain(name, source, {"mean": Mean()}, (4, 4), batch_size, Augment(noise=0.02, horizontal_flip=0.5), seed=1)


@pytest.fixture
def mixture():
    return Mixture([domain("road", 7, 3), domain("room", 4, 1)])


def arrays(batch):
    """The arrays of a batch in a fixed order, from tensors of any backend."""
    return [np.asarray(leaf) for leaf in keras.tree.flatten(batch)]


def assert_same(first, second):
    for a, b in zip(arrays(first), arrays(second), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_step_holds_a_batch_of_every_domain(mixture):
    images, targets, weights = mixture.batch(5)
    assert {name: x.shape for name, x in images.items()} == {"road": (3, 4, 4, 3), "room": (1, 4, 4, 3)}
    for name, part in mixture.domains.items():
        expected = part.batch(5)
        assert_same((images[name], targets[name], weights[name]), expected)


@pytest.mark.parametrize(("steps", "expected"), [("largest", 4), ("smallest", 3), (11, 11)])
def test_steps_of_an_epoch(steps, expected):
    assert Mixture([domain("road", 7, 3), domain("room", 4, 1)], steps).steps_per_epoch == expected


@pytest.mark.parametrize("start", [0, 5])
def test_tf_data_gives_the_same_batches(mixture, start):
    pytest.importorskip("tensorflow")
    for step, batch in enumerate(itertools.islice(mixture.as_tf_data(start), 9), start):
        assert_same(batch, mixture.batch(step))


@pytest.mark.parametrize("start", [0, 5])
def test_a_py_dataset_gives_the_same_batches(mixture, start):
    dataset = mixture.as_py_dataset(start)
    assert dataset.num_batches is None
    for index in (3, 0, 8):
        assert_same(dataset[index], mixture.batch(start + index))


class Recorder(keras.Model):
    """Keeps the sums of the images that `fit` gives it."""

    def __init__(self):
        super().__init__()
        self.scale = self.add_weight((), initializer="zeros", name="scale")
        self.sums = []
        self.built = True

    def call(self, images):
        images = {name: ops.cast(x, "float32") for name, x in images.items()}
        self.sums.append({name: float(ops.convert_to_numpy(ops.sum(x))) for name, x in images.items()})
        return {name: {"mean": ops.mean(x, axis=(1, 2, 3))[:, None] * self.scale} for name, x in images.items()}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return sum(ops.mean(ops.square(y[name]["mean"] - y_pred[name]["mean"])) for name in y)


LOADERS = {
    "tf_data": lambda mixture, start: mixture.as_tf_data(start),
    "py_dataset": lambda mixture, start: mixture.as_py_dataset(start),
    "py_dataset_threads": lambda mixture, start: mixture.as_py_dataset(start, workers=2),
}


@pytest.mark.parametrize("loader", LOADERS)
def test_fit_sees_the_stream_in_order_over_epochs(mixture, loader):
    if loader == "tf_data":
        pytest.importorskip("tensorflow")
    model = Recorder()
    model.compile("sgd", run_eagerly=True)
    stream = LOADERS[loader](mixture, 2)
    model.fit(stream, epochs=3, initial_epoch=1, steps_per_epoch=4, shuffle=False, verbose=0)
    expected = [
        {name: float(x.astype("float64").sum()) for name, x in mixture.batch(step)[0].items()} for step in range(2, 10)
    ]
    assert model.sums == expected


@pytest.mark.parametrize("loader", ["tf_data", "py_dataset"])
def test_a_data_error_in_the_pipeline_is_raised_as_itself(loader):
    if loader == "tf_data":
        pytest.importorskip("tensorflow")
    mixture = Mixture([domain("road", 7, 3), domain("room", 4, 1, broken=2)])
    model = Recorder()
    model.compile("sgd", run_eagerly=True)
    with pytest.raises(Exception) as wrapped:  # noqa: B017, PT011 - each loader wraps it in its own way
        model.fit(LOADERS[loader](mixture, 0), epochs=1, steps_per_epoch=4, shuffle=False, verbose=0)
    assert wrapped.value is not None
    with pytest.raises(DataFault, match=r"^b.png: cannot be decoded; expected an image.$"):
        mixture.raise_error()


def test_without_an_error_nothing_is_raised(mixture):
    mixture.batch(0)
    mixture.raise_error()

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from xdomain_keras.data import Arrays, Augment, Domain, LabelAvailability, Rows
from xdomain_keras.errors import DataError

COUNT = 7


class Number:
    """A task whose target is a number that every second image lacks."""

    def has_labels(self, sample):
        return "regions" in sample

    def encode(self, sample):
        return np.float32(sample["regions"][0, 0])

    def empty(self):
        return np.float32([-5])


class HalfLabelled(Arrays):
    def read_labels(self, index):
        return super().read_labels(index) if index % 2 else {}


@pytest.fixture
def source():
    """Image number i has the value i everywhere and the class 10 i, where it has one."""
    images = np.arange(COUNT, dtype=np.uint8)[:, None, None, None] * np.ones((COUNT, 8, 8, 3), np.uint8)
    regions = (10 * np.arange(COUNT, dtype=np.int16))[:, None, None, None] * np.ones((COUNT, 8, 8, 1), np.int16)
    return HalfLabelled({"image": images, "regions": regions})


def make(source, name="road", **options):
    return Domain(name, source, {"number": Number()}, **{"size": (4, 4), "batch_size": 3, **options})


def assert_same(first, second):
    for a, b in zip(flat(first), flat(second), strict=True):
        np.testing.assert_array_equal(a, b)


def flat(batch):
    images, targets, weights = batch
    return [images, targets["number"], weights["number"]]


def test_batches_are_a_pure_function_of_seed_name_and_step(source):
    augment = Augment(noise=0.05, min_crop=0.5)
    domain = make(source, seed=3, augment=augment)
    forward = [domain.batch(step) for step in range(8)]
    again = make(source, seed=3, augment=augment)
    for step in (7, 0, 3, 3, 6):
        assert_same(forward[step], again.batch(step))
    for other in (make(source, seed=4, augment=augment), make(source, name="raod", seed=3, augment=augment)):
        assert any(not np.array_equal(flat(forward[step])[0], flat(other.batch(step))[0]) for step in range(3))


def test_a_sample_is_augmented_anew_in_every_epoch(source):
    domain = make(Rows(source, ":1"), batch_size=4, augment=Augment(noise=0.1))
    images = domain.batch(0)[0]
    assert len({image.tobytes() for image in images}) == 4


def test_every_image_comes_once_an_epoch_in_another_order(source):
    domain = make(source)
    numbers = np.concatenate([domain.batch(step)[0][:, 0, 0, 0] for step in range(2 * COUNT)])
    epochs = numbers[: 6 * COUNT].reshape(6, COUNT)
    for epoch in epochs:
        assert sorted(epoch) == list(range(COUNT))
    assert len({epoch.tobytes() for epoch in epochs}) > 1


def test_batches_have_the_network_size_and_the_batch_size(source):
    images, targets, weights = make(source, size=(4, 6), batch_size=10).batch(0)
    assert images.shape == (10, 4, 6, 3) and images.dtype == np.uint8
    assert targets["number"].shape == (10, 1) and targets["number"].dtype == np.float32
    assert weights["number"].shape == (10,) and weights["number"].dtype == np.float32
    assert make(source, batch_size=10).steps_per_epoch == 1 and make(source).steps_per_epoch == 3


def test_unlabelled_images_have_weight_0_and_the_empty_target(source):
    images, targets, weights = make(source, batch_size=COUNT).batch(0)
    for image, target, weight in zip(images[:, 0, 0, 0], targets["number"][:, 0], weights["number"], strict=True):
        assert (target, weight) == ((10 * image, 1) if image % 2 else (-5, 0))


def test_an_error_is_kept_as_it_was(source, monkeypatch):
    domain = make(source)

    def broken(index):
        raise DataError("a.png: cannot be decoded.")

    monkeypatch.setattr(source, "read_image", broken)
    with pytest.raises(DataError) as error:
        domain.batch(0)
    assert domain.error is error.value


def test_an_empty_source_is_an_error():
    with pytest.raises(DataError, match="domain `road` has no image"):
        make(Arrays({"image": np.zeros((0, 8, 8, 3), np.uint8)}))


def test_threads_at_different_epochs_do_not_disturb_each_other(source):
    # Orders of old epochs are forgotten: a slow thread may want one that a fast one has just dropped.
    domain, alone = make(Rows(source, ":2")), make(Rows(source, ":2"))
    steps = [step for pair in zip(range(300), range(299, -1, -1), strict=True) for step in pair]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            orders = list(pool.map(domain.order, steps))
    finally:
        sys.setswitchinterval(interval)
    for step, order in zip(steps, orders, strict=True):
        np.testing.assert_array_equal(order, alone.order(step))
    assert len(domain.orders) < 300


def test_images_that_training_may_not_see_are_left_out_where_asked(source):
    rows = {str(n): ["number"] if n in (1, 4) else ["other"] for n in range(COUNT)}
    rows = {source.ids[n]: rows[str(n)] for n in range(COUNT)}
    for drop, steps in ((False, 3), (True, 1)):
        domain = make(source, availability=LabelAvailability(["number", "other"], rows, drop_unlabelled=drop))
        assert domain.steps_per_epoch == steps
    shown = {int(image[0, 0, 0]) for image in domain.batch(0)[0]}
    assert shown == {1, 4}
    nothing = LabelAvailability(["number"], dict.fromkeys(source.ids, []), drop_unlabelled=True)
    with pytest.raises(DataError, match="no image labelled for number"):
        make(source, availability=nothing)

import numpy as np
import pytest

from xdomain_keras.data import Arrays, Cached, Joined
from xdomain_keras.data.wrapper import Rows


class Counting(Arrays):
    """Counts how often an image is read."""

    reads = 0

    def read_image(self, index):
        self.reads += 1
        return super().read_image(index)


@pytest.fixture
def source():
    maps = np.ones((3, 4, 5), np.uint8)
    return Counting({"image": np.zeros((3, 4, 5, 3), np.uint8), "edges": maps, "salient_object": maps}, ["wall"])


BYTES = 3 * (60 + 20)


def test_each_sample_is_read_once_and_unwanted_keys_are_dropped(source):
    cached = Cached(source, ["edges"], max_bytes=BYTES)
    for _ in range(3):
        assert [sorted(sample) for sample in cached] == [["edges", "id", "image"]] * 3
    assert source.reads == 3
    assert (cached.ids, cached.names, cached.labels.keys()) == (source.ids, source.names, source.labels.keys())


def test_keys_that_are_asked_for_later_are_read_and_kept(source):
    cached = Cached(source, ["edges"], max_bytes=10 * BYTES)
    rows = Rows(cached, ":2")
    assert sorted(rows[1]) == ["edges", "id", "image"]
    rows.need(["edges"])
    assert sorted(rows[1]) == ["edges", "id", "image"]
    assert source.reads == 1
    rows.need(["salient_object"])
    assert [sorted(rows[1]) for _ in range(2)] == [["edges", "id", "image", "salient_object"]] * 2
    assert source.reads == 2


def test_nothing_is_kept_where_not_all_would_fit(source):
    cached = Cached(source, ["edges"], max_bytes=BYTES - 1)
    assert [sorted(cached[0]) for _ in range(2)] == [["edges", "id", "image"]] * 2
    assert source.reads == 2 and not cached.samples


def test_kept_arrays_cannot_be_changed_and_the_original_can(source):
    sample = Cached(source, ["edges"], max_bytes=BYTES)[0]
    for key in ("image", "edges"):
        with pytest.raises(ValueError, match="read-only"):
            sample[key][:] = 1
    source.arrays["edges"][0] = 0


def test_arrays_given_one_by_one_stay_writable():
    images = [np.zeros((4, 5, 3), np.uint8)]
    assert not Cached(Arrays({"image": images}), [], BYTES)[0]["image"].flags.writeable
    assert images[0].flags.writeable


def test_it_is_a_source_like_any_other(source):
    joined = Joined([Cached(source, ["edges"], BYTES), Cached(source, ["salient_object"], BYTES)])
    assert sorted(joined[1]) == ["edges", "id", "image", "salient_object"]
    with pytest.raises(IndexError):
        Cached(source, [], BYTES)[3]

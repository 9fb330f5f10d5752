import numpy as np
import pytest

from tests.unit.data.readers.files import faults_of
from xdomain_keras.data import Arrays, Cached, DataFault, Fault, Joined, Rows, Source
from xdomain_keras.errors import ConfigError, DataError

IMAGES = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((5, 2, 3, 3), np.uint8)
NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture
def source():
    return Arrays({"image": IMAGES, "id": NAMES, "semantic_ids": IMAGES[..., 0]}, NAMES)


class Broken(Source):
    """Its second image cannot be read."""

    def read_image(self, index):
        if index == 1:
            raise DataFault("b.png", "", "cannot be decoded; expected an image.")
        return IMAGES[index]

    def read_labels(self, index):
        return {}


def test_samples_come_by_index_and_iteration_ends(source):
    assert [sample["id"] for sample in source] == NAMES
    assert sorted(source[3]) == ["id", "image", "semantic_ids"] and source[3]["image"][0, 0, 0] == 3
    for index in (5, -1):
        with pytest.raises(IndexError):
            source[index]


def test_faults_name_file_and_field():
    assert str(Fault("a.json", "images[2]", "is gone.")) == "a.json: images[2]: is gone."
    error = DataFault("a.png", "", "is empty.")
    assert str(error) == "a.png: is empty." and error.fault == Fault("a.png", "", "is empty.")
    assert isinstance(error, DataError) and error.exit_code == 3


def test_check_lists_annotation_faults_then_those_of_files():
    source = Broken(ids=NAMES[:3])
    source.faults.append(Fault("a.json", "", "first"))
    assert [fault.file for fault in faults_of(source)] == ["a.json", "b.png"]
    assert [fault.file for fault in source.faults] == ["a.json"]


@pytest.mark.parametrize(
    ("rows", "names"), [(":2", "ab"), ("3:", "de"), ("1:4:2", "bd"), ("::2", "ace"), ("-2:", "de"), ("::-1", "edcba")]
)
def test_rows_are_those_of_a_python_slice(source, rows, names):
    chosen = Rows(source, rows)
    assert [sample["id"] for sample in chosen] == list(names) == chosen.ids
    assert [int(sample["semantic_ids"][0, 0]) for sample in chosen] == ["abcde".index(name) for name in names]
    assert chosen.names == {"semantic_ids": tuple(NAMES)} and list(chosen.labels) == ["semantic_ids"]


@pytest.mark.parametrize("rows", ["a:b", "1:2:3:4", "::0", "3", 3, None])
def test_rows_that_are_no_slice(source, rows):
    with pytest.raises(ConfigError, match='is not a slice; write it as ":350"'):
        Rows(source, rows)


def test_rows_that_select_nothing(source):
    with pytest.raises(ConfigError, match="'9:' selects none of the 5 images"):
        Rows(source, "9:")


def test_joined_samples_have_the_labels_of_all_in_the_order_of_the_first(source):
    depth = Arrays({"image": np.zeros_like(IMAGES), "id": NAMES[::-1], "depth_meters": IMAGES[::-1, ..., 0]})
    joined = Joined([Rows(source, "1:4"), depth])
    assert joined.ids == ["b", "c", "d"] and joined.labels.keys() == {"semantic_ids", "depth"}
    assert [float(sample["depth_meters"][0, 0]) for sample in joined] == [1, 2, 3]
    assert joined[0]["image"][0, 0, 0] == 1, "the first source gives the images"
    assert joined.names == {"semantic_ids": tuple(NAMES)}


def test_joined_sources_must_cover_the_first(source):
    with pytest.raises(DataError, match="Rows: no entry for 2 of 5 images, the first is 'd'"):
        Joined([source, Rows(source, ":3")])


def test_joined_sources_collect_faults():
    first, second = Broken(ids=NAMES[:3]), Broken(ids=NAMES[:3])
    first.faults.append(Fault("a.json", "", "first"))
    second.faults.append(Fault("b.json", "", "second"))
    joined = Joined([first, second])
    assert [fault.file for fault in faults_of(joined)] == ["a.json", "b.json", "b.png"] and joined.decodes_files


def test_an_image_that_a_fault_left_out_is_left_out_of_the_join():
    images = np.arange(3, dtype=np.uint8).repeat(12).reshape(3, 2, 2, 3)
    first = Arrays({"id": list("abc"), "image": images})
    second = Arrays({"id": list("ac"), "image": images[:2], "edges": np.zeros((2, 2, 2), np.uint8)})
    with pytest.raises(DataError, match="Arrays: no entry for 1 of 3 images, the first is 'b'"):
        Joined([first, second])
    second.faults.append(Fault("b.png", "", "cut off."))
    joined = Joined([first, second])
    assert joined.ids == ["a", "c"] and joined[1]["image"].max() == 2 and joined.faults == second.faults


def test_rows_joined_and_cached_samples_say_which_labels_an_image_has():
    """Without reading any."""

    class Partly(Arrays):
        def labels_of(self, index):
            return self.labels.keys() if index else frozenset()

    images = np.zeros((3, 4, 4, 3), np.uint8)
    depth = Partly({"image": images, "depth_meters": np.ones((3, 4, 4), np.float32)})
    edges = Arrays({"image": images, "edges": np.zeros((3, 4, 4), np.uint8)})
    joined = Cached(Rows(Joined([edges, depth]), ":2"), ("edges",), max_bytes=0)
    assert [joined.labels_of(index) for index in range(2)] == [{"edges"}, {"edges", "depth"}]

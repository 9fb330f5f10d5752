import numpy as np
import pytest

from xdomain_keras.data import Arrays, Cached, DataFault, Fault, Joined, Listed, Rows, Source
from xdomain_keras.data.concatenated import Concatenated
from xdomain_keras.data.labels import BOXES, DEPTH
from xdomain_keras.data.readable import Readable
from xdomain_keras.data.wrapper import Selected, Wrapper

IMAGE = np.zeros((4, 6, 3), np.uint8)


class Watched(Source):
    """Notes what it is asked for; its second image has no depth, its third cannot be read."""

    def __init__(self, ids="abcd"):
        super().__init__(ids, [DEPTH, BOXES], {"boxes": ["cat"]})
        self.needed, self.faults = [], [Fault("all.json", "", "is odd.")]

    def read_image(self, index):
        if self.ids[index] == "c":
            raise DataFault("c.png", "", "cannot be decoded; expected an image.")
        return IMAGE + np.uint8(ord(self.ids[index]))

    def read_labels(self, index):
        return {} if self.ids[index] == "b" else {"depth_meters": np.ones((4, 6), np.float32)}

    def labels_of(self, index):
        return frozenset(["depth"]) if self.ids[index] != "b" else frozenset()

    def need(self, kinds):
        self.needed.append(kinds)


WRAPPERS = {
    "wrapper": lambda source, path: Wrapper([source], source.ids, [[(source, row)] for row in range(4)]),
    "selected": lambda source, path: Selected(source, range(4)),
    "rows": lambda source, path: Rows(source, ":"),
    "listed": lambda source, path: Listed(source, path),
    "joined": lambda source, path: Joined([source]),
    "concatenated": lambda source, path: Concatenated([source]),
    "cached": lambda source, path: Cached(source, source.labels, 2**20),
}


@pytest.mark.parametrize("kind", WRAPPERS)
def test_what_a_source_says_is_forwarded_by_everything_around_it(kind, tmp_path):
    path = tmp_path / "all.txt"
    path.write_text("a\nb\nc\nd\n")
    source = Watched()
    wrapper = WRAPPERS[kind](source, str(path))
    assert wrapper.ids == source.ids and len(wrapper) == 4
    assert wrapper.labels == source.labels and wrapper.names == source.names == {"boxes": ("cat",)}
    assert wrapper.decodes_files and wrapper.faults == source.faults
    assert [wrapper.labels_of(index) for index in (0, 1)] == [{"depth"}, set()]
    wrapper.need({"depth"})
    assert source.needed[-1] == {"depth"}
    assert wrapper[3]["image"].max() == ord("d") and wrapper[3]["id"] == "d" and "depth_meters" not in wrapper[1]
    with pytest.raises(DataFault, match="c.png: cannot be decoded"):
        wrapper[2]
    with pytest.raises(IndexError):
        wrapper[4]


def test_a_wrapper_of_what_decodes_nothing_decodes_nothing():
    quiet, loud = Watched("ab"), Watched("ab")
    quiet.decodes_files = False
    assert not Rows(quiet, ":1").decodes_files and Joined([quiet, loud]).decodes_files


def test_images_that_can_be_read_are_kept_and_the_others_are_faults():
    source = Watched()
    readable = Readable(source)
    assert readable.ids == ["a", "b", "d"] and [sample["id"] for sample in readable] == ["a", "b", "d"]
    assert [fault.file for fault in readable.faults] == ["all.json", "c.png"] and len(source.faults) == 1
    with pytest.raises(DataFault, match="c.png: cannot be decoded; expected an image. No image is left."):
        Readable(Watched("c"))


def test_labels_of_one_kind_come_from_one_source():
    """A group of the first source's three boxes is not one of the second's two."""
    images = {"image": IMAGE[None], "id": ["a"]}
    crowd = {"boxes_xyxy": [np.ones((3, 4))], "classes": [[0, 0, 0]], "crowd": [[True, False, False]]}
    plain = {"boxes_xyxy": [np.ones((2, 4))], "classes": [[0, 0]]}
    edges = Arrays({**images, "edges": np.ones((1, 4, 6), np.uint8)})
    first, second = Arrays({**images, **crowd}, ["cat"]), Arrays({**images, **plain}, ["dog"])
    joined = Joined([edges, first, second])
    labels = joined.read_labels(0)
    assert labels.keys() == {"edges", "boxes_xyxy", "classes"} and len(labels["boxes_xyxy"]) == 2
    assert joined.names == {"boxes": ("dog",)}
    assert len(Joined([second, first]).read_labels(0)["crowd"]) == 3

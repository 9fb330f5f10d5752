import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, raised_fault
from xdomain_keras.data import Arrays, Listed

SOURCE = Arrays(
    {"id": ["a.jpg", "x/b.jpg", "c.png"], "image": np.arange(3, dtype=np.uint8).repeat(12).reshape(3, 2, 2, 3)}
)


@pytest.fixture
def read(tmp_path):
    def read(text):
        read.path.write_text(text)
        return Listed(SOURCE, str(read.path))

    read.path = tmp_path / "train.txt"
    return read


def test_images_come_in_the_order_of_the_list(read):
    listed = read("x/b  1\n\nc.png -1\n")
    assert listed.ids == ["x/b.jpg", "c.png"] and listed[1]["image"].max() == 2


def test_lists_that_cannot_be_used(read):
    assert_fault(raised_fault(read, "a\nb\n"), read.path, "line 2", "'b' is not an image with labels, as 'a.jpg' is")
    assert_fault(raised_fault(read, "a\nc\na.jpg\n"), read.path, "line 3", "'a.jpg' comes twice")
    assert_fault(raised_fault(read, "\n"), read.path, "", "names no image")
    read.path.unlink()
    assert_fault(raised_fault(Listed, SOURCE, str(read.path)), read.path, "", "cannot be read")

import numpy as np
import pytest
import scipy.io

from tests.unit.data.readers.files import assert_fault, faults_of, write_image
from xdomain_keras.data.readers import HumanPartsMat
from xdomain_keras.data.sample import find_faults

LEFT, RIGHT = np.uint8([[1, 1, 0], [0, 0, 0]]), np.uint8([[0, 1, 0], [0, 0, 1]])


def cells(items):
    """A struct array would need equal fields: cells hold what they hold."""
    array = np.empty((1, len(items)), object)
    for column, item in enumerate(items):
        array[0, column] = item
    return array


def thing(class_ind, *parts):
    parts = cells([{"part_name": name, "mask": mask} for name, mask in parts]) if parts else np.zeros((0, 0))
    return {"class": "x", "class_ind": class_ind, "parts": parts}


@pytest.fixture
def read(tmp_path):
    write_image(tmp_path / "images/a.jpg", 2, 3)
    (tmp_path / "parts").mkdir()
    read_path = tmp_path / "parts/a.mat"

    def read(*things, content=None):
        scipy.io.savemat(read_path, content or {"anno": {"imname": "a", "objects": cells(things)}})
        return HumanPartsMat(str(tmp_path / "images"), str(tmp_path / "parts"))

    read.file = read_path
    return read


def test_parts_of_all_people_are_joined_to_six(read):
    source = read(thing(15, ("hair", LEFT)), thing(13, ("head", 1 - LEFT)), thing(15, ("rfoot", RIGHT)))
    assert source.labels.keys() == {"part_ids"} and faults_of(source) == [] and not find_faults(source[0])
    assert source[0]["part_ids"].tolist() == [[1, 6, 0], [0, 0, 6]]


@pytest.mark.parametrize("things", [(thing(13, ("head", LEFT)),), (thing(15),)], ids=["no person", "no parts"])
def test_an_image_without_parts_of_people_lacks_the_label(read, things):
    assert sorted(read(*things)[0]) == ["id", "image"]


def test_a_struct_array_is_read_too(read):
    parts = np.zeros((1, 2), [("part_name", object), ("mask", object)])
    parts[0, 0], parts[0, 1] = ("torso", LEFT), ("neck", RIGHT)
    things = np.zeros((1, 1), [("class_ind", object), ("parts", object)])
    things[0, 0] = (15, parts)
    source = read(content={"anno": {"objects": things}})
    assert source[0]["part_ids"].tolist() == [[2, 2, 0], [0, 0, 2]]


@pytest.mark.parametrize(
    ("things", "field", "words"),
    [
        ([thing(15, ("tail", LEFT))], "anno.objects(1).parts(1).part_name", ("'tail'", "hair")),
        ([thing(15, ("hair", LEFT), ("neck", LEFT[:1]))], "anno.objects(1).parts(2).mask", ("(1, 3)", "(2, 3)")),
        ([thing(15, ("hair", LEFT.T))], "", ("2 x 3 px", "its image has 3 x 2")),
        ([{"mask": LEFT}], "anno.objects(1)", ("has mask", "class_ind and parts")),
    ],
)
def test_annotations_that_cannot_be_used(read, things, field, words):
    (fault,) = faults_of(read(*things))
    assert_fault(fault, read.file, field, *words)


def test_another_matlab_file(read):
    (fault,) = faults_of(read(content={"LabelMap": LEFT}))
    assert_fault(fault, read.file, "anno.objects", "missing")

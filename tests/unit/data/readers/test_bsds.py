import numpy as np
import pytest
import scipy.io

from tests.unit.data.readers.files import REAL, assert_fault, faults_of, needs_real, only_fault, write_image
from xdomain_keras.data.readers import BSDS
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

DRAWN = np.uint8([[[1, 1, 0], [1, 0, 0]], [[1, 1, 0], [0, 0, 0]], [[1, 0, 0], [0, 0, 1]]])


def write_truth(path, people):
    cells = np.empty((1, len(people)), object)
    for column, person in enumerate(people):
        cells[0, column] = person
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {"groundTruth": cells})


@pytest.fixture
def folder(tmp_path):
    write_image(tmp_path / "images/val/a.jpg", 2, 3)
    write_truth(tmp_path / "groundTruth/val/a.mat", [{"Boundaries": lines} for lines in DRAWN])
    return tmp_path


@pytest.mark.parametrize(
    ("consensus", "edges"),
    [(1 / 3, [[1, 1, 0], [1, 0, 1]]), (0.5, [[1, 1, 0], [255, 0, 255]]), (1, [[1, 255, 0], [255, 0, 255]])],
)
def test_edges_are_what_enough_people_drew(folder, consensus, edges):
    source = BSDS(str(folder), "val", consensus)
    assert source.ids == ["a.jpg"] and faults_of(source) == [] and not find_faults(source[0])
    np.testing.assert_array_equal(source[0]["edges"], edges)
    np.testing.assert_array_equal(source[0]["boundaries"], np.moveaxis(DRAWN, 0, -1))


def test_one_annotator_and_a_map_of_one_row(folder):
    write_image(folder / "images/val/a.jpg", 1, 3)
    write_truth(folder / "groundTruth/val/a.mat", [{"Boundaries": DRAWN[0][:1]}])
    sample = BSDS(str(folder), "val")[0]
    assert sample["edges"].tolist() == [[1, 1, 0]] and sample["boundaries"].shape == (1, 3, 1)


def test_regions_are_what_everybody_drew(folder):
    segments = np.uint16([[[1, 1, 2], [1, 2, 2]], [[1, 2, 3], [1, 2, 3]], [[1, 1, 1], [1, 1, 1]]])
    people = [{"Boundaries": lines, "Segmentation": each} for lines, each in zip(DRAWN, segments, strict=True)]
    write_truth(folder / "groundTruth/val/a.mat", people)
    sample = BSDS(str(folder), "val")[0]
    assert not find_faults(sample)
    np.testing.assert_array_equal(sample["regions"], np.moveaxis(segments.astype(int) - 1, 0, -1))
    write_truth(folder / "groundTruth/val/a.mat", [people[0], {"Boundaries": DRAWN[1]}])
    (fault,) = faults_of(BSDS(str(folder), "val"))
    assert_fault(fault, folder / "groundTruth/val/a.mat", "groundTruth{2}.Segmentation", "missing")


@pytest.mark.parametrize(
    ("people", "field", "words"),
    [
        ([{"Boundaries": DRAWN[0]}, {"Segmentation": DRAWN[0]}], "groundTruth{2}.Boundaries", ("missing",)),
        ([{"Boundaries": DRAWN[0]}, {"Boundaries": DRAWN[0][:1]}], "groundTruth{2}.Boundaries", ("(1, 3)", "(2, 3)")),
        ([{"Boundaries": DRAWN[0].T}], "", ("2 x 3 px", "its image has 3 x 2")),
        ([7], "groundTruth{1}.Boundaries", ("missing",)),
    ],
)
def test_annotations_that_cannot_be_used(folder, people, field, words):
    write_truth(folder / "groundTruth/val/a.mat", people)
    (fault,) = faults_of(BSDS(str(folder), "val"))
    assert_fault(fault, folder / "groundTruth/val/a.mat", field, *words)


def test_an_image_without_annotations(folder):
    write_image(folder / "images/val/b.jpg", 2, 3)
    assert_fault(only_fault(BSDS(str(folder), "val")), folder / "images/val/b.jpg", "", "no map b.* (.mat)")


def test_another_matlab_file(folder):
    scipy.io.savemat(folder / "groundTruth/val/a.mat", {"Boundaries": DRAWN[0]})
    (fault,) = faults_of(BSDS(str(folder), "val"))
    assert_fault(fault, folder / "groundTruth/val/a.mat", "groundTruth", "missing or empty")


@pytest.mark.parametrize("consensus", [0, 1.5])
def test_consensus_that_is_none(folder, consensus):
    with pytest.raises(ConfigError, match="consensus: .*above 0 and up to 1"):
        BSDS(str(folder), "val", consensus)


@needs_real("bsds500")
def test_bsds500_is_whole():
    for split, count in (("train", 200), ("val", 100), ("test", 200)):
        source = BSDS(str(REAL / "bsds500"), split)
        assert len(source) == count and source.faults == [] and find_faults(source[0]) == []
    edges = [source[index]["edges"] for index in range(5)]
    assert 0.005 < np.mean([(edge == 1).mean() for edge in edges]) < 0.04

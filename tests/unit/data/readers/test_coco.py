import copy
import time

import numpy as np
import pytest

from tests.unit.data.readers.files import (
    REAL,
    assert_fault,
    faults_of,
    needs_real,
    only_fault,
    raised_fault,
    write_image,
    write_json,
)
from xdomain_keras.data.joined import Joined
from xdomain_keras.data.readers import Coco, FixationList
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

CONTENT = {
    "images": [
        {"id": 9, "file_name": "b.png", "height": 20, "width": 30},
        {"id": 4, "file_name": "a.png", "height": 10, "width": 40},
        {"id": 5, "file_name": "x/c.png", "height": 8, "width": 8},
    ],
    "annotations": [
        {"id": 1, "image_id": 9, "category_id": 7, "bbox": [2, 4.5, 10, 5]},
        {"id": 2, "image_id": 4, "category_id": 3, "bbox": [0, 0, 40, 10], "iscrowd": 0},
        {"id": 3, "image_id": 9, "category_id": 3, "bbox": [1, 1, 2, 2], "iscrowd": 0},
        {"id": 4, "image_id": 9, "category_id": 3, "bbox": [1, 1, 9, 9], "iscrowd": 1},
    ],
    "categories": [{"id": 7, "name": "face"}, {"id": 3, "name": "person"}],
}


@pytest.fixture
def read(tmp_path):
    """Write the images of `CONTENT` and a changed copy of it, and read them."""
    for image in CONTENT["images"]:
        write_image(tmp_path / image["file_name"], image["height"], image["width"])
    write_image(tmp_path / "unlisted.png")

    def read(change=lambda content: None, **options):
        content = copy.deepcopy(CONTENT)
        content = change(content) or content
        return Coco(str(tmp_path), write_json(tmp_path / "faces.json", content), **options)

    read.file = tmp_path / "faces.json"
    return read


def set_entry(key, row, **values):
    return lambda content: content[key][row].update(values)


def test_boxes_become_corners_in_the_order_of_the_file_names(read):
    source = read()
    assert source.ids == ["a.png", "b.png", "x/c.png"] and source.faults == [] and source.num_crowd == 1
    assert source.names["boxes"] == ("person", "face") and source.labels.keys() == {"boxes"}
    samples = [source[index] for index in range(3)]
    assert [find_faults(sample) for sample in samples] == [[], [], []]
    np.testing.assert_array_equal(samples[0]["boxes_xyxy"], [[0, 0, 40, 10]])
    np.testing.assert_array_equal(samples[1]["boxes_xyxy"], [[2, 4.5, 12, 9.5], [1, 1, 3, 3], [1, 1, 10, 10]])
    np.testing.assert_array_equal(samples[1]["classes"], [1, 0, 0])
    np.testing.assert_array_equal(samples[1]["crowd"], [False, False, True])
    assert not {"crowd", "areas", "known_classes"} & set(samples[0])
    assert samples[2]["boxes_xyxy"].shape == (0, 4) and samples[2]["classes"].shape == (0,)
    assert faults_of(source) == []


def test_categories_are_chosen_by_name_in_the_order_given(read):
    source = read(categories=["face"])
    assert source.names["boxes"] == ("face",) and len(source) == 3
    assert [source.read_labels(index)["classes"].tolist() for index in range(3)] == [[-1], [0, -1, -1], []]
    source = read(categories=["face", "person"])
    assert source.names["boxes"] == ("face", "person")
    np.testing.assert_array_equal(source.read_labels(1)["classes"], [0, 1, 1])


def test_areas_are_those_of_the_outlines_where_all_boxes_have_one(read):
    def give(content):
        for annotation in content["annotations"]:
            annotation["area"] = 7.5

    assert read(give).read_labels(1)["areas"].tolist() == [7.5, 7.5, 7.5]
    assert "areas" not in read(set_entry("annotations", 0, area=7.5)).read_labels(1)


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        ({"neg_category_ids": []}, [0, 1]),
        ({"not_exhaustive_category_ids": [7]}, [0]),
        ({"annotated_category_ids": [7]}, [1]),
        ({"annotated_category_ids": []}, []),
    ],
)
def test_an_image_may_say_which_categories_are_annotated(read, entry, known):
    ids = {category["name"]: category["id"] for category in CONTENT["categories"]}
    entry = {key: [ids["face"] for _ in own] for key, own in entry.items()}
    row = next(row for row, image in enumerate(CONTENT["images"]) if image["file_name"] == "b.png")
    source = read(set_entry("images", row, **entry))
    assert source.read_labels(1)["known_classes"].tolist() == known
    assert "known_classes" not in source.read_labels(0)


def test_a_box_of_what_its_image_says_is_not_there_is_a_fault(read):
    source = read(set_entry("images", 0, neg_category_ids=[7]))
    assert_fault(only_fault(source), read.file, "annotations[0].category_id", "7", "neg_category_ids of b.png says")
    assert source.read_labels(1)["classes"].tolist() == [0, 0]


@pytest.mark.parametrize("ids", [3, ["face"], [999]])
def test_ids_of_annotated_categories_are_checked(read, ids):
    fault = only_fault(read(set_entry("images", 0, neg_category_ids=ids)))
    assert_fault(fault, read.file, "images[0].neg_category_ids", str(ids), "expected a list of ids of categories")


def test_unknown_names_in_the_config(read):
    with pytest.raises(ConfigError, match="categories: unknown category `fase`; did you mean `face`"):
        read(categories=["fase"])
    with pytest.raises(ConfigError, match="categories: `face` is named twice; name each once"):
        read(categories=["face", "person", "face"])
    with pytest.raises(ConfigError, match="Coco: unknown outside `clipp`; did you mean `clip`"):
        read(outside="clipp")


@pytest.mark.parametrize("bbox", [None, [1, 2, 3], [1, 2, 3, "4"], [1, 2, None, 4], {"x": 1}, [1, 2, float("nan"), 4]])
def test_bbox_that_is_not_four_finite_numbers(read, bbox):
    fault = only_fault(source := read(set_entry("annotations", 1, bbox=bbox)))
    assert_fault(fault, read.file, "annotations[1].bbox", str(bbox), "four finite numbers", "width, height")
    assert len(source) == 3 and len(source.read_labels(0)["boxes_xyxy"]) == 0


@pytest.mark.parametrize("crowd", ["0", None, 2])
def test_crowd_flag_that_is_neither(read, crowd):
    fault = only_fault(read(set_entry("annotations", 1, iscrowd=crowd)))
    assert_fault(fault, read.file, "annotations[1].iscrowd", repr(crowd), "expected 0 or 1")


def test_infinite_bbox(read):
    fault = only_fault(read(set_entry("annotations", 0, bbox=[1, float("inf"), 3, 4])))
    assert_fault(fault, read.file, "annotations[0].bbox", "inf", "four finite numbers")


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-3, 5)])
def test_bbox_without_area(read, size):
    fault = only_fault(read(set_entry("annotations", 0, bbox=[12, 5, *size])))
    assert_fault(fault, read.file, "annotations[0].bbox", f"width {size[0]} and height {size[1]}", "above 0", "redraw")


def test_bbox_over_the_border_names_both_numbers(read):
    fault = only_fault(read(set_entry("annotations", 0, bbox=[25, 2, 8.5, 4])))
    words = ("right edge 33.5", "beyond 30 by 3.5 px", "1 px is allowed", "outside: clip")
    assert_fault(fault, read.file, "annotations[0].bbox", *words)


def test_bbox_over_the_border_by_a_rounding_error_passes_unchanged(read):
    source = read(set_entry("annotations", 0, bbox=[25, -0.9, 6, 4]))
    assert source.faults == []
    np.testing.assert_allclose(source.read_labels(1)["boxes_xyxy"][0], [25, -0.9, 31, 3.1], rtol=1e-6)


def test_clip_cuts_boxes_at_the_border(read):
    source = read(set_entry("annotations", 0, bbox=[-2, -0.5, 50, 50]), outside="clip")
    assert source.faults == []
    np.testing.assert_array_equal(source.read_labels(1)["boxes_xyxy"][0], [0, 0, 30, 20])


@pytest.mark.parametrize("outside", ["error", "clip"])
def test_bbox_wholly_outside_is_always_a_fault(read, outside):
    fault = only_fault(read(set_entry("annotations", 0, bbox=[31, 2, 4, 4]), outside=outside))
    words = ("31, 2, 35, 6", "outside the whole image of 30 x 20 px", "remove")
    assert_fault(fault, read.file, "annotations[0].bbox", *words)


@pytest.mark.parametrize("value", [77, None, [9], "9"])
def test_annotation_of_an_unknown_image(read, value):
    fault = only_fault(read(set_entry("annotations", 2, image_id=value)))
    assert_fault(fault, read.file, "annotations[2].image_id", repr(value), "id of no image")


@pytest.mark.parametrize("value", [8, None, "7"])
def test_annotation_of_an_unknown_category(read, value):
    fault = only_fault(read(set_entry("annotations", 2, category_id=value)))
    assert_fault(fault, read.file, "annotations[2].category_id", repr(value), "id of no category")


def test_image_file_missing_leaves_the_image_and_its_boxes_out(read):
    source = read(set_entry("images", 0, file_name="z.png"))
    words = ("'z.png' is not in", str(read.file.parent), "add the image")
    assert_fault(only_fault(source), read.file, "images[0].file_name", *words)
    assert source.ids == ["a.png", "x/c.png"]


def test_image_id_twice(read):
    source = read(set_entry("images", 1, id=9))
    assert_fault(source.faults[0], read.file, "images[1].id", "9 comes twice")
    assert_fault(source.faults[1], read.file, "annotations[1].image_id", "4 is the id of no image")


def test_image_id_missing(read):
    fault = read(lambda content: content["images"][2].pop("id") and None).faults[0]
    assert_fault(fault, read.file, "images[2].id", "None", "expected a number")


def test_file_name_twice(read):
    source = read(set_entry("images", 1, file_name="b.png"))
    assert_fault(only_fault(source), read.file, "images[1].file_name", "'b.png' comes twice")
    assert source.ids == ["b.png", "x/c.png"]


def test_file_name_that_is_none(read):
    fault = only_fault(read(set_entry("images", 1, file_name=None)))
    assert_fault(fault, read.file, "images[1].file_name", "None is not a file name")


@pytest.mark.parametrize("height", [None, 0, "20", 20.5])
def test_image_size_that_is_none(read, height):
    fault = only_fault(read(set_entry("images", 0, height=height)))
    assert_fault(fault, read.file, "images[0].height", f"height {height!r}", "whole numbers of pixels")


def test_image_of_another_size_is_found_when_decoded(read):
    source = read(set_entry("images", 0, width=60))
    assert source.faults == []
    (fault,) = faults_of(source)
    assert_fault(fault, read.file, "images[0].width", "60 x 20 px", "b.png has 30 x 20", "correct the entry")


def test_categories_that_clash(read):
    fault = only_fault(read(lambda content: content["categories"].append({"id": 7, "name": "car"})))
    assert_fault(fault, read.file, "categories[2]", "id 7", "comes twice")
    fault = only_fault(read(lambda content: content["categories"].append({"id": 8, "name": "face"})))
    assert_fault(fault, read.file, "categories[2]", "'face'", "comes twice")
    fault = only_fault(read(lambda content: content["categories"].append({"id": 8})))
    assert_fault(fault, read.file, "categories[2]", "name None", "expected a number and a name")


@pytest.mark.parametrize("key", ["images", "annotations", "categories"])
def test_top_level_key_missing_or_no_list(read, key):
    for change in (lambda content: content.pop(key) and None, lambda content: content.update({key: {"a": 1}})):
        assert_fault(raised_fault(read, change), read.file, key, "missing", "COCO instances")


@pytest.mark.parametrize("key", ["images", "categories"])
def test_nothing_listed(read, key):
    assert_fault(raised_fault(read, lambda content: content.update({key: []})), read.file, key, "empty list")


def test_no_json(read):
    fault = raised_fault(read, lambda content: '{"images": [,')
    assert_fault(fault, read.file, "line 1 column 13", "not valid JSON")
    assert_fault(raised_fault(read, lambda content: "[1, 2]"), read.file, "images", "COCO instances")


def test_no_image_left(read):
    def rename(content):
        for image in content["images"]:
            image["file_name"] = "no/" + image["file_name"]

    fault = raised_fault(read, rename)
    assert_fault(fault, read.file, "images[0].file_name", "'no/b.png' is not in", "No image is left (2 more faults)")


def test_all_faults_are_listed_at_once(read):
    def spoil(content):
        content["annotations"][0]["bbox"] = [1, 2, -3, 4]
        content["annotations"][1]["category_id"] = 99
        content["images"][2]["file_name"] = "gone.png"

    fields = [fault.field for fault in read(spoil).faults]
    assert fields == ["images[2].file_name", "annotations[0].bbox", "annotations[1].category_id"]


@needs_real("crowd")
def test_crowd_has_faces_and_fixations_on_the_same_images():
    images = str(REAL / "crowd/images")
    faces = Coco(images, str(REAL / "crowd/faces.json"))
    assert len(faces) == 500 and len(faces.faults) == 165  # faces that reach over the border
    assert all(fault.field.endswith(".bbox") and "edge" in fault.message for fault in faces.faults)
    assert faces.faults[0].field == "annotations[69].bbox" and "513.15" in faces.faults[0].message
    start = time.perf_counter()
    faces = Coco(images, str(REAL / "crowd/faces.json"), outside="clip")
    both = Joined([faces, FixationList(images, str(REAL / "crowd/fixations.json"), outside="drop")])
    assert time.perf_counter() - start < 10
    assert both.ids[:2] == ["001.jpg", "002.jpg"] and both.names["boxes"] == ("face",)
    labels = [both.read_labels(index) for index in range(len(both))]
    assert sum(len(label["boxes_xyxy"]) for label in labels) == 9778
    assert sum(len(label["fixations_xy"]) for label in labels) == 126348 - 3
    assert faults_of(both) == []

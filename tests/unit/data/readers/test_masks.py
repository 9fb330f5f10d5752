import cv2
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
)
from xdomain_keras.data.readers import Masks
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

NAMES = ["road", "sky"]


def write_mask(path, pixels, *options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.asarray(pixels)
    assert cv2.imwrite(str(path), pixels[..., ::-1] if pixels.ndim == 3 else pixels, list(options))


@pytest.fixture
def read(tmp_path):
    """Two images of 2 x 3, and a mask of each as given."""
    write_image(tmp_path / "images/a.jpg", 2, 3)
    write_image(tmp_path / "images/x/b.png", 2, 3)

    def read(a=None, b=None, **options):
        for name, pixels in (("a", a), ("x/b", b)):
            if pixels is not None:
                write_mask(tmp_path / f"masks/{name}.png", pixels)
        options = {"names": NAMES, **options}
        return Masks(str(tmp_path / "images"), str(tmp_path / "masks"), **options)

    read.images, read.masks = tmp_path / "images", tmp_path / "masks"
    return read


SOUND = np.uint8([[0, 1, 1], [1, 0, 0]])


def test_levels_are_classes(read):
    source = read(SOUND, SOUND[::-1])
    assert source.ids == ["a.jpg", "x/b.png"] and source.names["semantic_ids"] == ("road", "sky")
    assert source.labels.keys() == {"semantic_ids"} and faults_of(source) == []
    assert not find_faults(source[0])
    np.testing.assert_array_equal(source[1]["semantic_ids"], SOUND[::-1])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_palette_is_read_as_its_indices(read, bits):
    image = pytest.importorskip("PIL.Image")
    ids = SOUND * (2**bits - 1)
    picture = image.fromarray(ids, mode="P")
    picture.putpalette([200, 0, 0] * 256)  # one colour for all: only the index tells
    (read.masks / "x").mkdir(parents=True)
    picture.save(read.masks / "a.png", bits=bits, transparency=0)
    picture.save(read.masks / "x/b.png", bits=bits)
    source = read(names={0: "road", 2**bits - 1: "sky"})
    assert faults_of(source) == []
    np.testing.assert_array_equal(source[0]["semantic_ids"], SOUND)


def test_sixteen_bits_and_grey_saved_as_colours(read):
    source = read(
        np.uint16(SOUND) * 1000, np.repeat(SOUND[..., None], 3, -1) * np.uint8(7), names={0: "a", 7: "b", 1000: "c"}
    )
    assert source[0]["semantic_ids"].max() == 2 and source[1]["semantic_ids"].max() == 1
    assert source.names["semantic_ids"] == ("a", "b", "c")


def test_numbers_with_gaps_are_put_in_order(read):
    source = read([[7, 23, 0], [7, 7, 7]], SOUND * 7, names={23: "sky", 7: "road", 0: "void"}, ignore=[0])
    assert source.names["semantic_ids"] == ("road", "sky")
    np.testing.assert_array_equal(source[0]["semantic_ids"], [[0, 1, -1], [0, 0, 0]])


def test_several_numbers_share_a_class(read):
    options = {"ids": {7: "road", "8": 0, 23: "sky"}, "ignore": "others"}
    source = read([[7, 8, 23], [255, 0, 9]], SOUND, **options)
    np.testing.assert_array_equal(source[0]["semantic_ids"], [[0, 0, 1], [-1, -1, -1]])


def test_colors_are_classes(read):
    pixels = np.uint8([[[255, 0, 0], [0, 0, 255], [0, 0, 0]], [[1, 2, 3]] * 3])
    options = {"kind": "colors", "ids": {"#ff0000": "road", "0 0 255": "sky", "1,2,3": 1}, "ignore": [[0, 0, 0]]}
    source = read(pixels, pixels, **options)
    np.testing.assert_array_equal(source[0]["semantic_ids"], [[0, 1, -1], [1, 1, 1]])
    write_mask(read.masks / "a.png", np.full((2, 3, 3), (9, 2, 3), np.uint8))
    (fault,) = faults_of(read(b=pixels, **options))
    assert_fault(
        fault, read.masks / "a.png", "pixel [0, 0]", "#090203 is not a class", "expected #000000, #0000ff,", "ignore"
    )


def test_a_number_that_is_no_class(read):
    source = read(SOUND, [[0, 0, 0], [0, 9, 12]])
    assert source.faults == []
    (fault,) = faults_of(source)
    words = ("class id 9 (and 1 more) is not a class", "expected 0, 1", "names, ids or ignore")
    assert_fault(fault, read.masks / "x/b.png", "pixel [1, 1]", *words)


def test_colours_where_numbers_should_be(read):
    (fault,) = faults_of(read(np.uint8([[[1, 2, 3]] * 3] * 2), SOUND))
    assert_fault(fault, read.masks / "a.png", "", "holds colours", "kind: colors")


@pytest.mark.parametrize("kind", ["salient_object", "edges"])
@pytest.mark.parametrize("top", [1, 255])
def test_masks_of_two_values(read, kind, top):
    source = read(SOUND * np.uint8(top), SOUND * 0, kind=kind, names=None)
    assert source.labels.keys() == {kind} and faults_of(source) == [] and not find_faults(source[0])
    np.testing.assert_array_equal(source[0][kind], SOUND)
    assert source[1][kind].max() == 0


def test_levels_between_are_halved(read):
    source = read([[0, 127, 128], [3, 250, 255]], SOUND, kind="salient_object", names=None)
    np.testing.assert_array_equal(source[0]["salient_object"], [[0, 0, 1], [0, 1, 1]])
    source = read(np.uint16(SOUND) * 65535, kind="salient_object", names=None)
    np.testing.assert_array_equal(source[0]["salient_object"], SOUND)


def test_graded_masks_are_halved_at_the_level_that_is_named(read):
    graded = np.uint8([[0, 42, 85], [0, 85, 85]])
    source = read(graded, graded.clip(max=42), kind="salient_object", names=None, top=85)
    assert faults_of(source) == []
    np.testing.assert_array_equal(source[0]["salient_object"], [[0, 0, 1], [0, 1, 1]])
    assert source[1]["salient_object"].max() == 0
    (fault,) = faults_of(read(graded, SOUND, kind="edges", names=None, top=80))
    assert_fault(fault, read.masks / "a.png", "", "holds 0, 42, 85", "from 0 to 80")
    with pytest.raises(ConfigError, match="top: goes with kind"):
        read(SOUND, SOUND, top=80)


@pytest.mark.parametrize("levels", [[[0, 1, 2], [0, 0, 1]], [[0, 5, 7], [9, 20, 11]], [[0, 85, 85], [0, 0, 0]]])
def test_levels_that_do_not_reach_the_upper_half(read, levels):
    (fault,) = faults_of(read(np.uint8(levels), SOUND, kind="salient_object", names=None))
    assert_fault(fault, read.masks / "a.png", "", "expected 0 and 1, or 0 and 255", f"top: {np.max(levels)}")


def test_a_photograph_is_no_mask(read):
    write_image(read.images / "a.jpg", 12, 21)
    photograph = np.arange(252, dtype=np.uint8).reshape(12, 21)
    (fault,) = faults_of(read(photograph, SOUND, kind="salient_object", names=None))
    assert_fault(fault, read.masks / "a.png", "", "is it a photograph?")
    (fault,) = faults_of(read(np.uint8([[0, 0, 0], [0, 128, 255]]), SOUND, kind="edges", names=None, missing="drop"))
    assert "a.png" in fault.file and "3 x 2 px" in fault.message  # soft borders are not a fault, its size is


def test_two_values_that_are_others(read):
    (fault,) = faults_of(read(SOUND * np.uint8(15), SOUND, kind="edges", names=None))
    assert_fault(fault, read.masks / "a.png", "", "holds 0, 15", "0 and 255")


def test_mask_of_another_size_names_both(read):
    fault = only_fault(read(SOUND[:1], SOUND))
    assert_fault(fault, read.masks / "a.png", "", "3 x 1 px", "its image has 3 x 2", "in the size of the image")


def test_what_is_missing(read):
    source = read(SOUND)
    assert_fault(only_fault(source), read.images / "x/b.png", "", "no map x/b.*", str(read.masks))
    assert source.ids == ["a.jpg"]
    source = read(SOUND, missing="absent")
    assert source.ids == ["a.jpg", "x/b.png"] and source.faults == []
    assert "semantic_ids" in source[0] and sorted(source[1]) == ["id", "image"]
    assert read(SOUND, missing="drop").ids == ["a.jpg"]


def test_a_mask_without_an_image(read):
    write_mask(read.masks / "z.png", SOUND)
    for missing in ("error", "absent"):
        fault = only_fault(read(SOUND, SOUND, missing=missing))
        assert_fault(fault, read.masks / "z.png", "", "no image z.*", "remove the map")
    assert read(SOUND, SOUND, missing="drop").faults == []


@pytest.mark.parametrize("missing", ["absent", "drop"])
def test_names_that_never_meet(read, missing):
    write_mask(read.masks / "a_mask.png", SOUND)
    fault = raised_fault(read, missing=missing)
    assert_fault(fault, read.masks, "", "none of its 1 files", "the first image, a.jpg")


def test_ends_of_names_are_left_out(read):
    write_mask(read.masks / "x/b_ids.png", SOUND)
    write_mask(read.masks / "x/b_color.png", SOUND)
    write_image(read.images / "x/b_left.jpg", 2, 3)
    source = Masks(f"{read.images}/*_left.jpg", f"{read.masks}/*_ids.png", names=NAMES)
    assert source.ids == ["x/b_left.jpg"] and source.faults == []
    np.testing.assert_array_equal(source[0]["semantic_ids"], SOUND)
    fault = raised_fault(Masks, f"{read.images}/*_right.jpg", str(read.masks), names=NAMES)
    assert_fault(fault, read.images, "", "no image in this folder", "_right.jpg")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "color"}, "unknown kind `color`; did you mean `colors`"),
        ({"missing": "skip"}, "unknown missing `skip`"),
        ({"names": None}, "names: empty"),
        ({"names": {"a": 1}}, "names: .*expected a list, or a mapping of numbers to names"),
        ({"ignore": "rest"}, "ignore: 'rest'; expected a list, as .255., or `others`"),
        ({"ignore": ["x"]}, "ignore: 'x'; expected a whole number"),
        ({"ids": {0: "rode"}}, "ids: unknown class `rode`; did you mean `road`"),
        ({"ids": {0: 2}}, "ids: unknown class `2`"),
        ({"ids": {0: "road"}, "ignore": [0]}, "ids: 0 stands in ignore, too"),
        ({"kind": "colors"}, "ids: missing; kind: colors needs the colour"),
        ({"kind": "colors", "ids": {"red": "road"}}, "ids: 'red' is not a colour"),
        ({"kind": "colors", "ids": {"256 0 0": "road"}}, "ids: '256 0 0' is not a colour"),
        ({"kind": "edges"}, "names: goes with kind: ids or colors, not edges"),
    ],
)
def test_options_that_cannot_be_used(read, options, message):
    with pytest.raises(ConfigError, match=message):
        read(SOUND, SOUND, **options)


def test_names_with_gaps_do_not_go_with_ids(read):
    fault = raised_fault(read, SOUND, SOUND, names={0: "road", 2: "sky"}, ids={0: "road"})
    assert "ids 0, 2; expected 0 to 1" in fault.message


def test_a_cut_mask(read):
    read(SOUND, SOUND)
    path = read.masks / "a.png"
    path.write_bytes(path.read_bytes()[:-6])
    (fault,) = faults_of(read())
    assert_fault(fault, path, "", "PNG cut off")


@needs_real("coco128")
def test_coco128_has_masks_of_100_images():
    folder = REAL / "coco128"
    names = str(folder / "segmentation.yaml")
    images, masks = str(folder / "images/train2017"), str(folder / "masks/train2017")
    source = Masks(images, masks, names=names, ignore=[0], missing="absent")
    assert len(source) == 128 and len(source.names["semantic_ids"]) == 129 and faults_of(source) == []
    assert sum("semantic_ids" in source.read_labels(index) for index in range(128)) == 100


@needs_real("camvid")
def test_camvid_is_sound():
    names = "sky building pole road pavement tree sign fence car pedestrian bicyclist".split()
    folder = REAL / "camvid"
    source = Masks(str(folder / "val"), str(folder / "valannot"), names=[*names, "void"], ignore=[11])
    assert len(source) == 101 and source.names["semantic_ids"] == tuple(names) and faults_of(source) == []
    assert source[0]["semantic_ids"].min() == -1


@needs_real("sod")
def test_sod_masks_are_of_images_of_bsds():
    for split, count in (("train", 200), ("val", 100), ("test", 0)):
        options = {"kind": "salient_object", "missing": "drop"}
        arguments = str(REAL / "bsds500/images" / split), str(REAL / "sod/masks")
        if count:
            source = Masks(*arguments, **options)
            assert len(source) == count and faults_of(source) == [] and source[0]["salient_object"].max() == 1
        else:
            assert "none of its 300 files" in raised_fault(Masks, *arguments, **options).message


def test_regions_are_numbers_without_a_meaning(read):
    numbers = np.uint16([[900, 900, 7], [0, 255, 255]])
    write_image(read.images / "a.png", 2, 3)
    for path in [*read.images.glob("*.jpg"), *read.masks.glob("*")]:
        path.unlink()
    write_mask(read.masks / "a.png", numbers)
    source = Masks(str(read.images), str(read.masks), kind="regions", ignore=[255])
    assert source.labels.keys() == {"regions"} and not find_faults(source[0])
    assert source[0]["regions"][..., 0].tolist() == [[2, 2, 1], [0, -1, -1]]
    colors = np.uint8([[[0, 0, 255], [0, 0, 255], [9, 9, 9]], [[0, 0, 0], [255, 0, 0], [0, 0, 0]]])
    write_mask(read.masks / "a.png", colors)
    source = Masks(str(read.images), str(read.masks), kind="regions", ignore=["#000000"])
    assert source[0]["regions"][..., 0].tolist() == [[0, 0, 1], [-1, 2, -1]]


def test_a_map_without_any_region_and_names_of_regions(read):
    write_mask(read.masks / "a.png", np.zeros((2, 3), np.uint8))
    source = Masks(str(read.images), str(read.masks), kind="regions", ignore=[0], missing="drop")
    assert_fault(next(iter(faults_of(source))), read.masks / "a.png", "", "no region")
    write_mask(read.masks / "a.png", SOUND)
    source = Masks(str(read.images), str(read.masks), kind="regions", ignore=["#e0e0c0"], missing="drop")
    assert_fault(next(iter(faults_of(source))), read.masks / "a.png", "", "one number a pixel", "ignore: [255]")
    write_mask(read.masks / "a.png", np.stack([SOUND, SOUND * 9, SOUND], axis=-1))
    source = Masks(str(read.images), str(read.masks), kind="regions", ignore=[255], missing="drop")
    assert_fault(next(iter(faults_of(source))), read.masks / "a.png", "", "holds colours", "ignore: [")
    with pytest.raises(ConfigError, match="names: goes with kind: ids or colors, not regions"):
        Masks(str(read.images), str(read.masks), kind="regions", names=["a"])
    with pytest.raises(ConfigError, match="ignore: goes with kind: ids or colors, not regions"):
        Masks(str(read.images), str(read.masks), kind="regions", ignore="others")

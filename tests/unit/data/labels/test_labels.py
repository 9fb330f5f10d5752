"""What every kind of label keeps to: moving with the image, and leaving alone what is unknown."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdomain_keras.data import LABELS, Augment, DenseLabel, Label, Source, crop, flip, resize, zoom
from xdomain_keras.data.labels import EDGES
from xdomain_keras.errors import ConfigError

KINDS = {
    **LABELS,
    "albedo": DenseLabel("albedo", channels=3, least=0, most=1),
    "material": DenseLabel("material", "categorical", unknown=-1),
    "height": DenseLabel("height", unknown=0.0),
}
MAPS = [kind for kind in KINDS.values() if kind.is_map]
SIZE = (128, 160)
discs = st.tuples(st.floats(50, 110), st.floats(50, 78), st.floats(26, 34))


def draw(x, y, radius, size=SIZE, radius_y=None):
    """A disc, or after a stretch an ellipse, as every kind of label would show it.

    The disc faces to the right and down, so that a mirror turns its normals; it is 2 m away.
    """
    height, width = size
    radius_y = radius_y or radius
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    disc = ((columns - x) / radius) ** 2 + ((rows - y) / radius_y) ** 2 <= 1
    facing = np.float32([0.6, 0.48, -0.64])
    line = cv2.morphologyEx(disc.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return {
        "image": np.repeat(np.where(disc, 255, 0).astype(np.uint8)[..., None], 3, axis=-1),
        "boxes_xyxy": np.float32([[x - radius, y - radius_y, x + radius, y + radius_y]]),
        "classes": np.int32([3]),
        "fixations_xy": np.float32([[x, y]]),
        "keypoints": np.float32([[x, y, 2, 2]]),
        "saliency_map": disc.astype(np.float32),
        "semantic_ids": np.where(disc, 3, 0).astype(np.int32),
        "part_ids": np.where(disc, 3, 0).astype(np.int32),
        "instance_ids": disc.astype(np.int32),
        "depth_meters": np.where(disc, 2, 5).astype(np.float32),
        "normals": np.where(disc[..., None], facing, np.float32([0, 0, -1])),
        "edges": line,
        "boundaries": np.stack([line, line], axis=-1),
        "regions": disc.astype(np.int16)[..., None],
        "salient_object": disc.astype(np.uint8),
        "albedo": np.repeat(disc.astype(np.float32)[..., None], 3, axis=-1),
        "material": disc.astype(np.int32),
        "height": disc.astype(np.float32) + 1,
    }


def assert_alike(moved, drawn, facing):
    """Labels that were moved show the disc where it would have been drawn: ≤ 1 px, IoU ≥ .95, ≤ 1°."""
    assert moved.keys() == drawn.keys()
    for key in ("boxes_xyxy", "fixations_xy", "keypoints"):
        np.testing.assert_allclose(moved[key][:, :4], drawn[key][:, :4], atol=1, err_msg=key)
    for key, on_disc in (
        ("image", lambda value: value[..., 0] > 127),
        ("saliency_map", lambda value: value > 0.5),
        ("semantic_ids", lambda value: value == 3),
        ("part_ids", lambda value: value == 3),
        ("instance_ids", lambda value: value == 1),
        ("depth_meters", lambda value: value < 3),
        ("normals", lambda value: np.abs(value[..., 0]) > 0.3),
        ("regions", lambda value: value[..., 0] == 1),
        ("salient_object", lambda value: value == 1),
        ("albedo", lambda value: value[..., 1] > 0.5),
        ("material", lambda value: value == 1),
        ("height", lambda value: value > 1.5),
    ):
        first, second = on_disc(moved[key]), on_disc(drawn[key])
        assert (first & second).sum() >= 0.95 * (first | second).sum() > 0, key
    for key in ("edges", "boundaries"):  # every point of a line lies within a pixel of the other
        lines = [(value[key] == 1).reshape(*value[key].shape[:2], -1)[..., 0] for value in (moved, drawn)]
        for line, other in (lines, lines[::-1]):
            near = cv2.dilate(other.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            assert (line & near).sum() >= 0.95 * line.sum(), key
    turned = moved["normals"][np.abs(moved["normals"][..., 0]) > 0.3]
    assert np.degrees(np.arccos(np.clip(turned @ facing, -1, 1))).max() <= 1


@given(discs, st.booleans())
def test_a_flip_commutes_with_drawing(disc, vertical):
    x, y, radius = disc
    moved = flip(draw(x, y, radius), vertical=vertical, kinds=KINDS)
    mirrored = (x, SIZE[0] - y) if vertical else (SIZE[1] - x, y)
    facing = np.float32([0.6, -0.48, -0.64] if vertical else [-0.6, 0.48, -0.64])
    drawn = draw(*mirrored, radius)
    assert_alike(moved, drawn, facing)


@given(discs, st.integers(0, 12), st.integers(0, 12), st.integers(144, 148), st.integers(112, 116))
def test_a_crop_commutes_with_drawing(disc, left, top, width, height):
    x, y, radius = disc
    moved = crop(draw(x, y, radius), left, top, width, height, KINDS)
    assert_alike(moved, draw(x - left, y - top, radius, (height, width)), np.float32([0.6, 0.48, -0.64]))


@given(discs, st.integers(112, 250), st.integers(130, 250))
def test_a_resize_commutes_with_drawing(disc, height, width):
    x, y, radius = disc
    moved = resize(draw(x, y, radius), (height, width), KINDS)
    along, down = width / SIZE[1], height / SIZE[0]
    drawn = draw(x * along, y * down, radius * along, (height, width), radius * down)
    drawn["keypoints"][:, 2:] = moved["keypoints"][:, 2:]
    assert_alike(moved, drawn, np.float32([0.6, 0.48, -0.64]))


@given(discs, st.booleans())
def test_two_flips_are_none(disc, vertical):
    sample = draw(*disc)
    again = flip(flip(sample, vertical=vertical, kinds=KINDS), vertical=vertical, kinds=KINDS)
    for key, value in sample.items():
        np.testing.assert_allclose(again[key], value, atol=1e-5, err_msg=key)


def unknown_values(kind):
    """Arrays of a map of which the left half is unknown."""
    arrays = {}
    for key, (dtype, rank) in kind.keys.items():
        value = np.ones((*SIZE, 3) if rank == 3 else SIZE, dtype)
        value[:, : SIZE[1] // 2] = kind.unknown
        arrays[key] = value
    return arrays


@pytest.mark.parametrize("kind", [kind for kind in MAPS if kind.unknown is not None], ids=lambda kind: kind.name)
def test_what_is_unknown_stays_so_and_nothing_else_becomes_it(kind):
    known = {key: value != kind.unknown for key, value in unknown_values(kind).items()}
    for size in ((64, 80), (256, 320), (50, 77)):
        for key, value in kind.resize(unknown_values(kind), SIZE, size).items():
            assert set(np.unique(value)) == {kind.unknown, 1}, "a value was made up"
            # A cell is known where its nearest pixel is; of edges, where any of its pixels is one.
            near = cv2.resize(known[key].astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST) > 0
            touched = cv2.resize(known[key].astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA) > 0
            expected = near | touched if kind is EDGES and size[0] < SIZE[0] else near
            np.testing.assert_array_equal((value != kind.unknown), expected, err_msg=key)
    for key, value in kind.flip(unknown_values(kind), SIZE, axis=1).items():
        assert (np.abs(value[:, : SIZE[1] // 2]) == 1).all() and (value[:, SIZE[1] // 2 :] == kind.unknown).all(), key
    for key, value in kind.zoom(unknown_values(kind), 0.5).items():
        np.testing.assert_array_equal(value != kind.unknown, known[key])


def test_points_and_boxes_that_are_unknown_stay_so():
    empty = {"boxes_xyxy": np.zeros((0, 4), np.float32), "classes": np.zeros(0, np.int32)}
    empty |= {"fixations_xy": np.zeros((0, 2), np.float32)}
    sample = {"image": np.zeros((8, 8, 3), np.uint8), **empty, "keypoints": np.float32([[0, 0, 0, 0], [3, 4, 1, 2]])}
    for moved in (flip(sample), resize(sample, (4, 4)), crop(sample, 2, 2, 4, 4), zoom(sample, 0.5)):
        assert {key: len(moved[key]) for key in empty} == dict.fromkeys(empty, 0)
        assert moved["keypoints"][:, 3].tolist() == [0, 2]


@pytest.mark.parametrize("move", [flip, lambda sample: resize(sample, (4, 4)), lambda sample: crop(sample, 0, 0, 2, 2)])
def test_a_key_that_no_kind_knows_is_refused_by_every_transform(move):
    sample = {"image": np.zeros((8, 8, 3), np.uint8), "id": "a", "albdo": np.zeros((8, 8), np.float32)}
    with pytest.raises(ConfigError, match="sample key `albdo`: no kind of label knows it"):
        move(sample)


def test_augmenting_refuses_it_too():
    sample = {"image": np.zeros((8, 8, 3), np.uint8), "wind": np.zeros(2)}
    with pytest.raises(ConfigError, match="sample key `wind`"):
        Augment(horizontal_flip=1.0)(sample, np.random.default_rng(0))


def test_a_source_that_yields_a_key_which_it_did_not_declare():
    class Careless(Source):
        def read_image(self, index):
            return np.zeros((2, 2, 3), np.uint8)

        def read_labels(self, index):
            return {"dephts": np.zeros((2, 2))}

    with pytest.raises(ConfigError, match="image a has `dephts`, which none of the source's labels .depth. knows"):
        Careless(["a"], [LABELS["depth"]])[0]


def test_a_kind_that_does_not_say_how_it_moves_raises():
    wind = Label("wind", {"wind_xy": (np.float32, 1)})
    sample = {"image": np.zeros((2, 2, 3), np.uint8), "wind_xy": np.float32([1, 2])}
    for move in (flip, lambda sample, kinds: resize(sample, (4, 4), kinds)):
        with pytest.raises(NotImplementedError, match="Label.'wind'. does not say how it is"):
            move(sample, kinds={"wind": wind})


def test_kinds_are_named_once_and_own_their_keys_alone():
    assert all(kind.name == name for name, kind in LABELS.items())
    keys = [key for kind in LABELS.values() for key in kind.keys]
    assert len(set(keys)) == len(keys)

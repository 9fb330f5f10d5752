import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdomain_keras.data import LABELS, Augment, crop, find_faults, flip, resize
from xdomain_keras.data.labels.keypoints import mirrored_rows
from xdomain_keras.errors import ConfigError

MAPS = [key for kind in LABELS.values() if kind.is_map for key in kind.keys]
NEAREST_MAPS = [key for key in MAPS if key not in ("saliency_map", "edges", "boundaries")]
sides = st.integers(2, 24)
seeds = st.integers(0, 2**20)


def make_sample(height, width, seed, boxes=3, points=4):
    """A sample with every key; coordinates are multiples of 1/8, so that arithmetic on them is exact."""
    rng = np.random.default_rng(seed)

    def grid(high, shape):
        return (rng.integers(0, 8 * high, shape) / 8).astype(np.float32)

    ends = np.stack([np.sort(grid(extent, (boxes, 2)), axis=1) for extent in (width, height)], axis=2)
    corners = ends + np.float32([[0, 0], [0.125, 0.125]])  # no box without area
    normals = rng.normal(size=(height, width, 3))
    return {
        "image": rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        "id": "a",
        "boxes_xyxy": corners.reshape(boxes, 4),
        "classes": rng.integers(0, 5, boxes, dtype=np.int32),
        "crowd": rng.random(boxes) < 0.5,
        "areas": grid(9, boxes),
        "known_classes": rng.integers(0, 5, 2, dtype=np.int32),
        "fixations_xy": np.stack([grid(width, points), grid(height, points)], axis=1),
        "saliency_map": rng.random((height, width), dtype=np.float32),
        "semantic_ids": rng.integers(-1, 300, (height, width), dtype=np.int32),
        "part_ids": rng.integers(-1, 7, (height, width), dtype=np.int32),
        "instance_ids": rng.integers(0, 2**20, (height, width), dtype=np.int32),
        "depth_meters": rng.random((height, width), dtype=np.float32) + 1,
        "normals": (normals / np.linalg.norm(normals, axis=-1, keepdims=True)).astype(np.float32),
        "edges": rng.integers(0, 2, (height, width), dtype=np.uint8),
        "boundaries": rng.integers(0, 2, (height, width, 1 + seed % 6), dtype=np.uint8),
        "regions": rng.integers(-1, 300, (height, width, 1 + seed % 6), dtype=np.int16),
        "salient_object": rng.integers(0, 2, (height, width), dtype=np.uint8),
        "keypoints": np.stack([grid(width, 2), grid(height, 2), grid(9, 2), np.float32([2, 1])], axis=1),
    }


samples = st.builds(make_sample, sides, sides, seeds)


def assert_equal(first, second):
    assert first.keys() == second.keys()
    for key in first:
        np.testing.assert_array_equal(first[key], second[key], err_msg=key)


@given(samples, st.booleans())
def test_flipping_twice_changes_nothing(sample, vertical):
    assert_equal(flip(flip(sample, vertical=vertical), vertical=vertical), sample)


@given(samples, st.booleans())
def test_a_flip_moves_pixels_boxes_and_points_alike(sample, vertical):
    flipped = flip(sample, vertical=vertical)
    assert find_faults(flipped) == []
    height, width = sample["image"].shape[:2]
    for before, after in zip(sample["fixations_xy"], flipped["fixations_xy"], strict=True):
        mirrored = [before[0], height - before[1]] if vertical else [width - before[0], before[1]]
        np.testing.assert_array_equal(after, mirrored)
    x, y = np.random.default_rng(0).integers(0, (width, height))
    u, v = (x, height - 1 - y) if vertical else (width - 1 - x, y)
    for key in ("image", *MAPS):
        before = sample[key][y, x]
        sign = np.float32([1, -1, 1] if vertical else [-1, 1, 1]) if key == "normals" else 1
        np.testing.assert_array_equal(flipped[key][v, u], before * sign, err_msg=key)
    left, top, right, bottom = flipped["boxes_xyxy"].T
    assert (left < right).all() and (top < bottom).all()


def test_a_wall_that_faces_left_faces_right_after_a_flip():
    normals = np.zeros((2, 2, 3), np.float32)
    normals[..., 0], normals[..., 1] = -0.6, -0.8
    sample = {"image": np.zeros((2, 2, 3), np.uint8), "normals": normals}
    np.testing.assert_array_equal(flip(sample)["normals"][0, 0], np.float32([0.6, -0.8, 0]))
    np.testing.assert_array_equal(flip(sample, vertical=True)["normals"][0, 0], np.float32([-0.6, 0.8, 0]))
    np.testing.assert_array_equal(sample["normals"][0, 0], np.float32([-0.6, -0.8, 0]))


@given(samples, sides, sides)
def test_resizing_scales_boxes_and_points_with_the_image(sample, height, width):
    resized = resize(sample, (height, width))
    assert find_faults(resized) == [] and resized["image"].shape == (height, width, 3)
    scale = np.float32([width / sample["image"].shape[1], height / sample["image"].shape[0]])
    for key, columns in (("boxes_xyxy", 4), ("fixations_xy", 2), ("keypoints", 2)):
        expected = sample[key][:, :columns] * np.resize(scale, columns)
        np.testing.assert_allclose(resized[key][:, :columns], expected, rtol=1e-6)
    np.testing.assert_array_equal(resized["keypoints"][:, 2:], sample["keypoints"][:, 2:])
    for key in NEAREST_MAPS:
        values = sample[key].reshape(-1, *sample[key].shape[2:])
        assert np.isin(resized[key], values).all(), f"{key}: resizing made up values"
    assert 0 <= resized["saliency_map"].min() and resized["saliency_map"].max() <= 1


@given(samples)
def test_resizing_to_the_same_size_changes_nothing(sample):
    assert_equal(resize(sample, sample["image"].shape[:2]), sample)


def test_a_box_stays_on_its_object_when_resized():
    image = np.zeros((40, 60, 3), np.uint8)
    image[8:24, 12:30] = 255
    sample = resize({"image": image, "boxes_xyxy": np.float32([[12, 8, 30, 24]])}, (20, 120))
    rows, columns = np.nonzero(sample["image"][..., 0] > 127)
    extent = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(sample["boxes_xyxy"][0], extent, atol=1)


@st.composite
def windows(draw):
    sample = draw(samples)
    height, width = sample["image"].shape[:2]
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return sample, left, top, draw(st.integers(1, width - left)), draw(st.integers(1, height - top))


@given(windows())
def test_a_crop_keeps_boxes_inside_and_points_on_their_pixels(window):
    sample, left, top, width, height = window
    cut = crop(sample, left, top, width, height)
    assert find_faults(cut) == [] and cut["image"].shape == (height, width, 3)
    boxes = cut["boxes_xyxy"]
    assert (boxes >= 0).all() and (boxes <= np.tile([width, height], 2)).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all(), "a kept box has area"
    centers = sample["boxes_xyxy"].reshape(-1, 2, 2).mean(1) - [left, top]
    kept = ((centers >= 0) & (centers < [width, height])).all(1)
    moved = sample["boxes_xyxy"] - np.tile([left, top], 2)
    reaches_in = (moved[:, 2:] > 0).all(1) & (moved[:, :2] < [width, height]).all(1)
    kept |= sample["crowd"] & reaches_in  # in a part of a crowd nothing is known either
    np.testing.assert_array_equal(cut["classes"], sample["classes"][kept])
    expected = np.clip(sample["boxes_xyxy"][kept] - np.tile([left, top], 2), 0, np.tile([width, height], 2))
    np.testing.assert_array_equal(boxes, expected)
    for x, y in cut["fixations_xy"]:
        assert 0 <= x < width and 0 <= y < height
    inside = [0 <= x - left < width and 0 <= y - top < height for x, y in sample["fixations_xy"]]
    assert len(cut["fixations_xy"]) == sum(inside)
    np.testing.assert_array_equal(cut["keypoints"], sample["keypoints"] - np.float32([left, top, 0, 0]))
    for key in MAPS:
        np.testing.assert_array_equal(cut[key], sample[key][top : top + height, left : left + width])


@given(samples)
def test_a_crop_of_everything_changes_nothing(sample):
    height, width = sample["image"].shape[:2]
    sample["boxes_xyxy"] = np.clip(sample["boxes_xyxy"], 0, np.float32([width, height, width, height]))
    assert_equal(crop(sample, 0, 0, width, height), sample)


def test_what_is_to_be_ignored_stays_where_it_reaches_into_the_window():
    own = {"boxes_xyxy": np.float32([[0, 0, 7, 7]] * 3 + [[0, 0, 3, 3]]), "classes": np.int32([0, -1, 0, -1])}
    cut = crop({"image": np.zeros((8, 8, 3), np.uint8), **own, "crowd": np.arange(4) == 2}, 5, 5, 3, 3)
    assert cut["boxes_xyxy"].tolist() == [[0, 0, 2, 2]] * 2 and cut["classes"].tolist() == [-1, 0]


def test_boxes_without_classes_are_cropped_too():
    sample = {"image": np.zeros((8, 8, 3), np.uint8), "boxes_xyxy": np.float32([[0, 0, 2, 2], [2, 2, 8, 8]])}
    assert crop(sample, 4, 4, 4, 4)["boxes_xyxy"].tolist() == [[0, 0, 4, 4]]


STRONG = {"horizontal_flip": 0.5, "vertical_flip": 0.5, "min_crop": 0.4, "brightness": 0.2, "contrast": 0.3}


@given(samples, seeds)
def test_augmenting_is_a_function_of_the_random_state_and_leaves_the_sample(sample, seed):
    before = {key: np.array(value) for key, value in sample.items()}
    augment = Augment(**STRONG, color=0.2, noise=0.05)
    first, second = (augment(sample, np.random.default_rng(seed)) for _ in range(2))
    assert_equal(first, second)
    assert find_faults(first) == []
    assert_equal(sample, before)


def test_augmenting_differs_between_states_and_covers_the_range():
    sample = make_sample(20, 20, 0)
    shapes = {Augment(min_crop=0.5)(sample, np.random.default_rng(seed))["image"].shape for seed in range(200)}
    assert {side for side, *_ in shapes} == set(range(10, 21))


@given(seeds)
def test_a_window_of_pixels_is_cut_and_nothing_is_zoomed(seed):
    sample = make_sample(20, 30, seed)
    cut = Augment(crop_size=[8, 16])(sample, np.random.default_rng(seed))
    assert cut["image"].shape == (8, 16, 3) and set(cut["depth_meters"].ravel()) <= set(sample["depth_meters"].ravel())
    assert Augment(crop_size=[40, 16])(sample, np.random.default_rng(seed))["image"].shape == (20, 16, 3)


@pytest.mark.parametrize("options", [{"crop_size": [8]}, {"crop_size": [0, 8]}, {"crop_size": [8, 8], "min_crop": 0.5}])
def test_a_window_that_is_none(options):
    with pytest.raises(ConfigError, match="crop_size is .*; expected .height, width. in pixels"):
        Augment(**options)


@given(seeds)
def test_a_zoomed_camera_sees_a_known_size_at_the_scaled_depth(seed):
    # A pinhole camera of fixed focal length: width in pixels = focal * metres / depth.
    sample = make_sample(40, 40, seed)
    cropped = Augment(min_crop=0.3)(sample, np.random.default_rng(seed))
    zoom = 40 / cropped["image"].shape[0]
    rng = np.random.default_rng(seed)
    draws = rng.random(5)
    side = round(40 * (0.3 + 0.7 * draws[0]))
    left, top = int(draws[1] * (40 - side + 1)), int(draws[2] * (40 - side + 1))
    original = sample["depth_meters"][top : top + side, left : left + side]
    np.testing.assert_allclose(cropped["depth_meters"] * zoom, original, rtol=1e-6)
    np.testing.assert_allclose(cropped["keypoints"][:, 2] * zoom, sample["keypoints"][:, 2], rtol=1e-6)


@pytest.mark.parametrize(("option", "axis"), [("horizontal_flip", 1), ("vertical_flip", 0)])
def test_flips_come_as_often_as_asked(option, axis):
    sample = {"image": np.random.default_rng(0).integers(0, 256, (4, 4, 3), dtype=np.uint8)}
    augment = Augment(**{option: 0.3})
    flipped = np.flip(sample["image"], axis)
    count = sum(np.array_equal(augment(sample, np.random.default_rng(s))["image"], flipped) for s in range(1000))
    assert 250 < count < 350


def test_noise_has_the_strength_asked_for():
    image = np.full((64, 64, 3), 128, np.uint8)
    noisy = Augment(noise=0.02)({"image": image}, np.random.default_rng(0))["image"].astype(float)
    assert abs(noisy.std() - 0.02 * 255) < 0.2 and abs(noisy.mean() - 128) < 0.2


def test_no_option_no_change():
    sample = make_sample(9, 7, 1)
    assert_equal(Augment()(sample, np.random.default_rng(0)), sample)


@pytest.mark.parametrize("min_crop", [0, -0.5, 1.5])
def test_a_crop_that_is_no_part_of_the_image(min_crop):
    with pytest.raises(ConfigError, match=r"expected a part of the image's side in \(0, 1\]"):
        Augment(min_crop=min_crop)


@pytest.mark.parametrize(
    "options", [{"horizontal_flip": 2.0}, {"vertical_flip": -0.1}, {"noise": -1.0}, {"contrast": -0.5}]
)
def test_probabilities_and_strengths_have_their_ranges(options):
    with pytest.raises(ConfigError, match="expected (a probability in|numbers from 0 up)"):
        Augment(**options)


def test_ids_beyond_16_bits_survive():
    # OpenCV resizes by element size; float paths would round large ids.
    ids = np.int32([[2**24 + 1, 2**30 + 7]])
    sample = {"image": np.zeros((1, 2, 3), np.uint8), "instance_ids": ids}
    resized = resize(sample, (2, 4))["instance_ids"]
    np.testing.assert_array_equal(resized, cv2.resize(ids, (4, 2), interpolation=cv2.INTER_NEAREST))
    assert set(np.unique(resized)) == set(np.unique(ids))


@pytest.mark.parametrize("flips", [{"horizontal_flip": 1.0}, {"vertical_flip": 1.0}])
def test_a_mirrored_left_hand_is_a_right_one(flips):
    sample = {
        "image": np.zeros((10, 20, 3), np.uint8),
        "keypoints": np.float32([[2, 3, 1, 2], [5, 6, 4, 1], [9, 9, 1, 0]]),
    }
    names = ["person_left_hand", "person_right_hand", "person_head"]
    mirrored = flip(sample, vertical="vertical_flip" in flips)["keypoints"]
    augmented = Augment(**flips, names={"keypoints": names})(sample, np.random.default_rng(0))["keypoints"]
    np.testing.assert_array_equal(augmented, mirrored[[1, 0, 2]])
    unnamed = Augment(**flips)(sample, np.random.default_rng(0))["keypoints"]
    np.testing.assert_array_equal(unnamed, mirrored)
    other = [name.replace("left", "Left").replace("right", "Right") for name in names]
    np.testing.assert_array_equal(
        Augment(**flips, names={"keypoints": other})(sample, np.random.default_rng(0))["keypoints"], augmented
    )
    both = Augment(horizontal_flip=1.0, vertical_flip=1.0, names={"keypoints": names})(sample, np.random.default_rng(0))
    np.testing.assert_array_equal(both["keypoints"][0], [18, 7, 1, 2])  # half a turn: left stays left


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["LEFT_EYE", "RIGHT_EYE"], [1, 0]),
        (["eye left", "eye right", "nose"], [1, 0, 2]),
        (["lefteye", "righteye"], [1, 0]),
        (["upright_left", "upright_right"], [1, 0]),
        (["upright", "bright", "cleft"], [0, 1, 2]),
    ],
)
def test_sides_are_found_however_they_are_written(names, order):
    assert mirrored_rows(names) == order == Augment(horizontal_flip=0.5, names={"keypoints": names}).orders["keypoints"]


@pytest.mark.parametrize("names", [["left_eye", "rigth_eye"], ["RightHand", "left_hand"], ["eye LEFT"], ["leftEye"]])
def test_a_side_without_the_other_cannot_be_flipped(names):
    with pytest.raises(ConfigError, match="a flip makes left of right, but keypoint `.*` has no other side"):
        Augment(horizontal_flip=0.5, names={"keypoints": names})
    Augment(names={"keypoints": names})

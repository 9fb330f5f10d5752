"""The rendered scenes: deterministic, exact, in the sample format."""

import numpy as np
import pytest

from tests.unit.data.readers.files import faults_of
from xdomain_keras.data.sample import find_faults
from xdomain_keras.data.scenes import KEYPOINT_NAMES, SEMANTIC_NAMES, THING_NAMES, Scenes, render
from xdomain_keras.data.scenes.labels import MIN_VISIBLE_PIXELS
from xdomain_keras.data.scenes.materials import MATERIALS
from xdomain_keras.data.scenes.names import PLACED_NAMES
from xdomain_keras.errors import ConfigError

WORLDS = ("street", "room")
LOOKS = ("synthetic", "photo")
GEOMETRY = ("semantic_ids", "instance_ids", "boxes_xyxy", "classes", "depth_meters", "normals", "edges", "keypoints")


def equal(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[key], second[key]) for key in first)


@pytest.fixture(scope="module")
def samples():
    return [
        (world, render(world, look, size, seed))
        for world in WORLDS
        for look in LOOKS
        for size in ((128, 128), (32, 32), (48, 80), (90, 61))
        for seed in range(3)
    ]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("look", LOOKS)
def test_same_seed_is_bit_identical_and_other_seeds_differ(world, look):
    first = render(world, look, (64, 64), 4)
    assert equal(first, render(world, look, (64, 64), 4))
    assert not np.array_equal(first["image"], render(world, look, (64, 64), 5)["image"])


def test_samples_keep_to_the_format(samples):
    for world, sample in samples:
        assert find_faults(sample) == []
        assert sample["semantic_ids"].min() >= 0
        assert sample["semantic_ids"].max() < len(SEMANTIC_NAMES[world])
        assert sample["keypoints"].shape == (len(KEYPOINT_NAMES[world]), 4)
        assert np.isfinite(sample["depth_meters"]).all() and sample["depth_meters"].min() >= 0
        height, width = sample["image"].shape[:2]
        x, y = sample["fixations_xy"].T
        assert x.min() >= 0 and x.max() < width and y.min() >= 0 and y.max() < height
        assert set(np.unique(sample["salient_object"])) <= {0, 1}


def test_pictures_are_no_flat_panels(samples):
    for _, sample in samples:
        assert sample["image"].std() > 15
        assert 30 < sample["image"].mean() < 225


def test_only_the_sky_has_no_depth(samples):
    for world, sample in samples:
        sky = sample["semantic_ids"] == SEMANTIC_NAMES[world].index("sky") if world == "street" else False
        assert np.array_equal(sample["depth_meters"] == 0, np.broadcast_to(sky, sample["depth_meters"].shape))


def test_normals_are_unit_and_face_the_camera(samples):
    for _, sample in samples:
        normals = sample["normals"]
        known = normals.any(axis=-1)
        np.testing.assert_allclose(np.linalg.norm(normals[known], axis=-1), 1, atol=1e-5)
        assert known[sample["depth_meters"] > 0].mean() > 0.995
        assert not known[sample["depth_meters"] == 0].any()


def test_boxes_are_tight_and_match_the_instances(samples):
    for world, sample in samples:
        instances = sample["instance_ids"]
        assert sorted(np.unique(instances[instances > 0])) == list(range(1, len(sample["boxes_xyxy"]) + 1))
        for number, (box, kind) in enumerate(zip(sample["boxes_xyxy"], sample["classes"], strict=True), 1):
            rows, columns = np.nonzero(instances == number)
            assert len(rows) >= MIN_VISIBLE_PIXELS
            assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            semantic = SEMANTIC_NAMES[world].index(THING_NAMES[world][kind])
            assert (sample["semantic_ids"][instances == number] == semantic).all()


def test_regions_number_classes_and_instances(samples):
    for *_, sample in samples:
        regions = sample["regions"][..., 0]
        assert np.unique(regions).tolist() == list(range(regions.max() + 1))
        pairs = np.stack([sample["semantic_ids"], sample["instance_ids"]], axis=-1).reshape(-1, 2)
        assert len(np.unique(np.column_stack([pairs, regions.ravel()]), axis=0)) == regions.max() + 1
        assert len(np.unique(pairs, axis=0)) == regions.max() + 1


def test_edges_are_the_boundaries_of_classes_and_instances(samples):
    for _, sample in samples:
        semantic, instance, edges = (sample[key] for key in ("semantic_ids", "instance_ids", "edges"))
        expected = np.zeros_like(edges)
        for labels in (semantic, instance):
            expected[:, :-1] |= labels[:, 1:] != labels[:, :-1]
            expected[:-1] |= labels[1:] != labels[:-1]
        assert np.array_equal(edges, expected)


@pytest.mark.parametrize("world", WORLDS)
def test_visible_keypoints_lie_on_their_instance(world):
    seen = {0: 0, 1: 0, 2: 0}
    for seed in range(25):
        sample = render(world, "synthetic", (96, 96), seed)
        for name, (x, y, depth, visibility) in zip(KEYPOINT_NAMES[world], sample["keypoints"], strict=True):
            seen[int(visibility)] += 1
            if visibility == 0:
                assert x == y == depth == 0
                continue
            assert 0 <= x < 96 and 0 <= y < 96 and depth > 0
            if visibility == 2:
                instance = sample["instance_ids"][int(y), int(x)]
                assert instance > 0
                kind = THING_NAMES[world][sample["classes"][instance - 1]]
                assert name.startswith(f"{kind}_")
                # The most visible object of its class, and the surface no deeper than the part behind it.
                assert instance == 1 + np.flatnonzero(sample["classes"] == sample["classes"][instance - 1])[0]
                assert depth - 0.7 < sample["depth_meters"][int(y), int(x)] < depth + 3
    assert min(seen.values()) > 0


@pytest.mark.parametrize("world", WORLDS)
def test_both_looks_share_the_geometry_but_not_the_picture(world):
    plain, photo = (render(world, look, (64, 64), 8) for look in LOOKS)
    for key in GEOMETRY:
        assert np.array_equal(plain[key], photo[key]), key
    assert np.abs(plain["image"].astype(int) - photo["image"]).mean() > 15


@pytest.mark.parametrize(
    ("world", "name"), [("street", "person"), ("street", "vehicle"), ("room", "chair"), ("room", "picture")]
)
def test_class_frequencies_change_the_counts(world, name):
    def count(multiplier):
        source = Scenes(world, "synthetic", 12, (64, 64), 3, class_frequencies={name: multiplier})
        kind = source.names["boxes"].index(name)
        return sum(int((sample["classes"] == kind).sum()) for sample in source)

    none, some, many = count(0), count(1), count(5)
    assert none == 0 < some < many


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("look", LOOKS)
def test_a_world_without_objects_still_renders(world, look):
    sample = render(world, look, (40, 40), 0, dict.fromkeys(PLACED_NAMES[world], 0))
    assert find_faults(sample) == [] and sample["boxes_xyxy"].shape == (0, 4)
    gone = {SEMANTIC_NAMES[world].index(name) for name in PLACED_NAMES[world]} - {
        SEMANTIC_NAMES[world].index("vegetation") if world == "street" else None
    }
    assert not gone & set(np.unique(sample["semantic_ids"]).tolist())


def test_camera_shift_changes_the_depth():
    def median_depth(camera):
        return np.median([np.median(s["depth_meters"][40:]) for s in Scenes(count=8, size=(64, 64), camera=camera)])

    assert median_depth({"pitch_degrees": -35.0, "height_meters": (6, 8)}) > 1.3 * median_depth(
        {"pitch_degrees": -35.0, "height_meters": 1.2}
    )


def test_samples_do_not_depend_on_the_count_or_the_order():
    few, many = Scenes(count=3, size=(32, 32), seed=9), Scenes(count=50, size=(32, 32), seed=9)
    last_first = [few[index] for index in (2, 1, 0)]
    assert all(equal(many[index], sample) for index, sample in zip((2, 1, 0), last_first, strict=True))
    assert few.ids == many.ids[:3] and few.ids[2] == "street/synthetic/9/2"


def test_source_renders_once_and_hands_out_copies(monkeypatch):
    from xdomain_keras.data.scenes import source as module

    calls = []
    monkeypatch.setattr(module, "render", lambda *a, **k: calls.append(a) or render(*a, **k))
    source = Scenes(count=2, size=(32, 32))
    sample = source[1]
    assert len(calls) == 1
    sample["image"][:] = 0
    sample["depth_meters"][:] = 0
    assert source[1]["image"].any() and source[1]["depth_meters"].any() and len(calls) == 1
    assert all(kind.present(sample) for kind in source.labels.values()) and len(source.labels) == 10
    assert faults_of(source) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"world": "stret"}, "did you mean `street`"),
        ({"look": "foto"}, "did you mean `photo`"),
        ({"class_frequencies": {"persn": 2}}, "class_frequencies: unknown class `persn`; did you mean `person`"),
        ({"class_frequencies": {"person": -1}}, "from 0 up"),
        ({"camera": {"height": 2}}, "height_meters"),
        ({"camera": {"height_meters": (3, 2)}}, "low <= high"),
        ({"size": (8, 8)}, "at least 16"),
        ({"size": 64}, "height, width"),
        ({"seed": -1}, "from 0 up"),
        ({"count": -1}, "from 0 up"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        Scenes(**options)


def test_every_class_of_both_worlds_appears():
    for world in WORLDS:
        seen = set()
        for sample in Scenes(world, count=40, size=(64, 64)):
            seen |= set(np.unique(sample["semantic_ids"]).tolist())
        assert seen == set(range(len(SEMANTIC_NAMES[world])))


def test_materials_have_readable_colours():
    for name, material in MATERIALS.items():
        for text in (material.synthetic, material.photo):
            assert all(len(colour) == 6 and int(colour, 16) >= 0 for colour in text.split()), name
            assert 1 <= len(text.split()) <= 9, name

import json

import numpy as np
import pytest

from tests.unit.training.tiny import make_backbone
from xdomain_keras.data.baselines import CenterPrior, Constant, MajorityClass, MeanPoints, MeanValue, NoBox
from xdomain_keras.data.fixation_map import fixation_density
from xdomain_keras.data.scenes import Scenes
from xdomain_keras.evaluation import build_predictor, predict
from xdomain_keras.experiments.classes import TaskClasses
from xdomain_keras.metrics import nss
from xdomain_keras.models import MultiHeadModel
from xdomain_keras.tasks import TASKS, Depth, Keypoints

SOURCE = Scenes("room", "synthetic", count=6, size=(48, 64), seed=11)
# Human parts are not rendered; any map of seven numbers stands in for them.
SAMPLES = [{**sample, "part_ids": sample["semantic_ids"] % 7} for sample in SOURCE]
THIN = {"filters": 4, "rates": [1, 2], "decoder_filters": [4]}
OPTIONS = {
    "depth": {"scale": 10.0},  # the baseline is in metres, whatever the network's 1.0 stands for
    "detection": {"head": {"taps": ["c3", "c4"], "extras": [], "aspect_ratios": [2], "scales": [0.3, 0.6, 0.9]}},
    "keypoints": {"scale": 5.0, "absent": True, "head": {"tap": "c3", "depth_tap": "c3"}},
    "regions": {"head": THIN, "channels": 4},
}
# Numbers of rows or cuts, which are free: the axis of the arrays that counts them.
FREE = {"detection": 0, "regions": 2}


def make_task(name):
    """A task of its own, as a config without more options makes it."""
    kind, options = TASKS[name], OPTIONS.get(name, {"head": THIN})
    names = SOURCE.names.get({"detection": "boxes"}.get(name, kind.kinds()[0]), ())
    classes = TaskClasses(list(names), {}, []) if kind.is_named() else None
    return kind(name, (32, 32), **{**kind.resolve(options, classes, tuple), **options})


def fit(baseline, samples=SAMPLES):
    for sample in samples:
        baseline.add(sample)
    return json.loads(json.dumps(baseline.values()))


def measured(task, predict_one, samples=SAMPLES):
    metric = task.metrics()
    for sample in samples:
        task.measure(metric, sample, predict_one(sample["image"].shape[:2]))
    return metric.result()


@pytest.fixture(scope="module")
def predictions():
    """Dict of task → what a network without training predicts for the first image."""
    tasks = {name: make_task(name) for name in TASKS}
    network = MultiHeadModel(make_backbone(), {name: task.head() for name, task in tasks.items()})
    ((_, found),) = predict(build_predictor(network, tasks), tasks, SAMPLES[:1], batch_size=1)
    return found


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_baseline_whose_values_survive_json_and_whose_score_is_a_number(name):
    task = make_task(name)
    assert all(task.has_labels(sample) for sample in SAMPLES) and task.baseline().name
    values = fit(task.baseline())
    again = make_task(name).baseline()  # in another process, say
    result = measured(task, lambda shape: again.predict(values, shape))
    assert np.isfinite(result[task.main_metric])
    kept = task.baseline()
    for sample in SAMPLES:
        kept.add(sample)
    assert measured(task, lambda shape: kept.predict(kept.values(), shape)) == pytest.approx(result, nan_ok=True)


@pytest.mark.parametrize("name", TASKS)
def test_a_baseline_predicts_what_the_task_predicts(predictions, name):
    """The same keys, types and sizes, of this image and of one of another size."""
    task = make_task(name)
    baseline, values = task.baseline(), fit(task.baseline())
    guess, predicted = baseline.predict(values, (48, 64)), predictions[name]
    assert guess.keys() == predicted.keys()
    for key, array in guess.items():
        shapes = [list(each.shape) for each in (array, predicted[key])]
        for shape in shapes if name in FREE else ():
            shape[FREE[name]] = None
        assert array.dtype == predicted[key].dtype and shapes[0] == shapes[1], key
    other = baseline.predict(values, (21, 17))
    for key, array in other.items():
        assert array.shape == guess[key].shape if name in ("detection", "keypoints") else array.shape[:2] == (21, 17)
        array += 1  # it belongs to who asked for it
        assert (baseline.predict(values, (21, 17))[key] != array).all()
    assert task.draw(SAMPLES[0]["image"], guess).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("name", "metric", "constants"),
    [
        ("segmentation", "mIoU", [{"semantic_ids": np.int32(index)} for index in range(16)]),
        ("human_parts", "mIoU", [{"part_ids": np.int32(index)} for index in range(7)]),
        ("depth", "rmse", [{"depth_meters": np.float32(meters)} for meters in (0.5, 2, 4, 8, 20)]),
        ("normals", "mean", [{"normals": np.float32(vector)} for vector in ([0, 0, 1], [1, 0, 0], [0, 1, 0])]),
        ("salient_object", "F_max", [{"salient_object": np.float32(0)}]),
        ("saliency", "NSS", [{"saliency_map": np.float32(1)}]),
    ],
)
def test_what_is_fitted_is_no_worse_than_any_other_constant(name, metric, constants):
    task = make_task(name)
    baseline, values = task.baseline(), fit(task.baseline())
    own = measured(task, lambda shape: baseline.predict(values, shape))[metric]
    worse = 0
    for constant in constants:
        ((key, value),) = constant.items()
        other = measured(task, lambda shape, k=key, v=value: {k: np.broadcast_to(v, (*shape, *v.shape)).copy()})[metric]
        gap = other - own if metric in task.errors else own - other
        assert not gap < -1e-6
        worse += not gap < 1e-6
    assert worse >= len(constants) - 1  # all but itself


def test_keypoints_at_their_mean_place_are_nearer_than_in_the_middle_of_nowhere():
    task = make_task("keypoints")
    baseline, values = task.baseline(), fit(task.baseline())
    own = measured(task, lambda shape: baseline.predict(values, shape))
    corner = measured(task, lambda shape: {"keypoints": baseline.predict(values, shape)["keypoints"] * [0, 0, 3, 1]})
    assert own["NME"] < corner["NME"] and own["depth_abs"] < corner["depth_abs"]


def test_one_region_covers_more_than_as_many_regions_as_pixels():
    task = make_task("regions")
    one = measured(task, lambda shape: task.baseline().predict({}, shape))
    pixels = measured(task, lambda shape: {"regions": np.arange(np.prod(shape), dtype=np.int16).reshape(*shape, 1)})
    assert one["covering_ods"] > pixels["covering_ods"]


@pytest.mark.parametrize("name", TASKS)
def test_fitted_to_nothing_it_has_no_values_unless_it_needs_none(name):
    baseline = make_task(name).baseline()
    assert baseline.values() == ({} if isinstance(baseline, Constant | NoBox) else None)


@pytest.mark.parametrize(
    ("baseline", "sample"),
    [
        (MajorityClass("semantic_ids", 3), {"semantic_ids": np.full((2, 2), -1, np.int32)}),
        (Depth("depth", (32, 32), cap=5.0).baseline(), {"depth_meters": np.float32([[0, 9], [np.inf, 6]])}),
        (TASKS["normals"]("normals", (32, 32)).baseline(), {"normals": np.zeros((2, 2, 3), np.float32)}),
        (CenterPrior(lambda sample: sample["density"]), {"density": np.zeros((2, 2), np.float32)}),
    ],
)
def test_labels_in_which_nothing_is_known_are_nothing(baseline, sample):
    baseline.add(sample)
    assert baseline.values() is None


def test_the_majority_is_that_of_all_known_pixels():
    baseline = MajorityClass("ids", 3)
    for ids in ([[0, 0, 0, 0]], [[1, 1, 1, 2]], [[1, 1, -1, 7]], [[-1, -1, -1, -1]]):
        baseline.add({"ids": np.int32(ids)})
    assert baseline.values() == {"class": 1}
    assert baseline.predict({"class": 1}, (1, 2))["ids"].tolist() == [[1, 1]]


def test_pixels_that_may_be_of_several_classes_count_for_each():
    """Most of the second set is background, which may be sky there; sky itself is rarer."""
    baseline = MajorityClass("semantic_ids", 3, [[0, 2]])
    baseline.add({"semantic_ids": np.int32([[0, 2, 2, 1, 1, 1, -1]])})
    assert baseline.values() == {"class": 1}
    baseline.add({"semantic_ids": np.int32([[3, 3, 3, 1]])})
    assert baseline.values() == {"class": 2}


def test_the_mean_is_that_of_pixels_not_of_images_within_the_cap():
    baseline = Depth("depth", (32, 32), scale=10.0, cap=50.0).baseline()
    for depth in ([[2, 2, 2, 0]], [[6, 99, 0, np.nan]]):
        baseline.add({"depth_meters": np.float32(depth)})
    assert baseline.values() == {"mean": 3.0}
    for _ in range(100):  # sums of many pixels stay exact enough
        baseline.add({"depth_meters": np.full((100, 100), 3.1, np.float32)})
    assert baseline.values()["mean"] == pytest.approx(3.1, rel=1e-4)


def test_the_mean_of_vectors_has_the_length_of_one():
    baseline = MeanValue("normals", lambda normals: normals.any(axis=-1), "constant normal", unit_length=True)
    baseline.add({"normals": np.float32([[[0, 0, -1], [1, 0, 0], [0, 0, 0]]])})
    assert baseline.values()["mean"] == pytest.approx([0.5**0.5, 0, -(0.5**0.5)])
    plain = MeanValue("flow", lambda flow: flow.any(axis=-1), "mean flow")
    plain.add({"flow": np.float32([[[0, 4], [2, 0]]])})
    assert plain.predict(plain.values(), (1, 1))["flow"].tolist() == [[[1, 2]]]


def test_points_keep_their_relative_place_and_say_how_often_they_are_seen():
    """Of three images: the first point is seen in two, the second in none, the third outside of the image once."""
    task = Keypoints("keypoints", (8, 8), ["a", "b", "c"], scale=9.0)
    baseline = task.baseline()
    assert isinstance(baseline, MeanPoints)
    for shape, rows in [
        ((10, 20), [[4, 2, 3, 2], [0, 0, 0, 0], [5, 5, 1, 2]]),
        ((20, 10), [[6, 8, 5, 1], [0, 0, 0, 0], [99, 5, 9, 2]]),
        ((10, 10), [[np.nan, np.nan, np.nan, 0], [0, 0, 0, 0], [5, 5, 3, 2]]),
    ]:
        baseline.add({"image": np.zeros((*shape, 3), np.uint8), "keypoints": np.float32(rows)})
    values = json.loads(json.dumps(baseline.values()))
    found = baseline.predict(values, (100, 200))["keypoints"]
    np.testing.assert_allclose(found, [[80, 30, 4, 2 / 3], [0, 0, 0, 0], [75, 50, 2, 2 / 3]], rtol=1e-6)


def prior_of(densities, grid):
    prior = CenterPrior(lambda sample: sample["density"], grid)
    values = fit(prior, [{"density": density} for density in densities])
    return lambda shape: prior.predict(values, shape)["saliency_map"]


def test_each_image_counts_the_same_whatever_its_scale():
    left, right = np.zeros((2, 8, 8), np.float32)
    left[4, 1], right[4, 6] = 1, 250
    prior = prior_of([left, right], grid=(8, 8))((8, 8))
    assert prior[4, 1] == prior[4, 6] == 1
    assert np.count_nonzero(prior) == 2


def test_positions_are_relative_to_the_image():
    small = fixation_density([[30.5, 10.5]], (20, 40), 2.0)
    large = fixation_density([[61.0, 21.0]], (40, 80), 4.0)
    prior = prior_of([small, large], grid=(40, 80))
    for shape in ((20, 40), (40, 80), (120, 240), (50, 30)):
        row, column = np.unravel_index(prior(shape).argmax(), shape)
        np.testing.assert_allclose([(row + 0.5) / shape[0], (column + 0.5) / shape[1]], [0.525, 0.7625], atol=0.03)


def test_images_without_fixations_are_left_out():
    density = fixation_density([[5, 5]], (10, 10), 2.0)
    prior = prior_of([density, np.zeros((10, 10))], grid=(10, 10))
    np.testing.assert_allclose(prior((10, 10)), density, atol=1e-6)


def test_the_prior_beats_chance_on_center_biased_gaze():
    generator = np.random.default_rng(0)
    gaze = [generator.normal((32, 24), (8, 6), (30, 2)) for _ in range(12)]
    prior = prior_of([fixation_density(points, (48, 64), 3.0) for points in gaze[:8]], grid=(240, 320))
    assert np.mean([nss(points, prior((48, 64))) for points in gaze[8:]]) > 1


def test_gaze_and_densities_of_a_task_are_averaged_alike():
    """An image with fixations gives their Gaussians, one without them its own map, at the size as stored."""
    task = make_task("saliency")
    image, points = np.zeros((48, 64, 3), np.uint8), np.float32([[20, 10], [40, 30]])
    density = fixation_density(points, (48, 64), task.sigma * 64)
    given = [{"image": image, "fixations_xy": points}, {"image": image, "saliency_map": density}]
    first, second = (fit(task.baseline(), [sample]) for sample in given)
    assert first == second and first["grid"] == [240, 320]

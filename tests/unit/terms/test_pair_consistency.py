import itertools

import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from tests.unit.terms.pairs import (
    PRESENT,
    TASKS,
    gradients,
    make_setting,
    make_step,
    prepared,
    randomize,
    stateless,
    value,
)
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.tasks import Depth, Normals
from xdomain_keras.terms import Needs, PairConsistency, Step
from xdomain_keras.terms.pair_slots import ordered_pairs
from xdomain_keras.terms.term import check_needs

NAMES = list(TASKS)


def build(**options):
    term = prepared(PairConsistency(**options))
    randomize(term.mapper)
    return term


@pytest.fixture(scope="module")
def terms():
    """Terms by their options, made once."""
    made = {}

    def term_with(**options):
        key = tuple(sorted(options.items()))
        return made.setdefault(key, made.get(key) or build(**options))

    return term_with


def cosine_distance(a, b):
    a, b = np.float64(a), np.float64(b)
    cosine = (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return 1 - cosine.mean()


def to_map(task, array, predicted):
    """The input layer's map of §4 and of the authors' code, in plain NumPy."""
    array = np.float64(array)
    if task == "depth":
        return array / np.abs(array).max()
    if task == "normals":
        length = np.linalg.norm(array, axis=-1, keepdims=True)
        return (array / length + 1) / 2
    if not predicted:
        return np.float64(array == np.arange(3))
    exponents = np.exp(array - array.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def by_loop(term, step, *, every=False, condition="each", regularizer=1.0, mean=True, present=PRESENT):
    """Eq. 4, image by image and pair by pair: the mapper is run on one map at a time."""
    pairs, total, count = ordered_pairs(3), 0.0, 0

    map_one = {
        task: jitted(lambda inputs, pair, task=task: term.mapper([term.mapper.embed(task, inputs), pair]))
        for task in NAMES
    }

    def mapped(task, array, predicted, pair):
        inputs = to_map(task, ops.convert_to_numpy(array), predicted)[None].astype("float32")
        return ops.convert_to_numpy(map_one[task](inputs, np.array([pair], "int32")))[0]

    for n, row in enumerate(present):
        feature = ops.convert_to_numpy(step.features["room"]["c5"])[n].mean((0, 1), keepdims=True)
        unlabelled = [k for k in range(3) if every or not row[k]]
        for s, t in itertools.product(unlabelled, np.flatnonzero(row)):
            if s == t:
                continue
            pair, turned = pairs.index((s, t)), pairs.index((t, s))
            first = mapped(NAMES[s], step.outputs["room"][NAMES[s]][n], True, pair)
            second = mapped(NAMES[t], step.targets["room"][NAMES[t]][n], False, turned if condition == "each" else pair)
            loss = cosine_distance(first, second)
            loss += regularizer * (cosine_distance(feature, first) + cosine_distance(feature, second))
            total += loss / len(unlabelled) if mean else loss
            count += 1
    return total / len(present), count


@pytest.mark.parametrize(
    ("options", "reading"),
    [
        ({}, {}),
        ({"condition": "pair"}, {"condition": "pair"}),
        ({"condition": "none"}, {}),
        ({"regularizer": 0.0}, {"regularizer": 0.0}),
        ({"reduction": "sum", "regularizer": 0.5}, {"mean": False, "regularizer": 0.5}),
        ({"pairs": "all"}, {"every": True}),
    ],
)
def test_the_batch_is_equation_4_image_by_image_and_pair_by_pair(terms, options, reading):
    term, step = terms(**options), make_step()
    scalar, count = stateless(lambda: term.compute(step))["room"]
    expected, pairs = by_loop(term, step, **reading)
    np.testing.assert_allclose(float(ops.convert_to_numpy(scalar)), expected, rtol=2e-5)
    assert int(ops.convert_to_numpy(count)) == pairs
    assert expected > 0.05


def test_what_is_not_labelled_has_no_part(terms):
    expected = value(terms(), make_step(absent=0.0))
    assert value(terms(), make_step(absent=np.nan)) == expected
    assert value(terms(), make_step(absent=1e30)) == expected


@pytest.mark.parametrize("row", [[0, 0, 0], [1, 1, 1]])
def test_without_a_pair_it_is_0_with_finite_gradients(terms, row):
    step = make_step(np.float32([row, row]), absent=np.nan, training=True)
    term = build()
    assert value(term, step) == 0
    for gradient in gradients(lambda: term.compute(step)["room"][0], term.mapper.trainable_variables):
        assert gradient is None or np.abs(gradient).max() == 0


def test_the_feature_is_held_and_prediction_and_label_paths_learn(terms):
    """The feature only reaches the loss through `stop_gradient`; the mapper learns through both maps."""
    term, step = terms(), make_step()
    feature = keras.Variable(step.features["room"]["c5"], name="feature")
    depth = keras.Variable(step.outputs["room"]["depth"], name="depth")

    def loss():
        step.features["room"]["c5"] = ops.convert_to_tensor(feature)
        step.outputs["room"]["depth"] = ops.convert_to_tensor(depth)
        return term.compute(step)["room"][0]

    held, learns = gradients(loss, [feature, depth])
    assert held is None or np.abs(held).max() == 0
    assert np.isfinite(learns).all()
    has_part = np.abs(learns).reshape(len(PRESENT), -1).max(1) > 0
    # Only where depth is unlabelled beside a label; elsewhere its label goes in.
    assert has_part.tolist() == [True, False, True, True, False, False]


def test_labels_in_several_domains_make_pairs_as_labels_of_several_images_do():
    setting = make_setting(matrix=LabelMatrix({"room": ["segmentation"], "street": ["depth"], "sea": []}))
    term = prepared(PairConsistency(), setting)
    assert term.cells(setting) == ["room", "street"]
    need = Needs(outputs=frozenset(TASKS), maps=frozenset(["c5"]))
    assert term.needs(setting) == {"room": need, "street": need}
    both = make_step(np.float32([[1, 0, 0], [0, 1, 0]]))
    apart = make_step(np.float32([[1, 0, 0], [0, 1, 0]]))
    for part in ("targets", "weights", "outputs", "features"):
        rows = {name: array for name, array in getattr(apart, part)["room"].items()}
        labelled = {"room": ("segmentation",), "street": ("depth",)}
        for index, domain in enumerate(("room", "street")):
            getattr(apart, part)[domain] = {
                name: array[index : index + 1]
                for name, array in rows.items()
                if part in ("outputs", "features") or name in labelled[domain]
            }
    np.testing.assert_allclose(
        (value(term, apart, "room") + value(term, apart, "street")) / 2, value(term, both), rtol=1e-5
    )


def test_as_released_is_what_the_authors_code_does():
    term = PairConsistency(as_released=True)
    assert (term.condition, term.mean, term.regularizer, term.recrop) == ("pair", False, 0.5, 2 / 3)
    assert term.noise is not None and term.windows is not None
    term = PairConsistency()
    assert (term.condition, term.mean, term.regularizer, term.recrop) == ("each", True, 1.0, 1.0)
    assert term.noise is None and term.windows is None


def test_a_second_crop_is_taken_of_images_labels_and_feature_alike():
    """A window as large as the image changes nothing; a smaller one cuts images and labels at the same place."""
    seen = []

    def forward(domain, images):
        seen.append(images)
        return {"outputs": step.outputs[domain], "features": step.features[domain]}

    step = make_step(forward=forward)
    step.images["room"] = ops.repeat(step.targets["room"]["depth"], 3, axis=-1)
    plain, whole, smaller = build(), build(recrop=1 - 1e-7), build(recrop=0.5)
    scalars = [float(ops.convert_to_numpy(term.compute(step)["room"][0])) for term in (whole, plain)]
    assert scalars[0] == pytest.approx(scalars[1], rel=1e-4)
    np.testing.assert_allclose(
        ops.convert_to_numpy(seen[0]), ops.convert_to_numpy(step.images["room"]), rtol=1e-4, atol=1e-4
    )
    _, (_, truths, present) = smaller.read(step, "room")
    labelled = ops.convert_to_numpy(present)[:, 1] > 0
    image = ops.convert_to_numpy(seen[1])[labelled][..., :1]
    depth = ops.convert_to_numpy(truths["depth"])[labelled]
    # Labels are cut to the nearest, and measured by the largest depth in the window; the images are interpolated.
    assert np.allclose(depth.max(axis=(1, 2, 3)), 1)
    whole = ops.convert_to_numpy(step.targets["room"]["depth"])[labelled]
    for row, seen_map, whole_map in zip(depth, image, whole, strict=True):
        tops = [top for top in np.unique(whole_map) if are_among(row * top, whole_map)]
        assert len(tops) == 1 and np.corrcoef(row.ravel(), seen_map.ravel())[0, 1] > 0.5
    assert not np.allclose(image, ops.convert_to_numpy(step.images["room"])[labelled][..., :1], atol=0.1)


def are_among(values, others):
    """Whether each value is one of the others, but for rounding."""
    others = np.sort(others.ravel())
    near = np.clip(np.searchsorted(others, values) + np.array([-1, 0])[:, None, None, None], 0, len(others) - 1)
    return np.abs(others[near] - values).min(axis=0).max() < 1e-4


def test_the_mapper_reads_every_so_many_th_pixel():
    """A feature of 1/32 and maps of 64 pixels, of which every second goes in."""
    tasks = {name: kind(name, (64, 64)) for name, kind in {"depth": Depth, "normals": Normals}.items()}
    term = prepared(PairConsistency(stride=2), make_setting(tasks))
    rng, seen = np.random.default_rng(0), []
    maps = {"depth": rng.uniform(1, 2, (2, 64, 64, 1)), "normals": rng.normal(0, 1, (2, 64, 64, 3))}
    maps = {name: ops.array(array, "float32") for name, array in maps.items()}
    weights = {"depth": ops.array([1.0, 0.0]), "normals": ops.array([0.0, 1.0])}
    feature = {"c5": ops.ones((2, 2, 2, 32))}
    step = Step({}, {"room": maps}, {"room": weights}, {"room": maps}, {"room": feature}, training=False)
    embed = term.mapper.embed
    term.mapper.embed = lambda name, inputs, training: seen.append(tuple(inputs.shape)) or embed(name, inputs, training)
    assert np.isfinite(float(ops.convert_to_numpy(term.compute(step)["room"][0])))
    assert seen == [(2, 32, 32, 1), (2, 32, 32, 3)]


@pytest.mark.parametrize("options", [{"stride": 0}, {"film_learning_rate_factor": 0.0}, {"regularizer": -1.0}])
def test_numbers_out_of_range_are_errors(options):
    with pytest.raises(ConfigError, match=r"terms.pair_consistency: .*; expected"):
        PairConsistency(**options)


def test_a_feature_that_is_no_map_is_an_error():
    with pytest.raises(ConfigError, match="`pooled` is not a map"):
        check_needs(PairConsistency(feature="pooled"), make_setting(pooled=(8,)))


def test_the_mapper_is_as_wide_as_the_feature_but_no_wider_than_the_papers():
    term = prepared(PairConsistency(), make_setting(c5=(1, 1, 2048)))
    assert term.mapper.width == 1 and term.mapper.stages[-1][-1].filters == 2048
    assert [stage[0].filters for stage in term.mapper.stages] == [64, 128, 256, 512, 512]


def test_without_a_regularizer_the_feature_says_how_wide_the_mapper_is_and_is_not_read():
    term, step = prepared(PairConsistency(regularizer=0.0), make_setting(c4=(2, 2, 16), c5=(2, 2, 64))), make_step()
    need = Needs(outputs=frozenset(TASKS), maps=frozenset(["c5"]))
    assert term.needs(make_setting()) == {"room": need} and term.mapper.stages[-1][-1].filters == 64
    step.features["room"] = {}
    assert value(term, step) > 0


def test_a_window_larger_than_the_image_is_an_error():
    with pytest.raises(ConfigError, match="recrop is 1.5"):
        PairConsistency(recrop=1.5)


def test_training_moves_the_statistics_of_the_mapper():
    term, step = build(), make_step(training=True)
    before = [np.array(variable) for variable in term.mapper.non_trainable_variables]
    term.compute(step)
    after = [np.array(variable) for variable in term.mapper.non_trainable_variables]
    assert all(np.isfinite(a).all() and not np.array_equal(a, b) for a, b in zip(after, before, strict=True))


def test_one_task_with_a_map_is_too_few():
    with pytest.raises(ConfigError, match="two tasks whose predictions are maps; got depth"):
        check_needs(PairConsistency(), make_setting({"depth": TASKS["depth"]}))


def test_maps_of_two_sizes_are_an_error():
    tasks = {"depth": Depth("depth", (32, 32), stride=2), "normals": Normals("normals", (32, 32))}
    with pytest.raises(ConfigError, match="maps of one size"):
        check_needs(PairConsistency(), make_setting(tasks))


def test_a_feature_that_fits_no_32nd_is_an_error():
    tasks = {name: kind(name, (48, 32)) for name, kind in {"depth": Depth, "normals": Normals}.items()}
    with pytest.raises(ConfigError, match="multiples of 32"):
        check_needs(PairConsistency(), make_setting(tasks))
    with pytest.raises(ConfigError, match="unknown feature `c9`"):
        check_needs(PairConsistency(feature="c9"), make_setting())

import dataclasses
import itertools

import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.terms import MMD, Needs, Setting, Step
from xdomain_keras.terms.term import check_needs

MATRIX = LabelMatrix({"road": ["detection"], "attic": ["saliency"]})
RNG = np.random.default_rng(0)
FEATURES = {"road": RNG.normal(1, 2, (3, 5)), "attic": RNG.normal(0, 1, (4, 5)), "field": RNG.normal(-1, 1, (2, 5))}
SETTING = Setting(MATRIX, {}, {"pooled": (5,)})


def build(setting=SETTING, projection=None, **options):
    term = MMD(**options)
    check_needs(term, setting)
    term.prepare(None, setting)
    if projection is not None:
        term.projection.assign(projection)
    return term


def compute(term, domains=("road", "attic"), features=FEATURES):
    features = {domain: {"pooled": ops.array(features[domain], "float32")} for domain in domains}
    return {
        cell: float(ops.convert_to_numpy(value))
        for cell, (value, _) in term.compute(Step({}, {}, {}, {}, features)).items()
    }


def mean_kernel(kernel, xs, ys):
    return np.mean([kernel(x, y) for x, y in itertools.product(xs, ys)])


def mmd(kernel, domains=("road", "attic")):
    """Eq. 1 over all pairs, in plain NumPy."""
    x, y = (FEATURES[domain] for domain in domains)
    return mean_kernel(kernel, x, x) + mean_kernel(kernel, y, y) - 2 * mean_kernel(kernel, x, y)


def test_it_needs_two_domains_and_says_so():
    with pytest.raises(ConfigError) as caught:
        MMD(name="MMD").needs(Setting(LabelMatrix({"cityscapes": ["depth"]})))
    assert str(caught.value) == (
        "`MMD` needs features of 2 domains; got 1 (`cityscapes`). Add a domain to the label matrix or drop the term."
    )


def test_it_reads_one_feature_of_every_domain():
    assert MMD(feature="c5").needs(SETTING) == {name: Needs(features=frozenset({"c5"})) for name in ("road", "attic")}


@pytest.mark.parametrize("rank", [None, 2])
def test_bilinear_is_the_kernel_of_equation_2(rank):
    term = build(rank=rank)
    w = ops.convert_to_numpy(term.projection)
    assert w.shape == (rank or 5, 5)
    expected = mmd(lambda x, y: x @ (w.T @ w + np.eye(5)) @ y + 3.0)  # the constant cancels
    barrier = -np.log(np.clip(np.linalg.norm(w), 1e-6, 1))
    np.testing.assert_allclose(compute(term)["road~attic"], expected + barrier, rtol=1e-5)


def test_linear_is_the_distance_of_the_means():
    np.testing.assert_allclose(compute(build(kernel="linear"))["road~attic"], mmd(np.dot), rtol=1e-5)


def test_rbf_sums_gaussians_relative_to_the_mean_distance():
    both = np.concatenate([FEATURES["road"], FEATURES["attic"]])
    scale = mean_kernel(lambda x, y: np.sum((x - y) ** 2), both, both)
    expected = mmd(lambda x, y: sum(np.exp(-np.sum((x - y) ** 2) / (width * scale)) for width in (0.5, 2.0)))
    value = compute(build(kernel="rbf", bandwidths=[0.5, 2.0]))["road~attic"]
    np.testing.assert_allclose(value, expected, rtol=1e-4)


@pytest.mark.parametrize("scale", [0.01, 1.0, 10.0])
def test_literal_is_equation_4_as_printed(scale):
    w, c = scale * RNG.normal(size=(5, 5)).astype("float32"), 2.5
    term = build(projection=w, literal=True)
    term.constant.assign(c)
    expected = mmd(lambda x, y: x @ (w.T @ w + np.eye(5)) @ y + c) - np.log(np.linalg.norm(w)) - np.log(c)
    np.testing.assert_allclose(compute(term)["road~attic"], expected, rtol=1e-5)


@pytest.mark.parametrize(("norm", "slope"), [(0.5, -2.0), (1.001, 0.0), (30.0, 0.0)])
def test_the_barrier_keeps_w_off_zero_and_leaves_it_alone_from_norm_1_on(norm, slope):
    w = RNG.normal(size=(5, 5)).astype("float32")
    w *= norm / np.linalg.norm(w)
    term = MMD()

    def barrier(value):
        term.projection = value
        return term.barrier()

    found = gradient(barrier, w)
    np.testing.assert_allclose(found, slope * w / norm, atol=1e-5)
    assert slope or not found.any()


@pytest.mark.parametrize("kernel", ["bilinear", "rbf", "linear"])
def test_maps_are_averaged_over_the_image(kernel):
    maps = {domain: RNG.normal(0, 1, (4, 2, 3, 5)).astype("float32") for domain in ("road", "attic")}
    term = build(Setting(MATRIX, {}, {"c5": (2, 3, 5)}), feature="c5", kernel=kernel)
    values = []
    for change in (lambda x: x, lambda x: x.mean(axis=(1, 2))):
        features = {domain: {"c5": ops.array(change(x), "float32")} for domain, x in maps.items()}
        values.append(float(ops.convert_to_numpy(term.compute(Step({}, {}, {}, {}, features))["road~attic"][0])))
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_every_pair_of_domains_is_a_cell():
    setting = dataclasses.replace(SETTING, matrix=LabelMatrix({"road": [], "attic": [], "field": []}))
    term = build(setting, kernel="linear")
    values = compute(term, setting.matrix.domains)
    assert list(values) == term.cells(setting) == ["road~attic", "road~field", "attic~field"]
    np.testing.assert_allclose(values["attic~field"], mmd(np.dot, ("attic", "field")), rtol=1e-5)

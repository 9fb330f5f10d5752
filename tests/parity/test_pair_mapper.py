"""The pair mapper against its equations in plain NumPy (paper 002, §3.2)."""

import itertools

import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.models import PairMapper
from xdomain_keras.terms.pair_slots import ordered_pairs

CHANNELS = {"segmentation": 4, "depth": 1, "normals": 3}
DEPTHS, FILTERS = (2, 2, 3, 3, 3), (8, 8, 16, 32, 32)  # of SegNet's encoder, the latter at a width of 1 / 16
PAIRS = np.array([4, 0, 4, 1, 5, 2, 3])
RNG = np.random.default_rng(0)
MAPS = {task: RNG.uniform(0, 1, (len(PAIRS), 32, 64, count)).astype("float32") for task, count in CHANNELS.items()}


def convolve(x, kernel, bias):
    """3x3 convolution with zeros around: a sum over nine shifted images."""
    height, width = x.shape[1:3]
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    total = bias
    for row, column in itertools.product(range(3), repeat=2):
        total = total + padded[:, row : row + height, column : column + width] @ kernel[row, column]
    return total


def normalize(x, gamma, beta, mean, variance):
    return gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta


def pool(x):
    return np.maximum.reduce([x[:, row::2, column::2] for row, column in itertools.product(range(2), repeat=2)])


def draw_block(before, after):
    """(kernel, bias), (gamma, beta, mean, variance) of a convolution and its normalisation."""
    kernel = RNG.normal(0, (2 / 9 / before) ** 0.5, (3, 3, before, after))
    norm = RNG.uniform(0.5, 1.5, after), RNG.normal(0, 0.2, after), RNG.normal(0, 0.2, after)
    return (kernel, RNG.normal(0, 0.2, after)), (*norm, RNG.uniform(0.5, 1.5, after))


def draw_weights():
    """All weights in float64: input layers by task; 13 blocks; their scales and shifts, a row a pair."""
    inputs = {task: draw_block(count, FILTERS[0]) for task, count in CHANNELS.items()}
    widths = [count for count, depth in zip(FILTERS, DEPTHS, strict=True) for _ in range(depth)]
    blocks = [draw_block(*pair) for pair in itertools.pairwise([FILTERS[0], *widths])]
    films = [(RNG.uniform(0.5, 1.5, (6, count)), RNG.normal(0, 0.2, (6, count))) for count in widths]
    return inputs, blocks, films


def expected_map(weights, task, pairs, conditioned):
    """The equations."""
    inputs, blocks, films = weights
    convolution, norm = inputs[task]
    x = np.maximum(normalize(convolve(MAPS[task].astype("float64"), *convolution), *norm), 0)
    last = np.cumsum(DEPTHS) - 1
    for number, ((convolution, norm), (scale, shift)) in enumerate(zip(blocks, films, strict=True)):
        x = normalize(convolve(x, *convolution), *norm)
        if conditioned:
            one_hot = np.eye(6)[pairs]
            x = (one_hot @ scale)[:, None, None] * x + (one_hot @ shift)[:, None, None]
        x = np.maximum(x, 0)
        x = pool(x) if number in last else x
    return x


def build(weights, conditioned, factor):
    """A `PairMapper` over the same weights."""
    inputs, blocks, films = weights
    mapper = PairMapper(CHANNELS, 1 / 16, conditioned, film_learning_rate_factor=factor)
    mapper.build()
    layers = [layer for stage in mapper.stages for layer in stage]
    for layer, block in zip([*mapper.inputs.values(), *layers], [*inputs.values(), *blocks], strict=True):
        layer.convolution.set_weights(list(block[0]))
        layer.normalization.set_weights(list(block[1]))
    for film, (scale, shift) in zip([film for stage in mapper.films for film in stage], films, strict=True):
        if film:
            film.scale.assign((scale - 1) / factor)
            film.shift.assign(shift / factor)
    return mapper


@pytest.mark.parametrize(("conditioned", "factor"), [(True, 1.0), (True, 10.0), (False, 1.0)])
def test_the_forward_pass_is_that_of_the_equations(conditioned, factor):
    weights = draw_weights()
    mapper = build(weights, conditioned, factor)
    forward = jitted(lambda maps, pairs: {task: mapper([mapper.embed(task, maps[task]), pairs]) for task in CHANNELS})
    mapped = forward({task: ops.convert_to_tensor(maps) for task, maps in MAPS.items()}, ops.convert_to_tensor(PAIRS))
    for task in CHANNELS:
        expected = expected_map(weights, task, PAIRS, conditioned)
        assert expected.shape == (len(PAIRS), 1, 2, 32) and (expected > 0).mean() > 0.2
        error = np.abs(ops.convert_to_numpy(mapped[task]) - expected).max() / np.abs(expected).max()
        assert error <= 1e-5, task


def test_conditions_are_the_off_diagonal_of_the_matrix_row_by_row():
    """A[s, t] = 1, flattened without the diagonal, is the one-hot of the pair's number."""
    off_diagonal = ~np.eye(len(CHANNELS), dtype=bool)
    for number, pair in enumerate(ordered_pairs(len(CHANNELS))):
        matrix = np.zeros((len(CHANNELS),) * 2)
        matrix[pair] = 1
        np.testing.assert_array_equal(matrix[off_diagonal], np.eye(6)[number])

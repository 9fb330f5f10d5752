import itertools

import hypothesis
import hypothesis.extra.numpy
import numpy as np
import pytest
from hypothesis import strategies as st
from keras import ops

from xdomain_keras.terms.pair_slots import fill_slots, most_pairs, ordered_pairs, valid_pairs

PRESENT = hypothesis.extra.numpy.arrays(bool, st.tuples(st.integers(1, 6), st.integers(2, 5)))


def by_loop(present, every):
    """All (image, s, t), image by image and pair by pair."""
    found = []
    for image, row in enumerate(present):
        for s, t in itertools.permutations(range(len(row)), 2):
            if row[t] and (every or not row[s]):
                found.append((image, s, t))
    return found


@hypothesis.settings(max_examples=30)
@hypothesis.given(PRESENT, st.booleans())
def test_slots_hold_every_pair_of_every_image_once_with_weight_1(present, every):
    num_images, num_tasks = present.shape
    num_slots = num_images * most_pairs(num_tasks, every)
    parts = fill_slots(valid_pairs(present.astype("float32"), every), num_slots)
    image, pair, weight = (ops.convert_to_numpy(part) for part in parts)
    pairs = ordered_pairs(num_tasks)
    filled = [(int(n), *pairs[int(p)]) for n, p, w in zip(image, pair, weight, strict=True) if w]
    expected = by_loop(present, every)
    assert filled == expected
    rest = {(int(n), *pairs[int(p)]) for n, p, w in zip(image, pair, weight, strict=True) if not w}
    assert not expected or rest <= set(expected)


@pytest.mark.parametrize(("num_tasks", "most"), [(1, 0), (2, 1), (3, 2), (4, 4), (5, 6)])
def test_no_labelling_has_more_pairs(num_tasks, most):
    assert most_pairs(num_tasks) == most
    patterns = np.array(list(itertools.product((0.0, 1.0), repeat=num_tasks)))
    if num_tasks > 1:
        assert int(ops.convert_to_numpy(ops.sum(ops.cast(valid_pairs(patterns), "int32"), axis=1)).max()) == most


def test_pairs_are_numbered_row_by_row():
    assert ordered_pairs(3) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]

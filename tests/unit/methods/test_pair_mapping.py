import keras
import numpy as np
import pytest

from tests.unit.methods.test_mmd_alignment import terms_of
from tests.unit.terms.pairs import TASKS, make_step, prepared, randomize, stateless
from xdomain_keras.label_matrix import Cell
from xdomain_keras.methods import pair_mapping
from xdomain_keras.training import build_optimizer


def terms():
    """The terms that a config of this method starts from, by name, ready to be computed."""
    return {term.name: prepared(term) for term in terms_of(pair_mapping())}


def total_of(term, step):
    """The sum over the term's cells."""
    return sum(float(value) for value, _ in stateless(lambda: term.compute(step)).values())


def test_the_loss_is_equation_4():
    """`1/N Σ_n (1/|T_n| Σ_t L + 1/|U_n| Σ_s,t …)`: an image's labels, and its pairs, each share a weight of 1 in N."""
    made = terms()
    randomize(made["pair_consistency"].mapper)
    row = np.float32([[1, 1, 0]])
    for name, term in made.items():
        alone = total_of(term, make_step(row))
        rows = np.concatenate([row, np.zeros((3, 3), "float32")])
        step = make_step(rows)
        first = make_step(row)  # the same random numbers lie in its first image only by chance: copy them
        for part in ("outputs", "targets", "features"):
            for key, array in getattr(step, part)["room"].items():
                source = getattr(first, part)["room"][key]
                getattr(step, part)["room"][key] = keras.ops.concatenate([source, array[1:]])
        beside = total_of(term, step)
        assert alone > 0 and beside == pytest.approx(alone / 4, rel=1e-4), name


def test_every_labelled_image_weighs_the_same():
    term, step = terms()["supervised"], make_step(np.float32([[1, 1, 1], [1, 0, 0]]))
    value, count = term.compute(step)[Cell("segmentation", "room")]
    losses = TASKS["segmentation"].loss(None)
    losses.reduction = None
    each = keras.ops.convert_to_numpy(
        losses(step.targets["room"]["segmentation"], step.outputs["room"]["segmentation"])
    )
    assert float(value) == pytest.approx((each[0] / 3 + each[1]) / 2, rel=1e-5) and int(count) == 2


def test_the_optimizer_is_that_of_liu_et_al():
    optimizer = build_optimizer(total_steps=10, **pair_mapping()["optimizer"])
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert float(optimizer.learning_rate) == pytest.approx(1e-4)

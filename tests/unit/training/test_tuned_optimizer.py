"""Against torch's own optimizers where torch is installed, and against plain NumPy."""

import keras
import numpy as np
import pytest

from tests.unit.training.test_optimizer import START, apply, variable
from tests.unit.training.tiny import MATRIX, make_network, make_tasks, make_terms
from xdomain_keras.errors import ConfigError
from xdomain_keras.training import Trainer, build_optimizer
from xdomain_keras.training.optimizer import factor_lookup

GRADIENTS = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")


@pytest.mark.parametrize(("name", "options"), [("sgd", {"momentum": 0.9}), ("adam", {})])
def test_coupled_decay_is_that_of_torch(name, options):
    torch = pytest.importorskip("torch", reason="torch is the oracle")
    optimizer, kernel = build_optimizer(20, name, 0.01, weight_decay=0.1, decay="coupled", **options), variable()
    theirs = torch.nn.Parameter(torch.tensor(START))
    kind = torch.optim.SGD if name == "sgd" else torch.optim.Adam
    oracle = kind([theirs], lr=0.01, weight_decay=0.1, **({"momentum": 0.9} if name == "sgd" else {"eps": 1e-7}))
    for gradient in GRADIENTS:
        (found,) = apply(optimizer, [kernel], [gradient])
        theirs.grad = torch.tensor(gradient)
        oracle.step()
    tolerance = 1e-7 if name == "sgd" else 1e-6
    np.testing.assert_allclose(found, theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def test_of_what_a_run_trains_only_kernels_decay():
    tasks = make_tasks()
    trainer = Trainer(make_network(tasks), MATRIX, make_terms(literal=True), tasks)
    for each in trainer.trainable_variables:
        each.assign(np.ones(each.shape))
    optimizer = build_optimizer(9, "sgd", 0.1, weight_decay=0.2, decay="coupled")
    apply(optimizer, trainer.trainable_variables, [np.zeros(each.shape) for each in trainer.trainable_variables])
    decayed = {each.name: keras.ops.convert_to_numpy(each).max() for each in trainer.trainable_variables}
    assert decayed.pop("kernel") == pytest.approx(0.98) and set(decayed.values()) == {1.0}


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop"])
def test_a_factor_is_a_learning_rate_of_its_own(name):
    """Decay included: a variable of factor .1 goes as one that is trained alone with a tenth of the rate."""
    slow, fast, alone = variable(), variable(), variable()
    both = build_optimizer(
        20, name, 0.1, weight_decay=0.1, factors={"x": 0.1}, factor_of=lambda v: 0.1 if v is slow else 1
    )
    tenth, whole = (build_optimizer(20, name, rate, weight_decay=0.1) for rate in (0.01, 0.1))
    usual = variable()
    for gradient in GRADIENTS:
        apply(both, [slow, fast], [gradient, gradient])
        apply(tenth, [alone], [gradient])
        apply(whole, [usual], [gradient])
    np.testing.assert_allclose(*(keras.ops.convert_to_numpy(each) for each in (slow, alone)), rtol=1e-5)
    np.testing.assert_allclose(*(keras.ops.convert_to_numpy(each) for each in (fast, usual)), rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"factors": {"x": 1.0}}, {"weight_decay": 0.1, "decay": "coupled"}])
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_accumulated_gradients_are_those_of_the_large_batch(name, options):
    given = {"clip_norm": 1.0, "schedule": "cosine", **options}
    apart, whole = build_optimizer(20, name, 0.1, accumulate=4, **given), build_optimizer(5, name, 0.1, **given)
    ours, theirs = variable(), variable()
    for start in range(0, 20, 4):
        for gradient in GRADIENTS[start : start + 4]:
            apply(apart, [ours], [gradient])
        apply(whole, [theirs], [GRADIENTS[start : start + 4].mean(0)])
        np.testing.assert_allclose(*(keras.ops.convert_to_numpy(each) for each in (ours, theirs)), atol=1e-6)


def test_factors_are_those_of_parts_and_terms():
    tasks = make_tasks()
    network, terms = make_network(tasks), make_terms(literal=True)
    trainer = Trainer(network, MATRIX, terms, tasks)
    parts = {"backbone": 0.1, "backbone_c3": 0.01, "saliency": 2.0, "mmd": 3.0}
    factor_of = factor_lookup(parts, network, terms)
    found = {}
    for each in trainer.trainable_variables:
        found.setdefault(factor_of(each), []).append(each.path)
    assert set(found) == {0.01, 0.1, 1.0, 2.0, 3.0}
    assert all("saliency" in path for path in found[2.0]) and all("detection" in path for path in found[1.0])
    assert {variable.path for variable in terms[-1].variables} >= set(found[3.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"accumulate": 0}, "accumulate is 0; expected the number of steps"),
        ({"factors": {"backbone": 0}}, "factors.backbone is 0; expected a number above 0: to hold a part, freeze it"),
        ({"decay": "l2"}, "unknown decay `l2`"),
    ],
)
def test_what_cannot_be(options, message):
    with pytest.raises(ConfigError, match=message):
        build_optimizer(9, **options)


def test_a_part_that_there_is_not():
    with pytest.raises(ConfigError, match="part 'backbonne' has no layers with weights; did you mean `backbone`"):
        factor_lookup({"backbonne": 0.1}, make_network(make_tasks()))

import keras
import numpy as np
import pytest

from tests.unit.training.tiny import JIT, MATRIX, make_mixture_of, make_network, make_tasks
from xdomain_keras.methods import METHODS, mmd_alignment
from xdomain_keras.signatures import construct
from xdomain_keras.terms import TERMS
from xdomain_keras.training import Trainer, build_optimizer

TASKS = make_tasks()


def terms_of(method):
    """The terms that a config of this method starts from."""
    return [
        construct(TERMS, {"type": name, **options}, name, key="type", name=name)
        for name, options in method["terms"].items()
    ]


def test_the_loss_is_equation_8_with_the_weights_of_the_paper():
    network = make_network(TASKS)
    trainer = Trainer(network, MATRIX, terms_of(mmd_alignment()), TASKS)
    assert trainer.terms[0].task_weights == {"detection": 1, "saliency": 1}  # what is logged has them in it
    trainer.compile("sgd", jit_compile=JIT)
    logs = trainer.test_on_batch(*make_mixture_of(TASKS)(MATRIX.domains).batch(0), return_dict=True)
    total, parts = float(logs["loss"]), {name: float(logs[name]) for name in trainer.trackers}
    assert set(parts) == {"supervised/detection@road", "supervised/saliency@attic", "mmd/road~attic"}
    assert min(map(abs, parts.values())) > 1e-3  # none is too small to be seen in the sum
    weight = {"mmd/road~attic": 10}
    np.testing.assert_allclose(total, sum(weight.get(name, 1) * value for name, value in parts.items()), rtol=1e-5)
    # W of the kernel is square and learnt: Eq. 2 over the pooled features.
    assert [tuple(variable.shape) for variable in trainer.terms[1].trainable_variables] == [(8, 8)]


def test_the_optimizer_is_that_of_section_4_2():
    optimizer = build_optimizer(total_steps=10, **mmd_alignment()["optimizer"])
    assert isinstance(optimizer, keras.optimizers.SGD) and not optimizer.nesterov
    assert (optimizer.momentum, optimizer.coupled_decay, optimizer.weight_decay) == (0.9, 5e-4, None)
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)
    optimizer.iterations.assign(9)
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)


@pytest.mark.parametrize("name", METHODS)
def test_who_changes_the_options_changes_his_own(name):
    METHODS[name]()["terms"].clear()
    METHODS[name]()["optimizer"]["name"] = "nonsense"
    assert "supervised" in METHODS[name]()["terms"] and METHODS[name]()["optimizer"]["name"] != "nonsense"

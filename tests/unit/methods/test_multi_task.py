import keras
import numpy as np
import pytest

from tests.unit.methods.test_mmd_alignment import TASKS, terms_of
from tests.unit.training.tiny import JIT, MATRIX, make_mixture_of, make_network
from xdomain_keras.methods import multi_task
from xdomain_keras.training import Trainer, build_optimizer


def test_the_loss_is_the_plain_sum_of_the_supervised_losses():
    network = make_network(TASKS)
    trainer = Trainer(network, MATRIX, terms_of(multi_task()), TASKS)
    assert all(not decoder.output["features"] for decoder in trainer.decoders.values())
    assert trainer.terms[0].task_weights == {}
    trainer.compile("sgd", jit_compile=JIT)
    logs = trainer.test_on_batch(*make_mixture_of(TASKS)(MATRIX.domains).batch(0), return_dict=True)
    logs = {name: float(value) for name, value in logs.items() if not name.startswith("labels/")}
    total = logs.pop("loss")
    assert set(logs) == {"supervised/detection@road", "supervised/saliency@attic"}
    np.testing.assert_allclose(total, sum(logs.values()), rtol=1e-5)


def test_one_domain_is_enough():
    network = make_network(TASKS)
    trainer = Trainer(network, MATRIX.restrict(["attic"]), terms_of(multi_task()), TASKS)
    assert list(trainer.trackers) == ["supervised/saliency@attic"]


def test_the_optimizer_is_adam():
    optimizer = build_optimizer(total_steps=10, **multi_task()["optimizer"])
    assert isinstance(optimizer, keras.optimizers.Adam) and optimizer.weight_decay is None
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)

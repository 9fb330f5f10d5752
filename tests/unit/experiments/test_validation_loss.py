import math

import numpy as np
import pytest
from keras import ops

from tests.unit.experiments.small import make_experiment
from xdomain_keras.data import Domain
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.validation import Validation, check_monitor
from xdomain_keras.experiments.validation_loss import validation_losses, weighted_sum
from xdomain_keras.label_matrix import LabelMatrix
from xdomain_keras.training.trainer import Trainer

BOTH = {
    "domains": {"road": {"tasks": ["detection", "saliency"]}},
    "terms": {"supervised": {"weights": {"saliency": 0.25}}},
    "evaluation": {"losses": True, "batch_size": 4, "monitor": "loss"},  # of six images: one batch is filled up
}


def test_they_are_what_a_training_step_would_say():
    experiment = make_experiment(BOTH)
    losses = validation_losses(experiment, ["road"])
    source = experiment.source("road", "validation")
    domain = Domain("road", source, experiment.tasks, experiment.config.image_size, batch_size=len(source))
    images, targets, weights = domain.batch(0)
    matrix = experiment.matrix.restrict(["road"], None)
    trainer = Trainer(experiment.network, matrix, experiment.terms())
    x = {"road": images}
    total = trainer.compute_loss(x, {"road": targets}, trainer(x), {"road": weights}, training=False)
    logged = {name: float(tracker.result()) for name, tracker in trainer.trackers.items()}
    assert losses["detection@road"] == pytest.approx(logged["supervised/detection@road"], rel=1e-4)
    assert 0.25 * losses["saliency@road"] == pytest.approx(logged["supervised/saliency@road"], rel=1e-4)
    assert weighted_sum(losses, {"saliency": 0.25}, matrix) == pytest.approx(
        float(ops.convert_to_numpy(total)), rel=1e-4
    )


def test_what_has_no_labels_counts_for_nothing_and_what_diverged_does():
    experiment = make_experiment(BOTH)
    source = experiment.source("road", "validation")
    del source.arrays["fixations_xy"]
    losses = validation_losses(experiment, ["road"])
    assert list(losses) == ["detection@road"] and losses["detection@road"] > 0
    assert weighted_sum(losses, {}, experiment.matrix) == losses["detection@road"]
    assert math.isnan(weighted_sum({"a@x": math.nan, "b@x": 1.0}, {}, LabelMatrix({"x": ["a", "b"]})))
    assert math.isnan(weighted_sum({"a@y": 1.0}, {}, LabelMatrix({"x": ["a"]})))


def test_the_lowest_loss_is_the_best_where_it_is_named(tmp_path, monkeypatch):
    experiment = make_experiment(BOTH)
    check_monitor(experiment)
    saved = []
    run = type("Run", (), {"log": lambda self: [], "save_choices": lambda *_: None})()
    run.save_weights, run.best_file = lambda *_: saved.append(1), tmp_path / "best"
    validation, scores = Validation(experiment, run), []
    for factor in (1.0, 3.0, 0.5):
        monkeypatch.setattr(
            "xdomain_keras.experiments.validation.validation_losses",
            lambda *_, factor=factor: {"detection@road": factor, "saliency@road": factor},
        )
        logs = validation.measure()
        assert logs["val/loss"] == 1.25 * factor and logs["val/detection@road/loss"] == factor
        scores.append(logs["val/score"])
    assert scores == [-1.25, -3.75, -0.625] and len(saved) == 2 and np.isfinite(validation.best)


def test_they_can_be_watched_where_they_are_measured():
    for monitor in ("loss", "saliency@road/loss"):
        check_monitor(make_experiment({**BOTH, "evaluation": {"losses": True, "monitor": monitor}}))
    with pytest.raises(ConfigError, match="`loss` is not measured; set evaluation.losses to true"):
        check_monitor(make_experiment({**BOTH, "evaluation": {"monitor": "loss"}}))
    unmeasured = {"domains": {"road": {"splits": {"validation": None}}}, "evaluation": {"losses": True}}
    with pytest.raises(ConfigError, match="evaluation.losses: nothing is validated"):
        check_monitor(make_experiment(unmeasured))

import math

import numpy as np
import pytest
from keras import ops

from tests.unit.experiments.small import PARTS, make_experiment
from xdomain_keras.data import Domain
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import trained_matrix
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.experiments.validation import Validation
from xdomain_keras.experiments.validation_loss import validation_losses, weighted_sum
from xdomain_keras.label_matrix import Cell, LabelMatrix
from xdomain_keras.training.trainer import Trainer

BOTH = {
    "domains": {"road": {"tasks": ["detection", "saliency"]}},
    "terms": {"supervised": {"weights": {"saliency": 0.25}}},
    "evaluation": {"losses": True, "batch_size": 4, "monitor": "loss"},  # of six images: one batch is filled up
}


DETECTION, SALIENCY = Cell("detection", "road"), Cell("saliency", "road")


def losses_of(experiment):
    return validation_losses(experiment.config, experiment.data, experiment.model)


def test_they_are_what_a_training_step_would_say():
    experiment = make_experiment(BOTH)
    losses, config, model = losses_of(experiment), experiment.config, experiment.model
    source = experiment.data.source("road", "validation")
    domain = Domain("road", source, model.tasks, config.image_size, batch_size=len(source))
    images, targets, weights = domain.batch(0)
    matrix = trained_matrix(config).restrict(["road"], None)
    trainer = Trainer(model.network, matrix, build_plan(config, PARTS, 2).terms, model.tasks)
    x = {"road": images}
    total = trainer.compute_loss(x, {"road": targets}, trainer(x), {"road": weights}, training=False)
    logged = {name: float(tracker.result()) for name, tracker in trainer.trackers.items()}
    assert losses[DETECTION] == pytest.approx(logged["supervised/detection@road"], rel=1e-4)
    assert 0.25 * losses[SALIENCY] == pytest.approx(logged["supervised/saliency@road"], rel=1e-4)
    assert weighted_sum(losses, {"saliency": 0.25}, matrix) == pytest.approx(
        float(ops.convert_to_numpy(total)), rel=1e-4
    )


def test_what_has_no_labels_counts_for_nothing_and_what_diverged_does():
    experiment = make_experiment(BOTH)
    source = experiment.data.source("road", "validation")
    del source.arrays["fixations_xy"]
    source.labels.pop("fixations")
    losses = losses_of(experiment)
    assert list(losses) == [DETECTION] and losses[DETECTION] > 0
    assert weighted_sum(losses, {}, trained_matrix(experiment.config)) == losses[DETECTION]
    assert math.isnan(weighted_sum({Cell("a", "x"): math.nan, Cell("b", "x"): 1.0}, {}, LabelMatrix({"x": ["a", "b"]})))
    assert math.isnan(weighted_sum({Cell("a", "y"): 1.0}, {}, LabelMatrix({"x": ["a"]})))


def test_the_lowest_loss_is_the_best_where_it_is_named(tmp_path, monkeypatch):
    experiment = make_experiment(BOTH)
    saved = []
    run = type("Run", (), {"log": lambda self: [], "save_choices": lambda *_: None})()
    run.save_weights, run.best_file = lambda *_: saved.append(1), tmp_path / "best"
    validation, scores = Validation(experiment, run), []
    for factor in (1.0, 3.0, 0.5):
        monkeypatch.setattr(
            "xdomain_keras.experiments.validation.validation_losses",
            lambda *_, factor=factor: {DETECTION: factor, SALIENCY: factor},
        )
        logs = validation.measure()
        assert logs["val/loss"] == 1.25 * factor and logs["val/detection@road/loss"] == factor
        scores.append(logs["val/score"])
    assert scores == [-1.25, -3.75, -0.625] and len(saved) == 2 and np.isfinite(validation.best)


def test_they_can_be_watched_where_they_are_measured():
    for monitor in ("loss", "saliency@road/loss"):
        make_experiment({**BOTH, "evaluation": {"losses": True, "monitor": monitor}})
    with pytest.raises(ConfigError, match="`loss` is not measured; set evaluation.losses to true"):
        make_experiment({**BOTH, "evaluation": {"monitor": "loss"}})
    unmeasured = {"domains": {"road": {"splits": {"validation": None}}}, "evaluation": {"losses": True}}
    with pytest.raises(ConfigError, match="evaluation.losses: nothing is validated"):
        make_experiment(unmeasured)

import shutil

import numpy as np
import pytest

from tests.unit.experiments.small import make_experiment, make_sources
from tests.unit.training import tiny
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.evaluate import (
    as_json,
    evaluate_center_prior,
    evaluate_split,
    load_run,
    load_weights,
    training_densities,
    write_evaluation,
)
from xdomain_keras.experiments.run_folder import RunFolder


@pytest.fixture(scope="module")
def loaded(finished):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xdomain_keras.models.build_backbone", lambda **options: tiny.make_backbone())
        experiment, _ = load_run(finished.run.path, sources=finished.sources)
        assert experiment.network
    return experiment


def test_a_run_is_loaded_with_its_weights_and_overrides(finished, tmp_path):
    shutil.copytree(finished.run.path, tmp_path / "run")
    run, network = RunFolder(tmp_path / "run"), make_experiment().network
    for name, value in (("best", 1.0), ("last", 2.0)):
        for variable in network.trainable_variables:
            variable.assign(np.full(variable.shape, value))
        network.save_weights(run.path / f"{name}.weights.h5")
    for name, value in (("best", 1.0), ("last", 2.0)):
        experiment, folder = load_run(run.path, name, ["evaluation.batch_size=5"], finished.sources)
        weights = [tiny.keras.ops.convert_to_numpy(variable) for variable in experiment.network.trainable_variables]
        assert all((array == value).all() for array in weights)
        assert experiment.config.evaluation.batch_size == 5 and folder.path == run.path
        assert experiment.sources is finished.sources


@pytest.mark.parametrize("content", [b"damaged", b""])
def test_damaged_weights_are_named(content, tmp_path):
    path = tmp_path / "best.weights.h5"
    path.write_bytes(content)
    with pytest.raises(DataError, match="best.weights.h5: does not fit the network of this run, or is damaged"):
        load_weights(make_experiment().network, path)


def test_weights_of_another_network_are_named(finished):
    other = make_experiment({"tasks": {"saliency": {"head": {"filters": 5}}}}).network
    with pytest.raises(DataError) as caught:
        load_weights(other, finished.run.weights())
    assert "does not fit the network of this run" in str(caught.value) and "\n" not in str(caught.value)


def test_every_domain_with_the_split_is_measured(loaded):
    results, pictures = evaluate_split(loaded, "test", pictures=2)
    assert set(results) == {"detection@road", "saliency@attic", "detection@attic"}
    assert {domain: len(painted) for domain, painted in pictures.items()} == {"road": 2, "attic": 2}
    assert set(pictures["attic"][0]["tasks"]) == {"saliency", "detection"}
    results, pictures = evaluate_split(loaded, "validation")
    assert set(results) == {"detection@road"} and pictures == {"road": []}
    assert set(evaluate_split(loaded, "test", domains=["road"])[0]) == {"detection@road"}


def test_the_figures_are_those_that_training_wrote(loaded, finished):
    results, _ = evaluate_split(loaded, "test")
    for cell, metrics in finished.run.metrics()["test"].items():
        for name, value in metrics.items():
            given = as_json(results)[cell][name]
            assert given == (value if value is None else pytest.approx(value, abs=1e-5)), (cell, name)


def test_a_split_that_no_domain_has_is_named(loaded):
    with pytest.raises(ConfigError) as caught:
        evaluate_split(loaded, "tset")
    assert str(caught.value) == "unknown split `tset`; did you mean `test`?"


def test_the_prior_is_learnt_on_the_training_set_alone():
    """All look at one corner in training: a test set of that corner is foreseen, one of the other is not."""
    corner, other = ([np.float32([[x, 4], [x + 1, 5]])] * 6 for x in (4, 26))
    for gaze, low, high in ((corner, 3, 99), (other, -99, 0.1)):
        sources = make_sources()
        sources["attic", "train"] = tiny.make_source(fixations_xy=corner)
        sources["attic", "test"] = tiny.make_source(fixations_xy=gaze)
        results = evaluate_center_prior(make_experiment(sources=sources), "test")
        assert set(results) == {"saliency@attic"} and low < results["saliency@attic"]["NSS"] < high
    assert evaluate_center_prior(make_experiment(), "validation") == {}


def test_without_saliency_there_is_no_prior():
    assert evaluate_center_prior(make_experiment({"domains": {"attic": {"train": False}}}), "test") == {}


def test_densities_are_those_of_images_that_were_gazed_at():
    arrays = tiny.make_source().arrays
    assert len(list(training_densities(make_experiment(), "saliency"))) == 6
    sources = make_sources()
    sources["attic", "train"] = Arrays({"image": arrays["image"]})
    assert list(training_densities(make_experiment(sources=sources), "saliency")) == []
    density = next(training_densities(make_experiment(), "saliency"))
    assert density.shape == (32, 32) and density.max() > 0


def test_nothing_measured_is_null():
    metrics = {"a@b": {"AP": np.float32(0.5), "AP_small": np.nan}}
    assert as_json(metrics) == {"a@b": {"AP": 0.5, "AP_small": None}}


def test_training_images_are_measured_where_there_is_no_other_split(finished, tmp_path, monkeypatch):
    """And the tables that are given stand in the report."""
    shutil.copytree(finished.run.path, tmp_path / "run")
    run, written = RunFolder(tmp_path / "run"), []
    splits = {"validation": None, "test": None}
    experiment = make_experiment({"domains": {"road": {"splits": splits}, "attic": {"splits": {"test": None}}}})
    monkeypatch.setattr("xdomain_keras.reporting.report.write_report", lambda *given: written.append(given))
    write_evaluation(experiment, run, tables={"title": (["a"], [[1]])})
    assert set(run.metrics()) == {"train", "train, centre prior"}
    ((_, _, metrics, pictures, tables, panels),) = written
    assert panels == {}
    assert metrics == run.metrics() and list(tables) == ["title", "Terms and optimizers"]
    assert tables["title"] == (["a"], [[1]])
    rows = dict(tables["Terms and optimizers"][1])
    assert rows["term supervised"] == "{type: supervised}" and "learning_rate" in rows["optimizer of train"]
    assert {domain: len(painted) for domain, painted in pictures["train"].items()} == {"road": 1, "attic": 1}

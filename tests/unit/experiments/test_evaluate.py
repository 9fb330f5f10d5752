import shutil

import numpy as np
import pytest

from tests.unit.experiments.conftest import patch_backbone
from tests.unit.experiments.small import PARTS, make_experiment, make_model, make_sources
from tests.unit.training import tiny
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.evaluate import (
    as_json,
    baselines_table,
    evaluate_split,
    evaluate_split_baselines,
    load_weights,
    write_evaluation,
)
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.load import load_run
from xdomain_keras.experiments.resolve import fit_baselines
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.label_matrix import Cell


@pytest.fixture(scope="module")
def loaded(finished):
    with pytest.MonkeyPatch.context() as patch:
        patch_backbone(patch)
        return load_run(finished.run.path, PARTS, sources=finished.sources)[0]


def measure(experiment, split, **options):
    return evaluate_split(experiment.config, experiment.data, experiment.model, split, **options)


def measure_baselines(changes, sources, split):
    """Of an experiment whose baselines are fitted now."""
    experiment = make_experiment(changes, sources)
    config, data, model = experiment.config, experiment.data, experiment.model
    facts = Facts({}, baselines=fit_baselines(config, data, model))
    return evaluate_split_baselines(config, data, facts, model, split)


@pytest.mark.parametrize("content", [b"damaged", b""])
def test_damaged_weights_are_named(content, tmp_path):
    path = tmp_path / "best.weights.h5"
    path.write_bytes(content)
    with pytest.raises(DataError, match="best.weights.h5: does not fit the network of this run, or is damaged"):
        load_weights(make_model().network, path)


def test_weights_of_another_network_are_named(finished):
    other = make_model({"tasks": {"saliency": {"head": {"filters": 5}}}}).network
    with pytest.raises(DataError) as caught:
        load_weights(other, finished.run.weights())
    assert "does not fit the network of this run" in str(caught.value) and "\n" not in str(caught.value)


def test_every_domain_with_the_split_is_measured(loaded):
    results, pictures = measure(loaded, "test", pictures=2)
    assert set(results) == {Cell("detection", "road"), Cell("saliency", "attic"), Cell("detection", "attic")}
    assert {domain: len(painted) for domain, painted in pictures.items()} == {"road": 2, "attic": 2}
    assert set(pictures["attic"][0]["tasks"]) == {"saliency", "detection"}
    results, pictures = measure(loaded, "validation")
    assert set(results) == {Cell("detection", "road")} and pictures == {"road": []}


def test_the_figures_are_those_that_training_wrote(loaded, finished):
    found = {
        "test": measure(loaded, "test")[0],
        "test, baseline": evaluate_split_baselines(loaded.config, loaded.data, loaded.facts, loaded.model, "test"),
    }
    for split, results in found.items():
        stored = finished.run.metrics()[split]
        assert set(stored) == set(as_json(results)) == {"detection@road", "saliency@attic", "detection@attic"}
        for cell, metrics in stored.items():
            for name, value in metrics.items():
                given = as_json(results)[cell][name]
                assert given == (value if value is None else pytest.approx(value, abs=1e-5)), (cell, name)


def test_a_split_that_no_domain_has_is_named(loaded):
    with pytest.raises(ConfigError) as caught:
        measure(loaded, "tset")
    assert str(caught.value) == "unknown split `tset`; did you mean `test`?"


def test_the_prior_is_learnt_on_the_training_set_alone():
    """All look at one corner in training: a test set of that corner is foreseen, one of the other is not."""
    corner, other = ([np.float32([[x, 4], [x + 1, 5]])] * 6 for x in (4, 26))
    for gaze, low, high in ((corner, 3, 99), (other, -99, 0.1)):
        sources = make_sources()
        sources["attic", "train"] = tiny.make_source(fixations_xy=corner)
        sources["attic", "test"] = tiny.make_source(fixations_xy=gaze)
        results = measure_baselines({}, sources, "test")
        assert set(results) == {Cell("detection", "road"), Cell("saliency", "attic"), Cell("detection", "attic")}
        assert low < results[Cell("saliency", "attic")]["NSS"] < high
    assert set(measure_baselines({}, make_sources(), "validation")) == {Cell("detection", "road")}


def test_without_saliency_there_is_no_prior():
    alone = {"domains": {"attic": {"train": False}}}
    assert set(measure_baselines(alone, make_sources(), "test")) == {
        Cell("detection", "road"),
        Cell("detection", "attic"),
    }


def test_nothing_measured_is_null():
    metrics = {Cell("a", "b"): {"AP": np.float32(0.5), "AP_small": np.nan}}
    assert as_json(metrics) == {"a@b": {"AP": 0.5, "AP_small": None}}


def test_every_main_score_stands_beside_that_of_its_baseline(loaded, finished):
    metrics = {
        "test": {"saliency@attic": {"CC": 0.5, "NSS": 1.0}, "detection@road": {"AP50": 0.25}},
        "test, baseline": {"saliency@attic": {"CC": 0.75, "NSS": 2.0}},
    }
    header, rows = baselines_table(finished.run.facts(), loaded.model.tasks, metrics)
    assert len(header) == 5 and rows == [
        ("test: saliency@attic", "CC", 0.5, 0.75, "centre prior"),
        ("test: detection@road", "AP50", 0.25, None, "no box"),
    ]
    assert baselines_table(Facts({}), loaded.model.tasks, metrics)[1][0][-1] == "none"


@pytest.fixture
def write(finished, tmp_path, monkeypatch):
    """Callable that evaluates a copy of the finished run anew: (run, sentences, the `Report`)."""

    def write(changes=None, **options):
        shutil.copytree(finished.run.path, tmp_path / "run")
        run, written = RunFolder(tmp_path / "run"), []
        experiment = make_experiment(changes, finished.sources)
        experiment.facts = run.facts()
        monkeypatch.setattr(
            "xdomain_keras.experiments.evaluate.write_report", lambda path, report: written.append((path, report))
        )
        sentences = write_evaluation(experiment, run, **options)
        ((path, report),) = written
        assert path == run.report_file
        return run, sentences, report

    return write


def test_training_images_are_measured_where_there_is_no_other_split(write):
    """And what is put beside them stands in the report: tables and sentences."""
    splits = {"validation": None, "test": None}
    changes = {"domains": {"road": {"splits": splits}, "attic": {"splits": {"test": None}}}}
    run, _, report = write(changes, beside=lambda metrics: ({"title": (["a"], [[1]])}, [", ".join(metrics)]))
    assert set(run.metrics()) == {"train", "train, baseline"}
    assert report.panels == {} and report.metrics == {"train": run.metrics()["train"]}
    assert list(report.tables) == ["title", "Beside what has not seen the images", "Terms and optimizers"]
    assert report.notes[0] == "train, train, baseline"
    assert report.tables["title"] == (["a"], [[1]]) and list(report.classes) == ["detection"]
    rows = dict(report.tables["Terms and optimizers"][1])
    assert rows["term supervised"] == "{type: supervised}" and "learning_rate" in rows["optimizer of train"]
    assert {domain: len(painted) for domain, painted in report.pictures["train"].items()} == {"road": 1, "attic": 1}


def test_a_report_is_made_of_what_the_run_keeps(write):
    run, _, report = write()
    assert report.title == "small" and report.config == run.config_file.read_text(encoding="utf-8")
    assert report.log == run.log() and report.environment == run.environment()
    assert report.validated == ["val/detection@road/AP50"] and report.label_matrix.startswith("       detection")


def test_what_is_not_above_its_baseline_is_said(write, monkeypatch):
    """The same sentences are returned and stand in the report; a network that sees boxes is above none at all."""
    scores = {"detection": {"AP50": 0.5}, "saliency": {"CC": -1.0}}

    def evaluate(predictor, tasks, samples, domain, **options):
        return {Cell(name, domain): scores[name] for name in tasks}, []

    monkeypatch.setattr("xdomain_keras.experiments.evaluate.evaluate", evaluate)
    run, sentences, report = write()
    prior = run.metrics()["test, baseline"]["saliency@attic"]["CC"]
    sentence = (
        f"test: saliency@attic: CC -1.000 is below that of the baseline, {prior:.3f} (centre prior): the network adds "
        "nothing here."
    )
    assert sentences == report.notes == [sentence]
    assert ("test: detection@road", "AP50", 0.5, 0.0, "no box") in report.tables["Beside what has not seen the images"][
        1
    ]


def test_the_baselines_are_those_that_the_run_keeps(finished, tmp_path):
    """They are not fitted anew: the training images may be gone."""
    shutil.copytree(finished.run.path, tmp_path / "run")
    sources = {key: source for key, source in finished.sources.items() if key[1] != "train"}
    experiment, run = load_run(tmp_path / "run", PARTS, sources=sources)
    before = run.metrics()
    write_evaluation(experiment, run)
    assert run.metrics()["test, baseline"] == before["test, baseline"] and set(sources) == {
        key for key in finished.sources if key[1] != "train"
    }

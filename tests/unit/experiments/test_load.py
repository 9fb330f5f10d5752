import dataclasses
import shutil

import numpy as np
import pytest

from tests.unit.experiments.small import PARTS, make_model
from tests.unit.training import tiny
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.load import load_run
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.parts import Parts


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the finished run."""
    shutil.copytree(finished.run.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def test_a_run_is_loaded_with_its_weights_and_overrides(finished, run):
    network = make_model().network
    for name, value in (("best", 1.0), ("last", 2.0)):
        for variable in network.trainable_variables:
            variable.assign(np.full(variable.shape, value))
        network.save_weights(run.path / f"{name}.weights.h5")
    for name, value in (("best", 1.0), ("last", 2.0)):
        experiment, folder = load_run(run.path, PARTS, name, ["evaluation.batch_size=5"], finished.sources)
        variables = experiment.model.network.trainable_variables
        weights = [tiny.keras.ops.convert_to_numpy(variable) for variable in variables]
        assert all((array == value).all() for array in weights)
        assert experiment.config.evaluation.batch_size == 5 and folder.path == run.path
        assert experiment.data.sources is finished.sources and experiment.facts == run.facts()


def test_no_data_are_opened(run, monkeypatch):
    """The sources that the config names could not even be built."""
    monkeypatch.setattr("xdomain_keras.experiments.data.build_source", lambda *_: pytest.fail("a source was opened"))
    experiment, _ = load_run(run.path, PARTS)
    assert experiment.data.sources == {} and experiment.model.class_names() == {"detection": ["box", "disc"]}


def test_what_validation_chose_comes_with_the_weights(run, monkeypatch):
    taken = []
    monkeypatch.setattr("xdomain_keras.experiments.model.Model.choose", lambda self, choices: taken.append(choices))
    run.save_choices("last", {"saliency": {"channel": 1}})
    load_run(run.path, PARTS, "last")
    assert taken == [{"saliency": {"channel": 1}}]


def test_classes_of_a_trained_network_are_not_named_anew(run):
    """Its channels would be called by other names, and what was learnt of one class measured as another."""
    for names in ("[disc, box]", "[box]", "[box, disc, owl]"):
        with pytest.raises(ConfigError, match="tasks.detection.class_names: are .*; this network was trained with box"):
            load_run(run.path, PARTS, overrides=[f"tasks.detection.class_names={names}"])
    load_run(run.path, PARTS, overrides=["tasks.detection.class_names=[box, disc]"])


def test_a_folder_without_a_run_and_one_of_an_older_version(run, tmp_path):
    with pytest.raises(ConfigError, match="nowhere: holds no run"):
        load_run(tmp_path / "nowhere", PARTS)
    run.facts_file.unlink()
    with pytest.raises(ConfigError, match="run: has no facts.json, which an older version did not write; train it"):
        load_run(run.path, PARTS)
    run.facts_file.write_text("{")
    with pytest.raises(DataError, match="facts.json: is damaged"):
        load_run(run.path, PARTS)


def test_files_with_parts_are_asked_for_by_name_and_hash(run, capsys):
    made = [{"file": "mine.py", "sha256": "ab" * 32}]
    run.facts_file.write_text(dataclasses.replace(run.facts(), parts=made).as_json())
    with pytest.raises(ConfigError) as caught:
        load_run(run.path, PARTS)
    assert str(caught.value) == (
        f"{run.path}: was made with --parts mine.py (sha256 {'ab' * 32}); give that file again, as --parts mine.py."
    )
    load_run(run.path, Parts(files=tuple(made)))
    assert capsys.readouterr().err == ""
    load_run(run.path, Parts(files=({"file": "mine.py", "sha256": "cd" * 32},)))
    assert capsys.readouterr().err == (
        f"note: mine.py is not as it was when {run.path} was made (sha256 {'ab' * 8}…, now {'cd' * 8}…)\n"
    )

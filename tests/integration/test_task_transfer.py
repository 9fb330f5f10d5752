"""Task transfer from the command line: three stages, and what a domain without labels is given."""

import json

import cv2
import numpy as np
import pytest

from tests.integration.experiment import SIZE, call, make_transfer, train_experiment


@pytest.fixture(scope="module")
def transferred(tmp_path_factory):
    """A run of three stages: `run` and `images` (paths)."""
    done = train_experiment(tmp_path_factory.mktemp("transfer"), make_transfer)
    assert done.code == 0, done.err
    return done


@pytest.fixture
def exported(monkeypatch):
    """The predictors that were to be written, by name of the run's folder."""
    given = []
    monkeypatch.setattr(
        "xdomain_keras.export.export_saved_model",
        lambda predictor, path, description: given.append(predictor) or {"depth_map": 0.0},
    )
    return given


def test_the_stages_follow_each_other(transferred):
    lines = [json.loads(line) for line in (transferred.run / "log.jsonl").read_text().splitlines()]
    assert [line["stage"] for line in lines] == ["segmentation", "depth", "transfer"]
    assert "domain_adversarial/rendered~real" in lines[0] and "feature_matching/rendered" in lines[2]


def test_a_domain_is_exported_as_decoder_of_transfer_of_encoder(transferred, exported, tmp_path):
    """Depth of `real` is D2(T(E1(x))); of `rendered`, and without a domain, D2(E2(x))."""
    from keras import ops

    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.parts import Parts

    for domain in (["--domain", "real"], ["--domain", "rendered"], []):
        code, _, err = call("export", transferred.run, "--heads", "depth", *domain, "--out", tmp_path / "model")
        assert (code, err) == (0, "")
    images = np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3)).astype("float32")
    real, rendered, plain = ({k: ops.convert_to_numpy(v) for k, v in model(images).items()} for model in exported)
    model = load_run(transferred.run, Parts())[0].model
    network, task = model.network, model.tasks["depth"]
    levels = network.encoder()(images)
    for level, found in (("c2_segmentation_to_depth", real), ("c2_depth", rendered), ("c2_depth", plain)):
        output = network.decoder(["c2_depth"], ["depth"])([levels[level]])["outputs"]["depth"]
        for field, expected in task.decoder(network)(output).items():
            np.testing.assert_allclose(found[f"depth_{field}"], ops.convert_to_numpy(expected), rtol=1e-4, atol=1e-4)
    assert all(np.abs(real[key] - rendered[key]).max() > 1e-3 for key in real)


def test_a_domain_is_predicted_with_its_taps(transferred, tmp_path):
    for domain in ("real", "rendered"):
        code, _, err = call(
            "predict", transferred.run, transferred.images / "a.jpg", "--domain", domain, "--out", tmp_path / domain
        )
        assert (code, err) == (0, "")
    pictures = [cv2.imread(str(tmp_path / domain / "a_depth.png")) for domain in ("real", "rendered")]
    assert pictures[0].shape == (SIZE, SIZE, 3) and (pictures[0] != pictures[1]).any()


@pytest.mark.parametrize("command", ["export", "predict"])
def test_an_unknown_domain_is_a_config_error(command, transferred, tmp_path):
    images = [transferred.images / "a.jpg"] if command == "predict" else []
    code, _, err = call(command, transferred.run, *images, "--domain", "reel", "--out", tmp_path / "out")
    assert (code, err) == (2, "error: unknown domain `reel`; did you mean `real`?\n")
    assert not (tmp_path / "out").exists()

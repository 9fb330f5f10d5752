import json
import types

import keras
import numpy as np
import pytest

from tests.unit.experiments.small import PARTS, make_config, make_model, make_sources
from tests.unit.training import tiny
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.load import load_run
from xdomain_keras.experiments.starting_weights import by_name, class_layer_of, names_of, new_classes, start_from
from xdomain_keras.experiments.train import train


def weights_of(network):
    return {weight.path: keras.ops.convert_to_numpy(weight) for weight in network.weights}


def test_what_is_in_both_is_taken_and_the_rest_begins_anew(finished):
    """A saliency head of another width, and a detection head as it was."""
    trained = weights_of(load_run(finished.run.path, PARTS)[0].model.network)
    changes = {"tasks": {"saliency": {"head": {"decoder_filters": [5]}}}, "seed": 3}
    fresh = weights_of(make_model(changes).network)
    begun = make_model(changes).network
    kept = start_from(begun, finished.run.path)
    assert kept and all(name.startswith("saliency") for name in kept)
    for path, value in weights_of(begun).items():
        new = path.rpartition("/")[0] in kept
        assert (value == (fresh if new else trained)[path]).all()
    assert any((trained[path] != fresh[path]).any() for path in fresh if path.startswith("backbone"))


def test_a_run_goes_on_from_another_and_says_so(finished, capsys, tmp_path):
    changes = {"stages": [{"epochs": 0}], "model": {"start_from": str(finished.run.path)}}
    run = train(make_config(changes), tmp_path / "same", report=False, sources=finished.sources)
    ends = [load_run(path, PARTS)[0].model.network for path in (run.path, finished.run.path)]
    assert tiny.same(*map(tiny.arrays_of, ends)) and "note" not in capsys.readouterr().err
    file = str(finished.run.weights())
    changes |= {"model": {"start_from": file}, "tasks": {"saliency": {"head": {"decoder_filters": [5]}}}}
    train(make_config(changes), tmp_path / "other", report=False, sources=finished.sources)
    assert f"layers are not as in {file} and begin anew: saliency" in capsys.readouterr().err


def test_a_finished_run_is_used_without_the_one_it_began_from(finished, tmp_path):
    changes = {"stages": [{"epochs": 1}], "model": {"start_from": str(finished.run.path)}}
    run = train(make_config(changes), tmp_path / "run", report=False, sources=finished.sources)
    config = json.loads(json.dumps(run.config().model_dump(mode="json")))
    config["model"]["start_from"] = "gone"
    (run.path / "config.yaml").write_text(json.dumps(config))
    resumed = train(None, run.path, resume=True, report=False, sources=finished.sources)
    assert resumed.last_file.exists()


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, ConfigError, "there is no .*x.weights.h5; give the folder of a run"),
        (b"no weights", DataError, "x.weights.h5: is not a file of weights; give a file of torch"),
    ],
)
def test_a_file_that_is_wrong_leaves_no_run(content, error, message, tmp_path):
    path = tmp_path / "x.weights.h5"
    if content:
        path.write_bytes(content)
    config = make_config({"model": {"start_from": str(path)}})
    with pytest.raises(error, match=message):
        train(config, tmp_path / "run", sources=make_sources())
    assert not (tmp_path / "run").exists()


def test_a_folder_without_a_run_and_a_stranger_are_refused(finished, tmp_path):
    with pytest.raises(ConfigError, match="has no weights yet"):
        start_from(make_model().network, tmp_path)
    with pytest.raises(ConfigError, match="model.start_from: there is no .*gone; give the folder of a run"):
        start_from(make_model().network, tmp_path / "gone")
    images = keras.Input((4,))
    stranger = keras.Model(images, keras.layers.Dense(2, name="stranger")(images))
    with pytest.raises(ConfigError, match="has no layer in common with this network"):
        start_from(stranger, finished.run.path)


def test_channels_of_classes_are_taken_by_name(finished):
    """The earlier network knows box and disc; this one knows a disc, something new, and a box."""
    trained = weights_of(load_run(finished.run.path, PARTS)[0].model.network)
    changes = {"tasks": {"detection": {"class_names": ["disc", "star", "box"]}}, "seed": 3}
    fresh, begun = weights_of(make_model(changes).network), make_model(changes)
    kept = start_from(begun.network, finished.run.path, begun.class_names())
    assert not kept
    seen = 0
    for path, value in weights_of(begun.network).items():
        if "detection_classes" in path:
            widths = ((value, 4), (trained[path], 3), (fresh[path], 4))
            new, old, first = (each.reshape(*each.shape[:-1], -1, width) for each, width in widths)
            assert (new[..., :2] == old[..., [0, 2]]).all() and (new[..., 3] == old[..., 1]).all()
            assert (new[..., 2] == first[..., 2]).all()
            seen += 1
        else:
            assert (value == trained[path]).all()
    assert seen


def test_classes_that_the_earlier_network_lacks_are_told(finished):
    """A class that is spelled otherwise is another class."""
    known = {"detection": ["box", "Disc", "owl"], "segmentation": ["sky"]}
    assert new_classes(finished.run.path, known, PARTS) == {"detection": ["Disc", "owl"]}
    assert new_classes(finished.run.path, {"detection": ["disc", "box"]}, PARTS) == {}


def test_channels_of_a_transposed_convolution_lie_elsewhere():
    stored, own = np.zeros((2, 2, 2, 3)), np.ones((2, 2, 3, 3))
    stored[:, :, 1] = 5
    taken = by_name(stored, own, ["a", "b"], ["b", "c", "a"], 0, -2)
    assert taken[0, 0, :, 0].tolist() == [5, 1, 0]


def test_a_layer_of_classes_is_known_by_its_name():
    heads = make_model().network.heads
    assert class_layer_of("detection_classes1", heads) == "detection"
    assert class_layer_of("saliency_logits", heads) == "saliency"
    assert class_layer_of("detection_boxes1", heads) is None and class_layer_of("detection_classes_x", heads) is None


def test_names_are_those_by_which_the_earlier_tasks_went():
    """Also of a task whose names are an option of its own, or not said at all."""
    config = make_config({"tasks": {"parts": {"type": "human_parts", "names": ["sky", "leg"]}, "human_parts": {}}})
    facts = types.SimpleNamespace(tasks={"parts": {}, "human_parts": {}, "detection": {"class_names": ["box"]}})
    found = names_of(types.SimpleNamespace(config=lambda: config, facts=lambda: facts), PARTS)
    assert (
        found["parts"] == ["sky", "leg"] and found["human_parts"][0] == "background" and found["detection"] == ["box"]
    )

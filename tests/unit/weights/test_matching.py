"""What is said to have been loaded is what was, whatever the file holds."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import build_backbone
from xdomain_keras.weights import StoredArray, load_arrays
from xdomain_keras.weights.matching import ENDINGS, torch_order


def stored(value):
    return StoredArray(value.shape, value.dtype, lambda: value)


@pytest.fixture(scope="module")
def network():
    model = build_backbone("resnet18", (32, 32, 3), width=0.125)
    return [(layer, layer.name.removeprefix("backbone_")) for layer in model.layers if layer.weights]


def state_of(network):
    """Dict of torch's key → (layer/variable, array of other numbers), as torchvision would save the network."""
    random, found = np.random.default_rng(0), {}
    for layer, name in network:
        for variable in layer.weights:
            module = name.replace("_", ".")
            value = random.uniform(0.5, 1, variable.shape).astype("float32")
            order = np.argsort(torch_order(layer, len(variable.shape)))
            found[f"{module}.{ENDINGS[variable.name]}"] = (f"{layer.name}/{variable.name}", value.transpose(order))
    return found


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_counts_are_the_truth(network, data):
    """Keys are dropped, unknown ones added, shapes changed, and the order is shuffled, below a prefix or none."""
    state = state_of(network)
    drawn = st.sets(st.sampled_from([key for key in state if key != "layer1.0.conv1.weight"]), max_size=20)
    dropped = data.draw(drawn)
    misshapen = data.draw(drawn) - dropped
    unknown = {f"other{number}.weight" for number in range(data.draw(st.integers(0, 5)))} | {"bn1.num_batches_tracked"}
    prefix = data.draw(st.sampled_from(["", "module.", "backbone."]))
    arrays = {key: value for key, (_, value) in state.items() if key not in dropped}
    arrays |= {key: np.zeros((*arrays[key].shape, 1), "float32") for key in misshapen}
    arrays |= {key: np.zeros(2, "float32") for key in unknown}
    order = data.draw(st.permutations(sorted(arrays)))
    variables = {f"{layer.name}/{variable.name}": variable for layer, _ in network for variable in layer.weights}
    for variable in variables.values():
        variable.assign(keras.ops.zeros(variable.shape))
    loaded = load_arrays(network, {prefix + key: stored(arrays[key]) for key in order})
    whole = set(state) - dropped - misshapen
    assert sorted(loaded.taken) == sorted(prefix + key for key in whole)
    assert set(loaded.misfits) == {prefix + key for key in misshapen}
    assert sorted(loaded.unused) == sorted(prefix + key for key in unknown if "num_batches" not in key)
    assert sorted(loaded.random) == sorted(state[key][0] for key in dropped | misshapen)
    untouched = {name for name, variable in variables.items() if not keras.ops.convert_to_numpy(variable).any()}
    assert untouched == set(loaded.random)


def test_arrays_go_to_their_places(network):
    state = state_of(network)
    load_arrays(network, {key: stored(value) for key, (_, value) in state.items()})
    kernel = network[0][0].weights[0]
    expected = state["conv1.weight"][1]
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(kernel), expected.transpose(2, 3, 1, 0))


def test_layers_of_keras_are_found_by_their_names(network):
    """In a file of this network itself, of the published one, or of another backbone's name."""
    (layer, name), value = network[0], np.ones(network[0][0].weights[0].shape, "float32")
    for spelling in (layer.name, name, f"backbone_{name}"):
        loaded = load_arrays([(layer, name)], {f"{spelling}/0": stored(value)})
        assert loaded.taken == [f"{spelling}/0"] and not loaded.random


def test_nothing_loaded_is_an_error(network):
    with pytest.raises(ConfigError, match="nothing in it fits this network; it holds fc.weight"):
        load_arrays(network, {"fc.weight": stored(np.zeros((2, 2), "float32"))})
    with pytest.raises(ConfigError, match="nothing in it fits this network; it holds nothing"):
        load_arrays(network, {})


def test_it_is_said_in_one_line(network):
    state = {key: stored(value) for key, (_, value) in state_of(network).items()}
    state["fc.weight"] = state.pop("layer4.1.bn2.bias")
    state["conv1.weight"] = stored(np.zeros((8, 3, 3, 3), "float32"))
    assert str(load_arrays(network, state)) == (
        f"{len(state) - 2} arrays loaded; 1 of another shape: conv1.weight (8x3x3x3 for 8x3x7x7); 1 not used: "
        "fc.weight; 2 left random: backbone_conv1/kernel, backbone_layer4_1_bn2/beta"
    )

import dataclasses

import pytest

from tests.unit.training.tiny import make_network
from xdomain_keras.errors import ConfigError
from xdomain_keras.terms import MMD
from xdomain_keras.training import Stage

TERMS = [MMD(name="first"), MMD(name="second"), MMD(name="third")]


@pytest.fixture(scope="module")
def network():
    return make_network()


def trained(network):
    """The parts that own a variable that trains: `backbone`, or a task."""
    owners = {id(v): layer.name for layer in network.layers for v in layer.weights}
    return {owners[id(variable)].split("_")[0] for variable in network.trainable_variables}


def test_a_stage_trains_the_parts_that_it_names(network):
    for trainable, expected in [
        (None, {"backbone", "detection", "saliency"}),
        (("saliency",), {"saliency"}),
        (("backbone", "detection"), {"backbone", "detection"}),
        ((), set()),
        (None, {"backbone", "detection", "saliency"}),  # nothing stays frozen from before
    ]:
        Stage("any", 1, trainable=trainable).freeze(network)
        assert trained(network) == expected
    assert len(network.trainable_variables) == len(make_network().trainable_variables)


def test_a_part_can_be_a_few_layers(network):
    Stage("any", 1, trainable=("backbone_conv5", "saliency")).freeze(network)
    backbone = [v.path for v in network.trainable_variables if v.path.startswith("backbone")]
    assert backbone == ["backbone_conv5/kernel", "backbone_conv5/bias"]
    # Batch normalisation that does not train uses its averages, and does not move them.
    assert not network.get_layer("backbone_bn5").trainable


def test_frozen_parts_do_not_train_whatever_else_does(network):
    Stage("any", 1).freeze(network)
    before = len(network.trainable_variables)
    Stage("any", 1, frozen=("backbone_conv5", "detection")).freeze(network)
    assert trained(network) == {"backbone", "saliency"}
    assert not [v for v in network.trainable_variables if v.path.startswith("backbone_conv5")]
    Stage("any", 1, trainable=("backbone", "saliency"), frozen=("saliency",)).freeze(network)
    assert trained(network) == {"backbone"}
    Stage("any", 1).freeze(network)
    assert len(network.trainable_variables) == before
    with pytest.raises(
        ConfigError, match=r"part 'backbone_conv6' has no layers with weights; did you mean `backbone_conv\d`"
    ):
        Stage("any", 1, frozen=("backbone_conv6",)).freeze(network)


def test_an_unknown_part_is_named(network):
    with pytest.raises(ConfigError, match=r"part 'salience' has no layers with weights; did you mean `saliency`\?"):
        Stage("any", 1, trainable=("salience",)).freeze(network)


def test_terms_are_chosen_by_name_and_keep_their_order():
    assert Stage("any", 1).select(TERMS) == TERMS
    assert Stage("any", 1, terms=("third", "first")).select(TERMS) == [TERMS[0], TERMS[2]]
    assert Stage("any", 1, terms=()).select(TERMS) == []


def test_an_unknown_term_is_named_with_its_stage():
    with pytest.raises(ConfigError, match=r"stage `align`: unknown term `frist`; did you mean `first`\?"):
        Stage("align", 1, terms=("second", "frist")).select(TERMS)


def test_a_stage_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Stage("any", 1).epochs = 2
    assert Stage("a", 1).optimizer is not Stage("b", 1).optimizer


def test_a_level_is_named_behind_the_backbone_and_no_task_is_taken_for_it():
    network = make_network()
    level = [layer.name for layer in network.part("backbone_c4") if layer.weights]
    assert level == ["backbone_conv3", "backbone_bn3", "backbone_conv4", "backbone_bn4"]
    with pytest.raises(ConfigError, match="part 'c4' has no layers with weights"):
        network.part("c4")

import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import MSINetHead, ThinHead

MSINET = MSINetHead(filters=4, decoder_filters=(4, 3, 2))
THIN = ThinHead(filters=4, decoder_filters=(4, 3, 2))


def pyramid_inputs():
    return {"c3": keras.Input((11, 16, 4)), "c4": keras.Input((6, 8, 5)), "c5": keras.Input((3, 4, 6))}


@pytest.mark.parametrize("head", [MSINET, THIN])
def test_three_stages_give_eight_times_the_tap(head):
    assert head(pyramid_inputs(), "saliency").shape == (None, 24, 32, 1)


def test_the_tap_and_the_number_of_stages_are_options():
    head = ThinHead(tap="c4", filters=2, rates=(1, 2), decoder_filters=(3,))
    assert head(pyramid_inputs(), "saliency").shape == (None, 12, 16, 1)


def test_skips_are_read_and_set_the_size():
    pyramid = pyramid_inputs()
    head = ThinHead(filters=2, decoder_filters=(4, 3), skips=("c4", "c3"))
    model = keras.Model(pyramid, head(pyramid, "saliency"))
    assert model.output.shape == (None, 11, 16, 1)
    zeros = {level: np.zeros((1, *tensor.shape[1:]), "float32") for level, tensor in pyramid.items()}
    for level in pyramid:
        changed = {**zeros, level: zeros[level] + 1}
        assert np.abs(ops.convert_to_numpy(model(changed) - model(zeros))).max() > 0


@pytest.mark.parametrize("head", [MSINET, THIN])
def test_outputs_are_logits(head):
    """A bias on the last layer goes through as it is: no sigmoid follows."""
    pyramid = pyramid_inputs()
    model = keras.Model(pyramid, head(pyramid, "saliency"))
    model.get_layer("saliency_logits").bias.assign([7.0])
    zeros = {level: np.zeros((1, *tensor.shape[1:]), "float32") for level, tensor in pyramid.items()}
    np.testing.assert_allclose(ops.convert_to_numpy(model(zeros)), 7.0)


def test_an_unknown_tap_is_said():
    with pytest.raises(ConfigError, match="ThinHead: unknown level of the backbone `c9`"):
        ThinHead(tap="c9")(pyramid_inputs(), "saliency")

import keras
import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import DeepLabHead, FCNHead, SegNetHead, ThinHead

PYRAMID = {
    "c0": (32, 48, 6),
    "c3": (4, 6, 8),
    "c5": (4, 6, 16),
}


def build(head):
    pyramid = {level: keras.Input(shape, name=level) for level, shape in PYRAMID.items()}
    return keras.Model(pyramid, head(pyramid, "depth"))


@pytest.mark.parametrize(
    ("head", "shape"),
    [
        (ThinHead(2, filters=4, decoder_filters=(8, 4)), (16, 24, 2)),
        (ThinHead(2, filters=4, decoder_filters=(8, 4), skips=("c3",)), (8, 12, 2)),
        (SegNetHead(3, filters=5), (32, 48, 3)),
        (DeepLabHead(7, filters=4), (4, 6, 7)),
        (FCNHead(2), (4, 6, 2)),
    ],
)
def test_shapes_names_and_saving(head, shape):
    model = build(head)
    assert model.output.shape[1:] == shape and model.output.dtype == "float32"
    assert all(layer.name.startswith("depth_") for layer in model.layers if layer.name not in PYRAMID)
    assert type(head).from_config(head.get_config()) == head


def test_the_segnet_head_has_nothing_between_its_convolutions():
    model = build(SegNetHead(3, filters=5))
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.activation.__name__ for layer in convolutions] == ["linear", "linear"]
    assert len(model.layers) == len(PYRAMID) + 2


def test_the_deeplab_head_has_the_parameters_of_its_paper():
    pyramid = {"c5": keras.Input((8, 8, 512))}
    model = keras.Model(pyramid, DeepLabHead(21)(pyramid, "segmentation"))
    # Five branches and the fusion without bias, a 3x3 convolution, each with scale and shift; then 1x1 with bias.
    branches = 2 * 512 * 256 + 3 * 9 * 512 * 256
    expected = branches + 5 * 256 * 256 + 9 * 256 * 256 + 7 * 2 * 256 + 256 * 21 + 21
    assert sum(int(keras.ops.size(variable)) for variable in model.trainable_variables) == expected


@pytest.mark.parametrize(
    "head", [ThinHead(tap="c4"), SegNetHead(tap="c1"), DeepLabHead(tap="c6"), ThinHead(skips=("c2",))]
)
def test_an_unknown_level_is_named(head):
    with pytest.raises(ConfigError, match="unknown level of the backbone"):
        build(head)

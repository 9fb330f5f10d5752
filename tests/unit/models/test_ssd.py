import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import SSDHead, build_backbone

EXTRAS = ((4, 8, "strided"),)


def build(head, input_shape):
    backbone = build_backbone("resnet18", input_shape, width=0.125)
    return backbone, keras.Model(backbone.input, head(backbone.output, "detection"))


@pytest.mark.parametrize("size", [(64, 64), (96, 128), (100, 75)])
@pytest.mark.parametrize("taps", [("c2", "c4"), ("c5",)])
def test_there_is_an_anchor_for_every_row_of_the_output(size, taps):
    head = SSDHead(5, taps=taps, extras=EXTRAS, aspect_ratios=(2,))
    backbone, model = build(head, (*size, 3))
    assert model.output.shape == (None, len(head.make_anchors(backbone)), 4 + 1 + 5)


def test_defaults_are_ssd300():
    head = SSDHead(80)
    backbone = build_backbone("resnet18", (300, 300, 3), width=0.125)
    assert head.feature_sizes(backbone) == [(38, 38), (19, 19), (10, 10), (5, 5), (3, 3), (1, 1)]
    assert len(head.make_anchors(backbone)) == 8732


def test_rows_lie_where_their_anchors_lie():
    """One cell that fires makes exactly the rows differ whose anchors are centred on that cell's surroundings."""
    head = SSDHead(2, taps=("c3",), extras=(), aspect_ratios=(2,))
    pyramid = {"c3": keras.Input((5, 7, 3))}
    model = keras.Model(pyramid, head(pyramid, "detection"))
    features = np.zeros((1, 5, 7, 3), "float32")
    features[0, 1, 4] = 1
    rows = ops.convert_to_numpy(model({"c3": features}) - model({"c3": features * 0}))
    touched = np.abs(rows[0]).sum(axis=-1).reshape(5, 7, 4) > 0
    expected = np.zeros((5, 7, 4), bool)
    expected[0:3, 3:6] = True
    np.testing.assert_array_equal(touched, expected)


def test_boxes_come_before_background_and_classes():
    head = SSDHead(2, taps=("c3",), extras=(), aspect_ratios=())
    pyramid = {"c3": keras.Input((1, 1, 3))}
    model = keras.Model(pyramid, head(pyramid, "detection"))
    model.get_layer("detection_boxes0").bias.assign(np.arange(8))
    model.get_layer("detection_classes0").bias.assign(10 + np.arange(6))
    output = ops.convert_to_numpy(model({"c3": np.zeros((1, 1, 1, 3))}))
    np.testing.assert_array_equal(output[0], [[0, 1, 2, 3, 10, 11, 12], [4, 5, 6, 7, 13, 14, 15]])


def test_sizes_that_are_not_fixed():
    head = SSDHead(2, taps=("c4", "c5"), extras=EXTRAS, aspect_ratios=(2,))
    backbone, model = build(head, (None, None, 3))
    shape = model.compute_output_shape((1, 64, 96, 3))
    assert shape == (1, len(head.make_anchors(backbone, (64, 96))), 7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"taps": ("c6",), "extras": ()}, "SSDHead: unknown level of the backbone `c6`; known are c2, c3, c4, c5"),
        ({"extras": ((4, 8, "valid"),)}, "map of \\(2, 2\\) cells"),
        ({"extras": ((4, 8, "same"),)}, "unknown kind of extra layer `same`; known are strided, valid"),
        ({"extras": (), "aspect_ratios": ((2,), (2,))}, "got 2 levels of them for 3"),
    ],
)
def test_mistakes_are_said(options, message):
    with pytest.raises(ConfigError, match=message):
        build(SSDHead(2, **{"aspect_ratios": (2,), **options}), (64, 64, 3))

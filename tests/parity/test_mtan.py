"""SegNet and MTAN against the same networks written in torch, over the same weights."""

import keras
import numpy as np
import pytest

from xdomain_keras.models import mtan

torch = pytest.importorskip("torch", reason="torch is the oracle")
functional = torch.nn.functional

DEPTHS, TASKS = (2, 2, 3, 3, 3), ("depth", "normals")
IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 64, 32, 3)).astype("float32")


class Weights:
    """Applies the convolutions of a Keras model, by name, in torch: with normalisation and an activation."""

    def __init__(self, model):
        self.layers = {layer.name: [torch.tensor(w) for w in layer.get_weights()] for layer in model.layers}

    def __call__(self, x, name, activation=torch.relu):
        kernel, bias = self.layers[name]
        gamma, beta, mean, variance = self.layers[f"{name}_bn"]
        x = functional.conv2d(x, kernel.permute(3, 2, 0, 1), bias, padding=kernel.shape[0] // 2)
        return activation(functional.batch_norm(x, mean, variance, gamma, beta, eps=1e-5))


def forward(convolve, images):
    """The levels, as torch computes them."""
    x, first, last, places = images / 255, [], [], []
    for stage, depth in enumerate(DEPTHS):
        for index in range(depth):
            x = convolve(x, f"backbone_encoder{stage}_{index}")
            if index == 0:
                first.append(x)
        last.append(x)
        x, place = functional.max_pool2d(x, 2, return_indices=True)
        places.append(place)
    levels, unpooled, decoded = {"c5": x}, {}, {}
    for stage in (4, 3, 2, 1, 0):
        x = unpooled[stage] = functional.max_unpool2d(x, places[stage], 2)
        for index in range(DEPTHS[stage]):
            x = convolve(x, f"backbone_decoder{stage}_{index}")
        decoded[stage] = x

    def mask(inputs, name):
        return convolve(convolve(torch.cat(inputs, 1), f"{name}_hidden"), f"{name}_mask", torch.sigmoid)

    for task in TASKS:
        own = []
        for stage in range(5):
            x = mask([first[stage], *own], f"backbone_{task}_encoder{stage}") * last[stage]
            own = [functional.max_pool2d(convolve(x, f"backbone_attention_encoder{stage}"), 2)]
        x = own[0]
        for stage in (4, 3, 2, 1, 0):
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = convolve(x, f"backbone_attention_decoder{stage}")
            x = mask([unpooled[stage], x], f"backbone_{task}_decoder{stage}") * decoded[stage]
        levels[f"c0_{task}"] = x
    return levels


def test_levels_are_those_of_torch():
    model, rng = mtan(IMAGES.shape[1:], list(TASKS), width=1 / 16), np.random.default_rng(1)
    for layer in model.layers:  # statistics and scales that are not the identity, so that a mix-up shows
        if isinstance(layer, keras.layers.BatchNormalization):
            (size,) = layer.beta.shape
            shifts, means = rng.uniform(0, 0.5, size), rng.normal(0, 0.1, size)
            layer.set_weights([rng.uniform(1, 2, size), shifts, means, rng.uniform(0.5, 1.5, size)])
        elif isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([layer.get_weights()[0], rng.normal(0, 0.1, layer.filters)])
    with torch.no_grad():
        expected = forward(Weights(model), torch.tensor(IMAGES).permute(0, 3, 1, 2))
    levels = model.predict(IMAGES, verbose=0)
    assert set(levels) == set(expected)
    for level, value in expected.items():
        value = value.permute(0, 2, 3, 1).numpy()
        assert value.std() > 0.01
        np.testing.assert_allclose(levels[level], value, atol=1e-5 * np.abs(value).max(), err_msg=level)

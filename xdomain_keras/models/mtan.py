"""MTAN: a shared SegNet, and for each task a stream of attention over its features."""

import keras
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.models.conv_norm import conv_norm, conv_norm_block
from xdomain_keras.models.segnet import decoder_filters, encoder_filters, shared_network


def mtan(input_shape, tasks: list[str], width: float = 1.0, name="backbone"):
    """Multi-task attention network over SegNet (Liu, Johns & Davison 2019, §3.2; a baseline of paper 002, Tab. 5).

    In each stage of the shared `segnet` every task has a mask `a = sigmoid(bn(conv1x1(relu(bn(conv1x1(·))))))`
    between 0 and 1 for the features that leave the stage:

    - encoder: a reads the shared features u after the stage's first convolution, and the task's own from the stage
      before; `pool(f(a ⊙ p))`, p the stage's last features, goes on to the next stage.
    - decoder: a reads the unpooled shared features and the task's own, doubled in size and sent through f; `a ⊙ p`
      goes on.

    f, one in each stage, is a 3x3 convolution with batch normalisation and ReLU that all tasks share; doubling is
    bilinear. Every task taps its own level with a `SegNetHead`: 44,229,073 parameters for 13 classes, depth and
    normals, which with three unused log variances are the 44,229,076 of the authors' code.

    Args:
        input_shape: (height, width, 3); values in [0, 255].
        tasks: names of the tasks that have a stream.
        width: factor of all channels, see `scale_channels`.
        name: of the model; layers of a task's stream are called `<name>_<task>_…`.

    Returns:
        `keras.Model` from images to `{"c0_<task>": [B, H, W, 64 width], …, "c5": [B, H / 32, W / 32, 512 width]}`:
        a finest level for each task, and the shared encoder's last pool.

    Raises:
        ConfigError: no tasks or one twice; a side is not a multiple of 32.

    Example:

    >>> levels = mtan((32, 64, 3), ["depth", "normals"], width=0.125).output
    >>> {level: tensor.shape for level, tensor in levels.items()}
    {'c0_depth': (None, 32, 64, 8), 'c0_normals': (None, 32, 64, 8), 'c5': (None, 1, 2, 64)}
    """
    if not tasks or len(set(tasks)) < len(tasks):
        raise ConfigError(f"MTAN: tasks are {list(tasks)!r}; name every task that shall have a stream once.")
    images, encoded, decoded = shared_network(input_shape, width, name)
    filters, narrower = encoder_filters(width), decoder_filters(width)
    down = [
        conv_norm_block(count, 3, f"{name}_attention_encoder{stage}", use_bias=True)
        for stage, count in enumerate([*filters[1:], filters[-1]])
    ]
    up = [
        conv_norm_block(count, 3, f"{name}_attention_decoder{stage}", use_bias=True)
        for stage, count in enumerate(narrower)
    ]
    levels = {}
    for task in tasks:
        x = None
        for stage, shared in enumerate(encoded):
            prefix = f"{name}_{task}_encoder{stage}"
            x = down[stage](_attend([shared.first] if x is None else [shared.first, x], shared.last, prefix))
            x = layers.MaxPooling2D(2, name=f"{prefix}_pool")(x)
        for stage in reversed(range(len(decoded))):
            prefix, shared = f"{name}_{task}_decoder{stage}", decoded[stage]
            x = up[stage](layers.UpSampling2D(2, interpolation="bilinear", name=f"{prefix}_up")(x))
            x = _attend([shared.unpooled, x], shared.last, prefix)
        levels[f"c0_{task}"] = x
    return keras.Model(images, {**levels, "c5": encoded[-1].pooled}, name=name)


def _attend(inputs, features, name):
    """`a ⊙ features` with the mask a read off `inputs`."""
    x = layers.Concatenate(name=f"{name}_inputs")(inputs) if len(inputs) > 1 else inputs[0]
    x = conv_norm(x, features.shape[-1], 1, f"{name}_hidden", use_bias=True)
    mask = conv_norm(x, features.shape[-1], 1, f"{name}_mask", "sigmoid", use_bias=True)
    return layers.Multiply(name=f"{name}_attended")([mask, features])

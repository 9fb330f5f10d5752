"""Convolution, batch normalisation, activation."""

from keras import layers


def batch_norm(name):
    """Batch normalisation as torchvision's networks have it: momentum 0.9 (0.1 in torch's terms), epsilon 1e-5."""
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)


def conv_norm(x, filters, size, name, activation="relu", **options):
    """A convolution without bias, batch normalisation, and an activation.

    Args:
        x: `[B, h, w, C]`.
        filters: of the output.
        size: of the kernel.
        name: of the convolution, and prefix of the other two layers.
        activation: name of a Keras activation; None for none.
        options: of `keras.layers.Conv2D`; `padding` is "same" unless told.

    Returns:
        `[B, h', w', filters]`.

    Example:

    >>> conv_norm(keras.Input((5, 6, 3)), 4, 3, "stem", strides=2).shape
    (None, 3, 3, 4)
    """
    x = layers.Conv2D(filters, size, use_bias=False, name=name, **{"padding": "same", **options})(x)
    x = batch_norm(f"{name}_bn")(x)
    return layers.Activation(activation, name=f"{name}_{activation}")(x) if activation else x

"""Convolution, batch normalisation, activation."""

from keras import layers


def batch_norm(name):
    """Batch normalisation as torchvision's networks have it: momentum 0.9 (0.1 in torch's terms), epsilon 1e-5."""
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)


def conv_norm_block(filters, size, name, activation="relu", use_bias=False, **options):
    """A convolution, batch normalisation and an activation, to be called once or, shared, several times.

    Args:
        filters: of the output.
        size: of the kernel.
        name: of the convolution, and prefix of the other two layers.
        activation: name of a Keras activation; None for none.
        use_bias: whether the convolution has one.
        options: further ones of `keras.layers.Conv2D`; `padding` is "same" unless told.

    Returns:
        function from tensor `[B, h, w, C]` to tensor `[B, h', w', filters]`.

    Example:

    >>> conv_norm_block(4, 1, "fuse")(keras.Input((5, 6, 3))).shape
    (None, 5, 6, 4)
    """
    options = {"padding": "same", "use_bias": use_bias, **options}
    parts = [layers.Conv2D(filters, size, name=name, **options), batch_norm(f"{name}_bn")]
    if activation:
        parts.append(layers.Activation(activation, name=f"{name}_{activation}"))

    def call(x):
        for part in parts:
            x = part(x)
        return x

    return call


def conv_norm(x, filters, size, name, activation="relu", **options):
    """`conv_norm_block` applied to `x`; arguments are the same.

    Example:

    >>> conv_norm(keras.Input((5, 6, 3)), 4, 3, "stem", strides=2).shape
    (None, 3, 3, 4)
    """
    return conv_norm_block(filters, size, name, activation, **options)(x)

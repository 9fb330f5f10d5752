"""What networks that halve their maps ask of the size of images."""

from xdomain_keras.errors import ConfigError


def require_multiple(kind, input_shape, stride):
    """Raise a `ConfigError` where a side does not halve as often as the network does.

    Args:
        kind: name of the network, for the message.
        input_shape: (height, width, …) in pixels.
        stride: of the deepest level.

    Example:

    >>> require_multiple("SegNet", (48, 64, 3), 32)
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: SegNet: 48 x 64 pixels; expected multiples of 32: change image_size.
    """
    if input_shape[0] % stride or input_shape[1] % stride:
        raise ConfigError(
            f"{kind}: {input_shape[0]} x {input_shape[1]} pixels; expected multiples of {stride}: change image_size."
        )

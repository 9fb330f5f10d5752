"""What the networks that nobody publishes weights of ask of their input."""

from xdomain_keras.errors import ConfigError


def require_untrained(kind, input_shape, stride, weights):
    """Raise a `ConfigError` where weights are asked for, or a side does not halve as often as the network does.

    Args:
        kind: name of the network, for the message.
        input_shape: (height, width, …) in pixels.
        stride: of the deepest level.
        weights: as given; None is right.

    Example:

    >>> require_untrained("SegNet", (48, 64, 3), 32, None)
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: SegNet: 48 x 64 pixels; expected multiples of 32: change image_size.
    """
    if weights is not None:
        raise ConfigError(
            f"{kind}: weights are {weights!r}, but there are none: no pretrained weights are known; leave them out."
        )
    if input_shape[0] % stride or input_shape[1] % stride:
        raise ConfigError(
            f"{kind}: {input_shape[0]} x {input_shape[1]} pixels; expected multiples of {stride}: change image_size."
        )

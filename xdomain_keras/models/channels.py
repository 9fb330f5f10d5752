"""Channels of networks that are made narrower or wider than published."""

from xdomain_keras.errors import ConfigError


def scale_channels(count, width):
    """The published number of channels times `width`, one at least.

    Raises:
        ConfigError: `width` is not above 0.

    Example:

    >>> scale_channels(64, 0.25), scale_channels(64, 0.001)
    (16, 1)
    """
    if not width > 0:
        raise ConfigError(f"width is {width}; expected a factor above 0, 1 for the published network.")
    return max(1, round(count * width))

"""Channels of networks that are made narrower or wider than published."""

from xdomain_keras.errors import ConfigError

MULTIPLE = 8


def scale_channels(count, width):
    """The published number of channels times `width`, rounded to a multiple of 8, at least 8.

    Processors work on 8 channels at a time, and on CPUs torch 2.13 damages its memory in the backward pass of a 1x1
    convolution with a stride that reads fewer than 8. With a width of 1 the number stays as published.

    Args:
        count: channels of the published network.
        width: factor above 0.

    Raises:
        ConfigError: `width` is not above 0.

    Example:

    >>> scale_channels(64, 0.25), scale_channels(64, 0.3), scale_channels(64, 0.001), scale_channels(100, 1)
    (16, 16, 8, 100)
    """
    if not width > 0:
        raise ConfigError(f"width is {width}; expected a factor above 0, 1 for the published network.")
    if width == 1:
        return count
    return max(MULTIPLE, MULTIPLE * int(count * width / MULTIPLE + 0.5))

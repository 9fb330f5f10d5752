"""What both layouts share: how many of a class, and where there is still space."""

import numpy as np

from xdomain_keras.data.scenes.names import PLACED_NAMES
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import require_known


def read_frequencies(world, frequencies):
    """Return the multiplier of every placed class of a world.

    Args:
        world: str, `"street"` or `"room"`.
        frequencies: `dict` of class name to a multiplier >= 0; classes left out keep 1.

    Returns:
        `dict` of class name to float.

    Raises:
        ConfigError: an unknown class, or a multiplier that is negative or not a number.

    Example:

    >>> read_frequencies("street", {"person": 2})["person"]
    2.0
    """
    multipliers = dict.fromkeys(PLACED_NAMES[world], 1.0)
    for name, value in (frequencies or {}).items():
        require_known("class", name, multipliers, "class_frequencies")
        if not isinstance(value, (int, float)) or not 0 <= value < np.inf:
            raise ConfigError(f"class_frequencies.{name}: {value!r} is not a multiplier; give a number from 0 up.")
        multipliers[name] = float(value)
    return multipliers


class Ground:
    """The circles of ground that objects stand on, so that they do not stand in each other.

    Args:
        taken: list of `(x, z, radius)` in metres.

    Example:

    >>> ground = Ground([(0, 0, 1)])
    >>> ground.take(0.5, 0, 1), ground.take(5, 0, 1), ground.take(5, 1, 1)
    (False, True, False)
    """

    def __init__(self, taken=()):
        self.taken = list(taken)

    def take(self, x, z, radius):
        """Claim a circle; return whether it was free."""
        for other_x, other_z, other_radius in self.taken:
            if (x - other_x) ** 2 + (z - other_z) ** 2 < (radius + other_radius) ** 2:
                return False
        self.taken.append((x, z, radius))
        return True

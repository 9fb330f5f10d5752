"""Names that a config gives, against the names that exist."""

import textwrap

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import suggest


def require_known(field, name, known):
    """Pass if `name` is one of `known`; else say which is nearest.

    Args:
        field: what the name is given for, as in the config.
        name: the name given.
        known: sequence of str, the names that exist.

    Raises:
        ConfigError: `name` is not among `known`.

    Example:

    >>> require_known("outside", "dorp", ("error", "drop"))
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: outside: unknown 'dorp'; did you mean `drop`?
    """
    if name not in known:
        hint = textwrap.shorten(suggest(name, known), 240, placeholder=" …")
        raise ConfigError(f"{field}: unknown {name!r}; {hint}")

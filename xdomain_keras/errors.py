"""The three errors that a user can cause, each with the exit code of the command line.

Every message is one line that says what was given, what was expected and how to mend it.
"""


class XDomainError(Exception):
    """Base of the errors that are reported in one line, without a traceback."""

    exit_code = 1


class ConfigError(XDomainError, ValueError):
    """The experiment as written cannot be run: an unknown key, a missing label, a wrong value."""

    exit_code = 2


class DataError(XDomainError, ValueError):
    """A file or a label cannot be used: names the file and the field."""

    exit_code = 3


class DivergedError(XDomainError, ArithmeticError):
    """The loss stopped being a finite number."""

    exit_code = 4

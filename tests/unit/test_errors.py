import pytest

from xdomain_keras.errors import ConfigError, DataError, DivergedError, XDomainError


@pytest.mark.parametrize(
    ("kind", "builtin", "code"),
    [(ConfigError, ValueError, 2), (DataError, ValueError, 3), (DivergedError, ArithmeticError, 4)],
)
def test_each_error_has_its_exit_code_and_is_a_builtin_too(kind, builtin, code):
    assert issubclass(kind, XDomainError) and issubclass(kind, builtin) and kind.exit_code == code

import pytest

from xdomain_keras.data.readers.names import require_known
from xdomain_keras.errors import ConfigError


def test_known_name_passes():
    assert require_known("kind", "points", ("points", "density")) is None


def test_near_name_is_suggested():
    with pytest.raises(ConfigError, match="kind: unknown 'point'; did you mean `points`"):
        require_known("kind", "point", ("points", "density"))


def test_long_lists_are_shortened():
    with pytest.raises(ConfigError) as caught:
        require_known("categories", "zzz", [f"category{number}" for number in range(1000)])
    assert len(str(caught.value)) < 300 and str(caught.value).endswith("…")

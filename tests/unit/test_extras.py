import sys

import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.extras import is_installed, require_installed


def test_what_is_installed_is_found_and_not_imported(tmp_path, monkeypatch):
    (tmp_path / "present.py").write_text("raise AssertionError")
    (tmp_path / "folder").mkdir()  # of a package's name, and none
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "blocked", None)
    assert [is_installed(name) for name in ("present", "folder", "blocked", "nonesuch")] == [True, False, False, False]


def test_what_is_missing_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConfigError) as caught:
        require_installed("tensorflow", "a SavedModel")
    assert str(caught.value) == (
        "a SavedModel needs tensorflow, which is not installed; pip install 'xdomain-keras[tensorflow]'."
    )

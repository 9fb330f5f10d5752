"""What only some machines can run; stages, terms and scores that cannot be run are tested beside the methods."""

import sys

import pytest

from tests.unit.experiments.small import make_config
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.parts import load_parts

pytestmark = pytest.mark.backend_free


def test_tf_data_needs_tensorflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConfigError, match=r"loader.kind: tf_data needs tensorflow.*'xdomain-keras\[tensorflow\]'"):
        build_experiment(make_config({"loader": {"kind": "tf_data"}}), load_parts())

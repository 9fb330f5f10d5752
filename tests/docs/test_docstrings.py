"""Every example in the package's docstrings, with `np`, `keras` and `ops` at hand."""

import doctest
import importlib
import pathlib
import re

import keras
import numpy as np
import pytest
from keras import ops

import xdomain_keras

PACKAGE = pathlib.Path(xdomain_keras.__file__).parent
# Needs tensorflow_datasets and is imported by it alone.
SKIPPED = {"xdomain_keras.data.scenes.tfds_builder"}
# Models among them: their own tests run everywhere, and JAX compiles each layer of an example anew.
BACKEND_FREE_ROOMS = (
    "config data errors files label_matrix methods metrics models overrides packaged_configs part_options parts "
    "reporting signatures yaml_text"
).split()
NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?(?!\w)")


def module_names():
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in PACKAGE.rglob("*.py")]
    return sorted(name.removesuffix(".__init__") for name in names if name not in SKIPPED)


def parameters():
    for name in module_names():
        room = (name.split(".") + [""])[1]
        yield pytest.param(name, marks=[pytest.mark.backend_free] if room in BACKEND_FREE_ROOMS else [])


class CloseNumbers(doctest.OutputChecker):
    """Takes numbers that differ by rounding for equal: backends sum in different orders."""

    def check_output(self, want, got, optionflags):
        if super().check_output(want, got, optionflags):
            return True
        if skeleton(want) != skeleton(got):
            return False
        numbers = [[float(number) for number in NUMBER.findall(text)] for text in (want, got)]
        return bool(np.allclose(*numbers, rtol=1e-4, atol=1e-6))


def skeleton(text):
    """What is left when numbers are blanked and white space is dropped."""
    return re.sub(r"\s+", "", NUMBER.sub("#", text))


@pytest.mark.parametrize("name", parameters())
def test_examples_of(name):
    module = importlib.import_module(name)
    names = {"np": np, "keras": keras, "ops": ops}
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(CloseNumbers(), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report = []
    for test in finder.find(module, name, extraglobs=names):
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


def test_the_checker_takes_rounding_and_nothing_else():
    def check(want, got):
        return CloseNumbers().check_output(want, got, doctest.NORMALIZE_WHITESPACE)

    assert check("[1. 0. 0.5]\n", "[ 1.  -0.  0.50000006]\n")
    assert not check("[1. 0. 0.5]\n", "[1. 0. 0.501]\n")
    assert not check("[1. 2.]\n", "[1. 2. 3.]\n")
    assert not check("c4 1.0\n", "c5 1.0\n")

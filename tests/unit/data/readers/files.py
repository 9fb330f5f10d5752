"""Small image and annotation files for the tests of the readers."""

import json
import pathlib

import cv2
import numpy as np
import pytest

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.readable import find_fault

# Real data sets lie beside the checkout on some machines; they are never part of the project.
REAL = (pathlib.Path(__file__).parents[4] / "../shared/data").resolve()


def needs_real(name):
    """Skip a test, by name, where a real data set is not there."""
    return pytest.mark.skipif(not (REAL / name).is_dir(), reason=f"shared/data/{name} is not there")


def write_image(path, height=20, width=30, seed=0):
    """Write random pixels, and return them as RGB."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return pixels[..., ::-1]


def write_json(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def faults_of(source):
    """List of `Fault`: those of the annotations, then those that reading each sample meets."""
    met = [find_fault(source, index) for index in range(len(source))]
    return [*source.faults, *(fault for fault in met if fault)]


def only_fault(source):
    """Return the one fault of a source; its text is one line."""
    assert len(source.faults) == 1, [str(fault) for fault in source.faults]
    assert "\n" not in str(source.faults[0])
    return source.faults[0]


def assert_fault(fault, file, field, *words):
    """Check that a fault names the file and the field, and says all of the words."""
    assert (fault.file, fault.field) == (str(file), field)
    missing = [word for word in words if word not in fault.message]
    assert not missing, f"{fault.message!r} lacks {missing}"


def raised_fault(function, *arguments, **options):
    """Return the fault of the `DataFault` that a call raises."""
    with pytest.raises(DataFault) as caught:
        function(*arguments, **options)
    assert "\n" not in str(caught.value)
    return caught.value.fault

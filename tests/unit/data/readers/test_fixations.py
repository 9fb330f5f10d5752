import numpy as np
import pytest

from tests.unit.data.readers.files import write_image
from xdomain_keras.data.readers.fixations import Fixations


@pytest.mark.parametrize(("outside", "num_faults"), [("error", 1), ("drop", 0)])
def test_the_image_ends_before_its_width_and_height(tmp_path, outside, num_faults):
    write_image(tmp_path / "a.png", 20, 30)
    source = Fixations(str(tmp_path), "gaze", outside)
    points = [[0, 0], [29.99, 19.99], [30, 1], [1, 20], [-0.01, 1]]
    source.set_fixations([("a.png", "a.png", [("a.png[0]", points)])])
    assert len(source.faults) == num_faults
    np.testing.assert_allclose(source.read_labels(0)["fixations_xy"], points[:2], rtol=1e-6)

import numpy as np
import pytest

from xdomain_keras.data.sample import find_faults

GOOD = {
    "image": np.zeros((4, 6, 3), np.uint8),
    "id": "a",
    "boxes_xyxy": np.zeros((0, 4), np.float32),
    "classes": np.zeros(0, np.int32),
    "depth_meters": np.zeros((4, 6), np.float32),
    "normals": np.zeros((4, 6, 3), np.float32),
}


def test_a_good_sample_has_no_fault():
    assert find_faults(GOOD) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"image": None}, "image: missing"),
        ({"id": None}, "id: missing"),
        ({"depht_meters": GOOD["depth_meters"]}, "depht_meters: unknown key; did you mean `depth_meters`?"),
        ({"classes": np.zeros(0, np.int64)}, "classes: int64 of rank 1; expected int32 of rank 1"),
        ({"boxes_xyxy": np.zeros(4, np.float32)}, "boxes_xyxy: float32 of rank 1; expected float32 of rank 2"),
        ({"depth_meters": np.zeros((6, 4), np.float32)}, "depth_meters: shape (6, 4) differs from the image (4, 6)"),
    ],
)
def test_each_fault_is_one_line(change, fault):
    sample = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    (line,) = find_faults(sample)
    assert line.startswith(fault) and "\n" not in line

import cv2
import numpy as np
import pytest

from xdomain_keras.reporting.class_matrix import COARSE, KNOWN, MEASURED, UNKNOWN, color_of, draw_class_matrix

HEADER = ["detection", "zoo", "farm"]


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("3", KNOWN),
        ("0", KNOWN),
        ("3 + ≤ 2 (pet)", KNOWN),
        ("≤ 2 (pet)", COARSE),
        ("unknown", UNKNOWN),
        ("measured", MEASURED),
    ],
)
def test_colors_tell_what_is_known(text, color):
    assert color_of(text) == color


def test_every_color_is_painted_and_more_classes_are_a_higher_picture():
    small, large = (
        cv2.imdecode(np.frombuffer(draw_class_matrix(HEADER, rows), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        for rows in ([["cat", "3", "unknown"]], [["cat", "3", "unknown"]] * 9 + [["dog", "≤ 2 (pet)", "measured"]])
    )
    assert large.shape[0] > 3 * small.shape[0]
    for color in (KNOWN, COARSE, UNKNOWN, MEASURED):
        wanted = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
        assert (large == wanted).all(-1).any()


def test_a_name_is_text_and_no_formula():
    assert draw_class_matrix(["detection", "$x_{$"], [["$x_{$", "3"]])[1:4] == b"PNG"

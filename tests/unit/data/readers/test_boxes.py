import pytest

from xdomain_keras.data.readers.boxes import clip_box, find_overshoot, is_finite


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), float("nan"), "1", None, True, [1], 10**400])
def test_not_a_usable_number(value):
    assert not is_finite(value)


def test_usable_numbers():
    assert all(is_finite(value) for value in (0, -3, 2.5, 10**12))


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((-3, 2, 9, 9), "left edge -3 is beyond 0 by 3 px (1 px is allowed)"),
        ((3, -2.5, 9, 9), "top edge -2.5 is beyond 0 by 2.5 px (1 px is allowed)"),
        ((3, 2, 32, 9), "right edge 32 is beyond 30 by 2 px (1 px is allowed)"),
        ((3, 2, 9, 21.25), "bottom edge 21.25 is beyond 20 by 1.25 px (1 px is allowed)"),
        ((-3, 2, 35, 9), "right edge 35 is beyond 30 by 5 px (1 px is allowed)"),
        ((-1, -1, 31, 21), ""),
    ],
)
def test_worst_edge_is_named(box, message):
    assert find_overshoot(box, 20, 30, 1, " px") == (message, True)


@pytest.mark.parametrize("box", [(30, 2, 35, 9), (-5, 2, 0, 9), (2, 20, 9, 25), (2, -9, 9, 0)])
def test_box_outside_the_image(box):
    message, inside = find_overshoot(box, 20, 30, 1, " px")
    assert not inside and "outside the whole image of 30 x 20 px" in message


def test_clipped_box_stays_inside():
    assert clip_box((-3, -2, 35, 25), 20, 30) == (0, 0, 30, 20)
    assert clip_box((1, 2, 3, 4), 20, 30) == (1, 2, 3, 4)

"""Checks of numbers and boxes as read from a file."""


def is_finite(value):
    """Tell whether a value read from a file is a finite number; a truth value is none.

    Args:
        value: anything that JSON can hold.

    Returns:
        bool.

    Example:

    >>> [is_finite(value) for value in (1, 2.5, float("nan"), "3", None, True)]
    [True, True, False, False, False, False]
    """
    return type(value) in (int, float) and -1e18 < value < 1e18  # beyond, an int overflows arrays


def find_overshoot(box, height, width, tolerance, unit):
    """Say by how much a box reaches over the border, and whether anything of it is inside.

    Args:
        box: left, top, right, bottom.
        height, width: size of the image, in the unit of the box.
        tolerance: overshoot that passes as rounding.
        unit: str that follows the numbers, as `" px"`.

    Returns:
        `(message, inside)`: str, empty where nothing is wrong, and bool.

    Example:

    >>> find_overshoot((500.0, 10.0, 515.5, 30.0), 384, 512, 1, " px")
    ('right edge 515.5 is beyond 512 by 3.5 px (1 px is allowed)', True)
    """
    left, top, right, bottom = box
    if left >= width or top >= height or right <= 0 or bottom <= 0:
        corners = ", ".join(f"{value:g}" for value in box)
        return f"left, top, right, bottom {corners} lie outside the whole image of {width:g} x {height:g}{unit}", False
    overshoot, edge, value, limit = max(
        (-left, "left", left, 0),
        (-top, "top", top, 0),
        (right - width, "right", right, width),
        (bottom - height, "bottom", bottom, height),
    )
    if overshoot <= tolerance:
        return "", True
    allowed = f"{tolerance:g}{unit} is allowed"
    return f"{edge} edge {value:g} is beyond {limit:g} by {overshoot:.4g}{unit} ({allowed})", True


def clip_box(box, height, width):
    """Cut a box at the border of its image.

    Args:
        box: left, top, right, bottom.
        height, width: size of the image, in the unit of the box.

    Returns:
        Tuple of four numbers.

    Example:

    >>> clip_box((500, -2, 515, 30), 384, 512)
    (500, 0, 512, 30)
    """
    left, top, right, bottom = box
    return max(left, 0), max(top, 0), min(right, width), min(bottom, height)

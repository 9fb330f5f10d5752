"""How far apart results of float32 may lie that are equal on paper."""

import numpy as np

EPSILON = float(np.finfo(np.float32).eps)


def assert_equal_up_to_rounding(found, expected, size=None, message=""):
    """Compare results of differently compiled or differently shaped computations of the same sums.

    Another compilation adds in another order and fuses other operations, differently on every CPU; each time the
    result may move by a few epsilons of float32 times the size of the sum; 16 are allowed.

    Args:
        found: number or array.
        expected: number or array.
        size: of the sum; the largest absolute value of `expected` unless given.
        message: what is compared.
    """
    size = np.nanmax(np.abs(np.asarray(expected, "float64")), initial=0) if size is None else size
    np.testing.assert_allclose(found, expected, rtol=0, atol=16 * EPSILON * size, err_msg=message)

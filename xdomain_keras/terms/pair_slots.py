"""Which task pairs of which images are compared, in arrays of a fixed shape."""

import itertools

import numpy as np
from keras import ops


def ordered_pairs(num_tasks):
    """All (s, t) with s ≠ t, row by row: their place in the list is the pair's number (paper 002, §3.2).

    Example:

    >>> ordered_pairs(3)
    [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    """
    return list(itertools.permutations(range(num_tasks), 2))


def most_pairs(num_tasks, every=False):
    """The largest number of pairs that one image can have: |U| · |T| at its largest, or all of them.

    Example:

    >>> most_pairs(3), most_pairs(5), most_pairs(3, every=True)
    (2, 6, 6)
    """
    return num_tasks * (num_tasks - 1) if every else (num_tasks // 2) * (num_tasks - num_tasks // 2)


def valid_pairs(present, every=False):
    """Which pairs (s, t) an image has: s unlabelled and t labelled; with `every`, t labelled and s any other.

    Args:
        present: float or bool `[B, K]`, whether the image is labelled for the task.
        every: for full supervision, each prediction against each other task's label.

    Returns:
        bool `[B, K (K - 1)]`.

    Example:

    >>> ops.convert_to_numpy(valid_pairs(np.array([[1.0, 0.0, 0.0]]))).astype(int).tolist()
    [[0, 0, 1, 0, 1, 0]]
    """
    sources, targets = np.array(ordered_pairs(present.shape[1])).T
    labelled = ops.cast(present, "bool")
    has_target = ops.take(labelled, targets, axis=1)
    if every:
        return has_target
    return ops.logical_and(has_target, ops.logical_not(ops.take(labelled, sources, axis=1)))


def fill_slots(valid, num_slots):
    """Give every slot an image and a pair: the valid ones first, then the same again with weight 0.

    Repeats, not blanks, fill what is left over, so that batch normalisation sees real maps alone.

    Args:
        valid: bool `[B, P]` from `valid_pairs`, with at most `num_slots` true.
        num_slots: int.

    Returns:
        (image int `[num_slots]`, pair int `[num_slots]`, weight float `[num_slots]`, 1 on the valid ones).

    Example:

    >>> image, pair, weight = fill_slots(np.array([[False, True], [True, False]]), 3)
    >>> [ops.convert_to_numpy(part).astype(int).tolist() for part in (image, pair, weight)]
    [[0, 1, 0], [1, 0, 1], [1, 1, 0]]
    """
    num_pairs = valid.shape[1]
    flat = ops.reshape(ops.cast(valid, "int32"), (-1,))
    total = ops.shape(flat)[0]
    # Distinct keys: the order is the same on every backend, stable or not.
    order = ops.cast(ops.argsort(ops.arange(total, dtype="int32") + (1 - flat) * total), "int32")
    num_valid = ops.sum(flat)
    slots = ops.arange(num_slots, dtype="int32")
    chosen = ops.take(order, slots % ops.maximum(num_valid, 1), axis=0)
    return chosen // num_pairs, chosen % num_pairs, ops.cast(slots < num_valid, "float32")

"""Losses of labels that name a set of classes instead of one."""

from keras import ops

NEVER = -1e9  # a logit that adds nothing to a sum of exponentials, and is finite


def set_cross_entropy(members, logits):
    """`-log Σ_{c ∈ S} p_c` with `p = softmax(logits)`: what a label costs that may be any class of a set S.

    With one class it is the cross entropy; over the set of all classes it is 0. An empty set says nothing and costs 0,
    whatever the logits are. Written as a difference of two log-sum-exps, so that nothing underflows (for partial labels
    see Cour et al., "Learning from Partial Labels", JMLR 2011).

    Args:
        members: bool `[…, C]`, whether a class belongs to the set.
        logits: float `[…, C]`.

    Returns:
        float32 `[…]`, ≥ 0 up to rounding.

    Example:

    >>> logits = ops.zeros((2, 4))
    >>> members = ops.array([[True, True, False, False], [False, False, False, False]])
    >>> ops.convert_to_numpy(set_cross_entropy(members, logits)).round(4).tolist()  # log 2, and nothing
    [0.6931, 0.0]
    """
    logits = ops.cast(logits, "float32")
    inside = ops.logsumexp(ops.where(members, logits, NEVER), axis=-1)
    # Both branches are finite, so the gradient is 0 where the set is empty.
    return ops.where(ops.any(members, axis=-1), ops.logsumexp(logits, axis=-1) - inside, 0.0)


def members_of(codes, sets, num_classes):
    """The sets that label codes stand for: a class below `num_classes`, and from there on a row of `sets`.

    Args:
        codes: int `[…]`; below 0 for labels that say nothing.
        sets: list of lists of class indices, the sets that codes from `num_classes` on name; may be empty.
        num_classes: C.

    Returns:
        bool `[…, C]`, all False where the code is below 0.

    Example:

    >>> ops.convert_to_numpy(members_of(ops.array([1, 3, -1]), [[0, 2]], 3)).astype(int).tolist()
    [[0, 1, 0], [1, 0, 1], [0, 0, 0]]
    """
    rows = [[row == column for column in range(num_classes)] for row in range(num_classes)]
    rows += [[column in own for column in range(num_classes)] for own in sets]
    rows.append([False] * num_classes)
    codes = ops.cast(codes, "int32")
    return ops.take(ops.convert_to_tensor(rows, dtype="bool"), ops.where(codes < 0, len(rows) - 1, codes), axis=0)

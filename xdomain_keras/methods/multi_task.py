"""Plain multi-task learning: the supervised losses and nothing else (the baseline of every method)."""


def multi_task():
    """Sum the supervised losses and nothing else: the baseline of every method.

    These options are laid under a config with `method: multi_task`.

    Example:

    >>> multi_task()["terms"]
    {'supervised': {}}
    """
    return {"terms": {"supervised": {}}, "optimizer": {"name": "adam", "learning_rate": 1e-3}}

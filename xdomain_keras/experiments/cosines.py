"""What the logged cosines between the tasks' gradients come to, in words."""

from xdomain_keras.training.task_cosines import PREFIX

FAINT = 0.05  # a cosine that is no more than that is as good as 0


def cosine_notes(log):
    """A sentence on every two tasks whose cosines were logged in the last stage.

    Args:
        log: list of dicts, one an epoch.

    Returns:
        list of str.

    Example:

    >>> cosine_notes([{"cosine/boxes~gaze": -0.2}, {"cosine/boxes~gaze": -0.1}])[0].split(": ")[0]
    '`boxes` and `gaze` work against each other in the shared backbone'
    """
    last = log[-1].get("stage_index", 0) if log else 0
    lines = [line for line in log if line.get("stage_index", 0) == last]
    notes = []
    for key in dict.fromkeys(key for line in lines for key in line if key.startswith(PREFIX)):
        values = [line[key] for line in lines if line.get(key) is not None]
        mean, below = sum(values) / len(values), sum(value < 0 for value in values)
        first, second = key.removeprefix(PREFIX).split("~")
        what = "work against each other" if mean < -FAINT else "help each other" if mean > FAINT else "hardly meet"
        notes.append(
            f"`{first}` and `{second}` {what} in the shared backbone: cosine {mean:+.2f} on average, below 0 in "
            f"{below} of {len(values)} epochs"
        )
    return notes

"""Which images are labelled for which tasks: partial labels as data."""

import hashlib
import json
from typing import Literal

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.readers.json_file import read_json
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices, require_known, suggest


class LabelAvailability:
    """A table of images × tasks that says which labels training may see (paper 002, §4).

    Labels beyond it are treated as if the data set did not have them: they enter no arithmetic.

    Args:
        tasks: names of the tasks, the columns.
        rows: dict of image id → iterable of the names of its labelled tasks.
        drop_unlabelled: whether training leaves out the images without a label of any trained task.

    Attributes:
        digest: str, a hash of the whole table; two runs with the same one saw the same labels.

    Example:

    >>> table = LabelAvailability(["depth", "normals"], {"a": ["depth"], "b": ["depth", "normals"]})
    >>> table.has("a", "normals"), table.count()
    (False, {'depth': 2, 'normals': 1})
    """

    def __init__(self, tasks, rows, drop_unlabelled=False):
        self.drop_unlabelled = drop_unlabelled
        self.tasks = tuple(tasks)
        self.rows = {image: tuple(task for task in self.tasks if task in set(named)) for image, named in rows.items()}
        content = json.dumps([self.tasks, sorted(self.rows.items())])
        self.digest = hashlib.sha256(content.encode()).hexdigest()[:16]

    def has(self, image, task):
        """Whether training may see this label; tasks and images outside the table are free."""
        return task not in self.tasks or image not in self.rows or task in self.rows[image]

    def shows(self, image, tasks):
        """Whether training on these tasks shows the image."""
        return not self.drop_unlabelled or any(self.has(image, task) for task in tasks)

    def count(self):
        """Dict of task → number of images labelled for it."""
        return {task: sum(task in named for named in self.rows.values()) for task in self.tasks}

    def as_json(self):
        """The table as a dict that JSON can hold, with its hash and counts."""
        rows = {image: list(named) for image, named in self.rows.items()}
        return {"digest": self.digest, "count": self.count(), "rows": rows}


def draw_availability(
    ids,
    tasks,
    regime: Literal["full", "one", "random"] | None = None,
    ratios: dict[str, float] | None = None,
    drop_unlabelled: bool = False,
    seed: int = 0,
    existing=None,
):
    """Draw a table at random.

    Args:
        ids: list of image ids.
        tasks: names of the tasks.
        regime: `"full"`: every label; `"one"`: one task an image, all equally often; `"random"`: 1 to K - 1 of K
            tasks an image, the number and the tasks at random. None: `"one"` with ratios, else `"full"`.
        ratios: dict of task → share of the images, for regime `"one"`; 1 : 9 gives a tenth to the first task.
        drop_unlabelled: see `LabelAvailability`.
        seed: of the draw; the same ids, tasks and seed give the same table.
        existing: dict of image id → set of the tasks that the data set itself has a label for; None for all. An
            image whose draw leaves it none of these gets another at random.

    Returns:
        `LabelAvailability`.

    Raises:
        ConfigError: unknown regime, or ratios that do not fit it.

    Example:

    >>> ids = [str(number) for number in range(10)]
    >>> draw_availability(ids, ["segmentation", "depth"], ratios={"segmentation": 1, "depth": 9}).count()
    {'segmentation': 1, 'depth': 9}
    """
    if seed < 0:
        raise ConfigError(f"labels.seed is {seed}; expected an integer from 0 up.")
    tasks, rng = list(tasks), np.random.default_rng(seed)
    regime = regime or ("one" if ratios else "full")
    check_choices(draw_availability, regime=regime)
    if ratios is not None:
        check_ratios(ratios, tasks, regime)
    if regime == "full" or len(tasks) < 2:
        chosen = [tasks] * len(ids)
    elif regime == "one":
        shares = np.array([(ratios or {}).get(task, 0 if ratios else 1) for task in tasks], float)
        # The bounds of the shares, rounded: each task gets its part of the images to within one.
        bounds = np.round(np.cumsum(shares) / shares.sum() * len(ids)).astype(int)
        owners = np.searchsorted(bounds, np.arange(len(ids)), side="right")
        chosen = [[tasks[owner]] for owner in rng.permutation(owners)]
    else:
        counts = rng.integers(1, len(tasks), len(ids))
        chosen = [[tasks[column] for column in rng.permutation(len(tasks))[:count]] for count in counts]
    rows = dict(zip(ids, chosen, strict=True))
    for image in ids if existing is not None else ():
        rows[image] = chosen_again(rows[image], existing[image], ratios, rng)
    return LabelAvailability(tasks, rows, drop_unlabelled)


def chosen_again(chosen, existing, ratios, rng):
    """The chosen tasks that exist; where none does, one of those that do and have a share."""
    kept = [task for task in chosen if task in existing]
    others = sorted(task for task in existing if ratios is None or ratios.get(task, 0) > 0)
    return kept or ([others[rng.integers(len(others))]] if others else [])


def check_ratios(ratios, tasks, regime):
    """Raise a `ConfigError` where ratios make no sense."""
    if regime != "one":
        raise ConfigError(f"labels.ratios: go with regime `one`, not `{regime}`.")
    for task, share in ratios.items():
        require_known("task", task, tasks, "labels.ratios")
        if not share >= 0:
            raise ConfigError(f"labels.ratios.{task}: {share}; expected a share from 0 up.")
    if not sum(ratios.values()) > 0:
        raise ConfigError("labels.ratios: all are 0; give at least one task a share.")


def read_availability(file: str, ids, tasks, domain=None, drop_unlabelled: bool = False):
    """Read a table from a JSON file, `{image id: [task, …]}`; images that it leaves out have no labels.

    The `labels.json` of a run is such a file as well: the domain's rows are taken from it.

    Args:
        file: path of it.
        ids: list of the ids that exist.
        tasks: names of the tasks.
        domain: name of the domain, for a run's file.
        drop_unlabelled: see `LabelAvailability`.

    Returns:
        `LabelAvailability`.

    Raises:
        DataError: the file cannot be read, or names an unknown image or task.
    """
    content = read_json(file)
    if not isinstance(content, dict):
        raise DataFault(file, "", f"holds a {type(content).__name__}; expected an object, {{image id: [task, …]}}.")
    if isinstance(content.get(domain), dict) and isinstance(content[domain].get("rows"), dict):
        content = content[domain]["rows"]
    known = set(ids)
    for image, named in content.items():
        if image not in known:
            raise DataFault(file, image, f"is not an image of this split; {suggest(image, ids)}")
        if not isinstance(named, list):
            raise DataFault(file, image, f"holds {named!r}; expected a list of tasks.")
        for task in named:
            if task not in tasks:
                raise DataFault(file, image, f"unknown task `{task}`; {suggest(str(task), tasks)}")
    return LabelAvailability(tasks, {image: content.get(image, []) for image in ids}, drop_unlabelled)

"""Classes: what the values of every cell's labels mean, by name, resolved once for facts and tasks."""

import dataclasses
import difflib
import string

import numpy as np

from xdomain_keras.data import ClassTable
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.cells import measured_tasks, trained_matrix
from xdomain_keras.experiments.sources import split_annotates
from xdomain_keras.label_matrix import Cell
from xdomain_keras.signatures import require_known, suggest

IGNORE = "ignore"
REST = "*"  # every value that the config does not list
NEAR = 0.85  # likeness from which two names may mean one class
NO_DIGITS = str.maketrans("", "", string.digits)


@dataclasses.dataclass
class TaskClasses:
    """The classes of a task, and what the labels of its cells say of them.

    Attributes:
        names: list of the class names.
        cells: dict of `Cell` → plain values: `values` (name of a value in the data → names of the classes that it may
            be), `annotates` (split → names of the classes that are annotated in it), and `counts` (name of a value →
            how often it occurs in the training labels), which is empty where labels are not read.
        sets: list of lists of class indices: the sets of several classes that a label can stand for.
    """

    names: list
    cells: dict
    sets: list

    @property
    def is_plain(self):
        """Whether every value is one class, and everything is annotated everywhere."""
        one = all(len(own) == 1 for cell in self.cells.values() for own in cell["values"].values())
        everything = set(self.names)
        return one and all(set(own) >= everything for cell in self.cells.values() for own in cell["annotates"].values())


def resolve_classes(config, data, name, fixed, read_labels=True, background=None):
    """Find out the classes of a task, and what each value in the labels of its cells means.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        name: of the task.
        fixed: names that the config or the task gives, or None for those of the data.
        read_labels: whether to look which values occur in the training labels.
        background: name of the class that also stands for what is not annotated, or None.

    Returns:
        `TaskClasses`.

    Raises:
        ConfigError: a name that is no class, or two spellings of one.
        DataError: the source of the first cell cannot be opened.
    """
    matrix = trained_matrix(config)
    trained = [domain for domain in matrix.domains_of(name)]
    measured = [domain for domain in config.domains if name in measured_tasks(config, domain) and domain not in trained]
    values = {domain: read_values(config, data, name, domain) for domain in (*trained, *measured)}
    names = list(fixed or dict.fromkeys(each for d in trained for own in values[d].values() for each in own))
    for domain, own in values.items():
        require_classes(config, name, names, domain, own, fixed is not None)
    if read_labels:
        counts = {d: count_values(data, config, name, d, list(values[d])) for d in trained}
    else:
        counts = {d: dict.fromkeys(config.domains[d].labels.get("hide", {}).get(name, ()), 0) for d in trained}
    found = {each for d in trained for value, own in values[d].items() if counts[d].get(value, 1) for each in own}
    cells = {}
    for domain, own in values.items():
        occurring = {each for v, sets in own.items() if counts.get(domain, {}).get(v, 1) for each in sets}
        default = [each for each in names if each in occurring or each not in found] if own else list(names)
        cells[Cell(name, domain)] = {
            "values": own,
            "annotates": annotated(config, name, domain, names, default),
            "counts": counts.get(domain, {}) if read_labels else {},
        }
    return TaskClasses(names, cells, collect_sets(names, cells, background))


def read_values(config, data, name, domain):
    """Dict of the name of each value in a domain's labels → names of the classes that it may be, as the config says."""
    own, found = config.domains[domain], {}
    for split in own.splits:
        try:
            names = data.names(domain, split, data.task_kind(name))
        except DataError:
            if not found and split == next(iter(own.splits)):
                raise
            continue  # told with all other faults of the data
        found |= dict.fromkeys(names)
    given, place = own.classes.get(name, {}), f"domains.{domain}.classes.{name}"
    for value in given:
        if value != REST:
            require_known("value of the labels", value, found, place)
    return {value: members(given.get(value, given.get(REST, value)), f"{place}.{value}") for value in found}


def members(given, place):
    """The class names that a config says for one value, as a list; empty for `ignore`."""
    if given == IGNORE:
        return []
    names = [given] if isinstance(given, str) else given
    if not names or IGNORE in names or len(set(names)) < len(names):
        raise ConfigError(f"{place} is {given!r}; expected a class, a list of different classes, or `{IGNORE}`.")
    return list(names)


def require_classes(config, name, names, domain, values, fixed):
    """Raise a `ConfigError` where a value means something that is not a class of the task, or nearly one."""
    folded = {}
    for each in names:
        if (other := folded.setdefault(fold(each), each)) != each:
            raise ConfigError(
                f"tasks.{name}: `{other}` and `{each}` are two spellings of one class; map one of them, as "
                f"domains.{domain}.classes: {{{name}: {{{each}: {other}}}}}."
            )
    for value, own in values.items():
        for each in own:
            if each not in names:
                where = f"tasks.{name}.class_names" if fixed else f"the classes of `{name}` that are trained"
                raise ConfigError(
                    f"domains.{domain}: `{each}` is not among {where}; {suggest(each, names)} Map it, as "
                    f"domains.{domain}.classes: {{{name}: {{{value}: {nearest(each, names)}}}}}."
                )


def nearest(name, names):
    """The name that looks most alike, or `ignore` where none does."""
    folded = {fold(each): each for each in names}
    found = difflib.get_close_matches(fold(name), folded, 1)
    return folded[found[0]] if found else IGNORE


def near_names(names):
    """Pairs of names that look so alike that they may mean one class.

    Example:

    >>> near_names(["traffic light", "traffic lights", "car"])
    [('traffic light', 'traffic lights')]
    """
    folded, found = [fold(name) for name in names], []
    without_digits = [name.translate(NO_DIGITS) for name in folded]  # `lane 1` and `lane 2` are meant to differ
    for index, name in enumerate(folded):
        matcher = difflib.SequenceMatcher(None, b=name)
        for other in range(index):
            matcher.set_seq1(folded[other])
            bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)  # from the cheapest on
            if without_digits[index] != without_digits[other] and all(bound() > NEAR for bound in bounds):
                found.append((names[other], names[index]))
    return found


def class_notes(classes):
    """Sentences on what the classes of some cells leave to wonder about.

    Args:
        classes: as of `Facts`.
    """
    notes = []
    for cell, own in classes.items():
        never = [value for value, count in own["counts"].items() if not count and own["values"][value]]
        if never:
            shown = ", ".join(never[:8]) + (", …" if len(never) > 8 else "")
            notes.append(f"{cell}: {len(never)} of its classes never occur in the training labels: {shown}.")
    for task, domains in by_task(classes).items():
        names = [name for own in domains.values() for given in own["values"].values() for name in given]
        pairs = near_names(list(dict.fromkeys(names)))
        if pairs:
            shown = ", ".join(f"`{a}` and `{b}`" for a, b in pairs[:5]) + (", …" if len(pairs) > 5 else "")
            notes.append(f"{task}: {shown} are different classes; map one to the other if they mean the same.")
    return notes


def by_task(classes):
    """Dict of task → dict of domain → what its labels say.

    Args:
        classes: as of `Facts`.
    """
    found = {}
    for text, own in classes.items():
        cell = Cell.parse(text)
        found.setdefault(cell.task, {})[cell.domain] = own
    return found


def fold(name):
    """A name without what different spellings of one word differ in.

    Example:

    >>> fold("Traffic_Light") == fold("traffic light")
    True
    """
    return name.casefold().replace(" ", "").replace("_", "").replace("-", "")


def annotated(config, name, domain, names, default):
    """Dict of split → names of the classes that are annotated in it: the split's, the domain's, or the default."""
    own, found = config.domains[domain], {}
    for split, options in own.splits.items():
        place = f"domains.{domain}.splits.{split}"
        given, place = split_annotates(options, place)[0].get(name), f"{place}.annotates.{name}"
        if given is None:
            given, place = own.annotates.get(name), f"domains.{domain}.annotates.{name}"
        for each in given or ():
            require_known("class", each, names, place)
        found[split] = [each for each in names if each in (default if given is None else given)]
    return found


def count_values(data, config, name, domain, values):
    """Dict of value → how often it occurs in the training labels of a domain; images with a fault are passed over."""
    counts = np.zeros(len(values), np.int64)
    kinds = {kind.name: kind for each in data.task_kind(name).alternatives() for kind in each}
    order = [values.index(each) for each in data.names(domain, "train", data.task_kind(name))]
    for labels in data.labels(domain, "train"):
        for kind in kinds.values():
            if kind.names_are and kind.present(labels):
                counts[order] += kind.count(kind.take(labels), len(order))
    return dict(zip(values, map(int, counts), strict=True))


def collect_sets(names, cells, background):
    """Lists of class indices: every set of several classes that a value stands for in some cell and split."""
    sets = {}
    for cell in cells.values():
        for annotates in cell["annotates"].values():
            for own in cell["values"].values():
                found = widened(own, names, annotates, background)
                if len(found) > 1:
                    sets[found] = None
    return [list(each) for each in sets]


def widened(own, names, annotates, background):
    """Class indices, in ascending order, that a value may be: background may be all that is not annotated."""
    if background is not None and own == [background]:
        own = [background, *(each for each in names if each not in annotates)]
    return tuple(sorted({names.index(each) for each in own}))


def table_of(cell, task, split, names):
    """The `ClassTable` of a cell's split.

    Args:
        cell: plain values of it, as in `TaskClasses.cells`.
        task: `Task`.
        split: its name.
        names: those of the source, in the order of its values.
    """
    classes, annotates = list(task.class_names), cell["annotates"].get(split, task.class_names)
    values = tuple(widened(cell["values"][each], classes, annotates, task.background) for each in names)
    sets = tuple(map(tuple, task.class_sets or ()))
    return ClassTable(len(classes), sets, values, tuple(classes.index(each) for each in annotates))

"""Classes: what the values of every cell's labels mean, by name, resolved once for facts and tasks."""

import dataclasses

import numpy as np

from xdomain_keras.data import ClassTable
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.cells import measured_tasks, trained_matrix
from xdomain_keras.experiments.class_names import IGNORE, require_classes, require_distinct, require_names, require_rows
from xdomain_keras.experiments.sources import split_annotates
from xdomain_keras.label_matrix import Cell
from xdomain_keras.signatures import fold, require_known

REST = "*"  # every value that the config does not list


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
    trained = trained_matrix(config).domains_of(name)
    measured = [domain for domain in config.domains if name in measured_tasks(config, domain) and domain not in trained]
    values = {domain: read_values(config, data, name, domain) for domain in (*trained, *measured)}
    require_names(fixed, f"tasks.{name}.class_names")
    names = list(fixed or dict.fromkeys(each for d in trained for own in values[d].values() for each in own))
    where = f"tasks.{name}.class_names" if fixed else f"the classes of `{name}` that are trained"
    require_distinct(names, {d: values[d] for d in trained}, name)
    for domain, own in values.items():
        require_classes(name, names, domain, own, where)
    if read_labels:
        counts = {d: count_values(data, config, name, d, list(values[d])) for d in trained}
    else:
        counts = {d: dict.fromkeys(config.domains[d].labels.get("hide", {}).get(name, ()), 0) for d in trained}
    found = found_classes(config, name, names, values, counts, trained)
    background = next((each for each in names if background and fold(each) == fold(background)), None)
    cells = {}
    for domain, own in values.items():
        default = [each for each in names if each in found[domain]] if own else names
        splits = config.domains[domain].splits
        cells[Cell(name, domain)] = {
            "values": own,
            "annotates": {split: annotated(config, name, domain, split, names, default) for split in splits},
            "counts": counts.get(domain, {}) if read_labels else {},
        }
    sets = collect_sets(names, cells, background)
    for members in sets:
        if (joined := "|".join(names[index] for index in members)) in names:  # as scores of the set are called
            raise ConfigError(f"class `{joined}` has the name of a set of classes in scores; map it to another name.")
    return TaskClasses(names, cells, sets)


def found_classes(config, task, names, values, counts, trained):
    """Dict of domain → set of the class names that count as annotated there, where nobody says otherwise.

    They are the classes with a label, and those that the domain names although no training label of any domain has
    them: what nobody taught would else take the place of the background. Where weights of an earlier run know such
    classes, or the config hides them, they stay unknown.

    Args:
        config: `ExperimentConfig`.
        task: its name.
        names: of the task's classes.
        values: dict of domain → value → names of the classes that it may be.
        counts: dict of domain → value → how often it occurs; of a value that nobody counted it is taken for granted.
        trained: the domains that train the task.
    """
    named = {d: {each for sets in own.values() for each in sets} for d, own in values.items()}
    found = {
        d: {each for value, sets in own.items() if counts.get(d, {}).get(value, 1) for each in sets}
        for d, own in values.items()
    }
    nowhere = set(names).difference(*(found[d] for d in trained))
    if config.model.start_from:
        return found
    unnamed = nowhere.difference(*(named[d] for d in trained))
    for domain, own in values.items():
        hidden = config.domains[domain].labels.get("hide", {}).get(task, ())
        hidden = {each for value in hidden for each in own.get(value, ())}
        found[domain] |= (nowhere & named[domain] | unnamed) - hidden
    return found


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
    require_values(config, name, domain, found)
    return meanings(config, data.task_kind(name), name, domain, found)


def require_values(config, task, domain, known):
    """Raise a `ConfigError` where a domain's `classes` list a value that its labels do not know."""
    for value in config.domains[domain].classes.get(task, {}):
        if value != REST:
            require_known("value of the labels", value, known, f"domains.{domain}.classes.{task}")


def meanings(config, task, name, domain, values):
    """Dict of value → names of the classes that it may be, of some values in a domain's labels for a task."""
    given, place = config.domains[domain].classes.get(name, {}), f"domains.{domain}.classes.{name}"
    found = {value: members(given.get(value, given.get(REST, value)), f"{place}.{value}") for value in values}
    require_rows(task, found, place)
    return found


def members(given, place):
    """The class names that a config says for one value, as a list; empty for `ignore`."""
    if given == IGNORE:
        return []
    names = [given] if isinstance(given, str) else given
    folded = [fold(name) for name in names]
    if not names or "" in folded or REST in names or len(set(names)) < len(names) or {IGNORE, f"{IGNORE}d"} & {*folded}:
        raise ConfigError(f"{place} is {given!r}; expected a class, a list of different classes, or `{IGNORE}`.")
    return list(names)


def annotated(config, name, domain, split, names, default):
    """Names of the classes that are annotated in a split: as it says, or its domain, or the default."""
    own, place = config.domains[domain], f"domains.{domain}.splits.{split}"
    given, place = split_annotates(own.splits[split], place)[0].get(name), f"{place}.annotates.{name}"
    if given is None:
        given, place = own.annotates.get(name), f"domains.{domain}.annotates.{name}"
    for each in given or ():
        require_known("class", each, names, place)
    return [each for each in names if each in (default if given is None else given)]


def count_values(data, config, name, domain, values):
    """Dict of value → how often it occurs in the training labels of a domain; images with a fault are passed over."""
    counts = np.zeros(len(values), np.int64)
    kinds = {kind.name: kind for each in data.task_kind(name).alternatives() for kind in each}
    order = [values.index(each) for each in data.names(domain, "train", data.task_kind(name))]
    for labels in data.labels(domain, "train"):
        for kind in kinds.values():
            if kind.names_are and kind.present(labels):
                np.add.at(counts, order, kind.count(kind.take(labels), len(order)))
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


def read_table(config, classes, task, domain, split, values):
    """The `ClassTable` of a split, as the config says now: it may have other domains and splits than were trained.

    Args:
        config: `ExperimentConfig`.
        classes: as of `Facts`.
        task: `Task`.
        domain, split: str.
        values: the names in the split's labels, in their order.

    Raises:
        ConfigError: a value means something that the task does not know, or there is no such value.
    """
    cell = classes.get(str(Cell(task.name, domain)), {})
    meant, kept = cell.get("values", {}), cell.get("annotates", {})  # as the network was trained, over all splits
    require_values(config, task.name, domain, dict.fromkeys((*values, *meant)))
    names, sets = list(task.class_names), tuple(map(tuple, task.class_sets or ()))
    own = meanings(config, task, task.name, domain, values)
    require_classes(task.name, names, domain, own, f"the classes of `{task.name}`")
    known = [kept[each] for each in (split, "train", *kept) if each in kept]  # the split, or what comes nearest
    anew = not known or any(meant.get(value, may_be) != may_be for value, may_be in own.items())
    default = {each for may_be in own.values() for each in may_be} if anew else known[0]
    annotates = annotated(config, task.name, domain, split, names, default)
    found = tuple(widened(own[each], names, annotates, task.background) for each in values)
    for value, each in zip(values, found, strict=True):
        if len(each) > 1 and each not in sets:
            shown = ", ".join(names[index] for index in each)
            raise ConfigError(
                f"domains.{domain}: `{value}` of task `{task.name}` may be one of [{shown}], a set that was not "
                f"trained; map it to a class, or to `{IGNORE}`."
            )
    return ClassTable(len(names), sets, found, tuple(names.index(each) for each in annotates))

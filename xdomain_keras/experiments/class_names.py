"""Names of classes: what is refused, what looks like a mistake, and what is told of it."""

import difflib
import string

from xdomain_keras.errors import ConfigError
from xdomain_keras.label_matrix import Cell
from xdomain_keras.signatures import fold, suggest

IGNORE = "ignore"
NEAR = 0.85  # likeness from which two names may mean one class
NO_DIGITS = str.maketrans("", "", string.digits)


def require_names(names, place):
    """Raise a `ConfigError` where the names that a config gives its classes are not a list of texts.

    Args:
        names: what was given, or None.
        place: where it stands.
    """
    sound = isinstance(names, list | tuple) and all(isinstance(each, str) and each.strip() for each in names)
    if names is not None and not sound:
        raise ConfigError(f"{place} is {names!r:.80}; expected a list of names, as [car, bus].")


def require_rows(task, values, place):
    """Raise a `ConfigError` where names are those of rows, of points as keypoints, and two rows would be one."""
    if not any(kind.names_are == "rows" for each in task.alternatives() for kind in each):
        return
    seen = {}
    for value, own in values.items():
        if len(own) > 1:
            raise ConfigError(f"{place}.{value} is {own}; a point is one of the task's points, or `{IGNORE}`.")
        if own and (other := seen.setdefault(own[0], value)) != value:
            raise ConfigError(f"{place}: `{other}` and `{value}` are both `{own[0]}`; map one to `{IGNORE}`.")


def require_distinct(names, values, task):
    """Raise a `ConfigError` where a class is named twice, or in two spellings.

    Args:
        names: list of the class names.
        values: dict of domain → value → names of the classes that it may be.
        task: name of the task.
    """
    folded = {}
    for each in names:
        if fold(each) not in folded:
            folded[fold(each)] = each
            continue
        if (other := folded[fold(each)]) == each:
            raise ConfigError(f"class `{each}` is named twice; name every class once.")
        found = [(domain, value) for domain, own in values.items() for value, sets in own.items() if each in sets]
        advice = "name one of them alone."
        if found:
            advice = f"map one of them, as domains.{found[0][0]}.classes: {{{task}: {{{found[0][1]}: {other}}}}}."
        raise ConfigError(f"`{other}` and `{each}` are two spellings of one class; {advice}")


def require_classes(task, names, domain, values, where):
    """Raise a `ConfigError` where a value means something that is not among the class `names`, which stand `where`."""
    for value, own in values.items():
        for each in own:
            if each not in names:
                raise ConfigError(
                    f"domains.{domain}: `{each}` is not among {where}; {suggest(each, names)} Map it, as "
                    f"domains.{domain}.classes: {{{task}: {{{value}: {nearest(each, names)}}}}}."
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


def class_notes(classes, domains, tasks=()):
    """Sentences on what the classes of some cells leave to wonder about.

    Args:
        classes: as of `Facts`.
        domains: dict of name → `DomainConfig`; of what it hides nobody wonders why it does not occur.
        tasks: dict of name → `Task`, where they are known.
    """
    notes = []
    for cell, own in classes.items():
        task, domain = Cell.parse(cell)
        hidden = domains[domain].labels.get("hide", {}).get(task, ())
        never = [value for value, count in own["counts"].items() if not count and own["values"][value]]
        never = [value for value in never if value not in hidden]
        if never:
            shown = ", ".join(never[:8]) + (", …" if len(never) > 8 else "")
            notes.append(f"{cell}: {len(never)} of its classes never occur in the training labels: {shown}.")
        known = {*own["annotates"].get("train", ())}
        for value, count in own["counts"].items():
            if count and own["values"][value] and not known.intersection(own["values"][value]):
                notes.append(f"{cell}: {count} labels of `{value}` are not taught, since `annotates` leaves it out.")
    for task, cells in by_task(classes).items():
        notes += background_notes(tasks[task], cells) if task in tasks else []
        names = [name for own in cells.values() for given in own["values"].values() for name in given]
        listed = dict.fromkeys(name for own in cells.values() for given in own["annotates"].values() for name in given)
        if ghosts := [name for name in listed if name not in names]:
            notes.append(f"{task}: no label stands for {', '.join(f'`{name}`' for name in ghosts[:8])}.")
        pairs = near_names(list(dict.fromkeys(names)))
        if pairs:
            shown = ", ".join(f"`{a}` and `{b}`" for a, b in pairs[:5]) + (", …" if len(pairs) > 5 else "")
            notes.append(f"{task}: {shown} are different classes; map one to the other if they mean the same.")
    return notes


def background_notes(task, cells):
    """A sentence where pixels of classes that a domain does not annotate are taught as another class.

    Args:
        task: `Task`.
        cells: dict of domain → what its labels say, as of `Facts`.
    """
    for domain, own in cells.items() if task.classifies and task.background is None else ():
        unknown = [name for name in task.class_names if name not in own["annotates"].get("train", task.class_names)]
        if unknown:
            return [
                f"{task.name}: `{domain}` does not annotate {shorten(unknown)}, and no class is called `background`; "
                f"pixels of them are taught as what they are labelled there. Name what stands for everything else in "
                f"tasks.{task.name}.background."
            ]
    return []


def shorten(names, count=4):
    """The first names of a list, and that there are more."""
    return ", ".join(f"`{name}`" for name in names[:count]) + (", …" if len(names) > count else "")


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

"""Reading all data of an experiment, and listing what is wrong with them."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

from xdomain_keras.data import DataFault, Fault
from xdomain_keras.data.readable import find_fault
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.label_matrix import Cell

THREADS = 2  # that decode


@dataclasses.dataclass(frozen=True)
class PlacedFault:
    """A fault, and where in the config its data are named.

    Args:
        domain: name of the domain.
        split: of it.
        fault: `Fault`.

    Example:

    >>> print(PlacedFault("road", "train", Fault("boxes.json", "images[2]", "is gone.")))
    road/train: boxes.json: images[2]: is gone.
    """

    domain: str
    split: str
    fault: Fault

    def __str__(self):
        return f"{self.domain}/{self.split}: {self.fault}"

    def as_json(self):
        """A flat dict."""
        return {"domain": self.domain, "split": self.split, **dataclasses.asdict(self.fault)}


def find_faults(config, data, model, decode=True):
    """List every fault of every source and split, each once.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        model: `Model`.
        decode: also decode every image.

    Returns:
        List of `PlacedFault`.

    Raises:
        ConfigError: a cell has no labels in its source.
    """
    placed, seen = [], set()
    for domain, own in config.domains.items():
        for split in own.splits:
            for fault in split_faults(config, data, model, domain, split, decode):
                if fault not in seen:
                    seen.add(fault)
                    placed.append(PlacedFault(domain, split, fault))
    return placed


def split_faults(config, data, model, domain, split, decode):
    """The faults of one split: of its annotations, then of its files."""
    place, own = f"domains.{domain}.splits.{split}", config.domains[domain]
    try:
        source = data.source(domain, split)
    except DataFault as error:
        return [error.fault]
    except DataError as error:
        return [Fault(place, "", str(error))]
    trained = own.tasks if split == "train" and own.train else []
    tasks = model.tasks_on(data, domain, split)
    check_labels(tasks, trained, domain, source)
    faults = list(source.faults)
    if trained:
        try:
            faults += hidden_faults(data.availability(domain), domain, trained)
        except DataFault as error:
            faults.append(error.fault)
    if split == "train" and own.train and not faults:
        data.domain(domain, tasks)  # for what its other options say
    if decode and source.decodes_files:
        labelled = {name: tasks[name] for name in trained} if not faults else {}
        with ThreadPoolExecutor(THREADS) as pool:
            tried = list(pool.map(lambda index: try_image(source, index, labelled), range(len(source))))
        faults += [fault for fault, _ in tried if fault]
        for name in labelled if not faults else ():
            if not any(name in found for _, found in tried):
                message = (
                    f"cell {Cell(name, domain)}: none of its {len(source)} images has a label with anything known in "
                    f"it, {source.ids[0]} the first; look at the reader's options, as `scale`, at `classes` and "
                    f"`annotates` of domains.{domain}, and at tasks.{name}."
                )
                faults.append(Fault(place, "", message))
    return faults or classless_faults(config, model.classes, domain, trained)


def find_open_faults(config, data):
    """List the faults that sources have without their tasks, as far as they can be opened; no image is decoded."""
    placed = []
    for domain, own in config.domains.items():
        for split in own.splits:
            try:
                faults = data.source(domain, split).faults
            except DataFault as error:
                faults = [error.fault]
            except DataError as error:
                faults = [Fault(f"domains.{domain}.splits.{split}", "", str(error))]
            placed += [PlacedFault(domain, split, fault) for fault in faults]
    return placed


def hidden_faults(table, domain, tasks):
    """Cells that a domain's `labels` leave without any."""
    counts = table.count() if table else {}
    return [
        Fault(
            f"domains.{domain}.labels",
            "",
            f"cell {Cell(task, domain)}: none of the {len(table.rows)} images keeps its label; give the task a share, "
            f"or take it out of domains.{domain}.tasks.",
        )
        for task in tasks
        if counts.get(task) == 0
    ]


def classless_faults(config, classes, domain, tasks):
    """Cells whose training labels are of no class at all, where the config does not say that this is meant."""
    faults = []
    for task in tasks:
        cell = classes.get(str(Cell(task, domain)), {})
        counts = [count for value, count in cell.get("counts", {}).items() if cell["values"][value]]
        if counts and not any(counts) and not config.domains[domain].annotates.get(task):
            message = (
                f"cell {Cell(task, domain)}: no training label is of a class; crowds and ignored values are of none. "
                f"Where its images are known to show none, list the classes in domains.{domain}.annotates.{task}."
            )
            faults.append(Fault(f"domains.{domain}", "", message))
    return faults


def try_image(source, index, tasks):
    """Read one sample: (the fault that this meets, or None; the names of the tasks that it is labelled for)."""
    if not tasks:
        return find_fault(source, index), ()
    try:
        sample = source[index]
    except DataFault as error:
        return error.fault, ()
    return None, {name for name, task in tasks.items() if task.has_labels(sample)}


def check_labels(tasks, wanted, domain, source):
    """Raise `ConfigError` where a cell of the label matrix has no labels in the source."""
    for name in wanted:
        task = tasks[name]
        if not task.is_served_by(source.labels):
            raise ConfigError(
                f"domains.{domain}.tasks: `{name}` needs labels of the kind {' or '.join(task.kinds())}, which its "
                f"source does not carry (it has {', '.join(sorted(source.labels)) or 'no labels'}); drop the task or "
                "add a source."
            )


def require_sound(faults, on_bad="stop"):
    """Raise a one-line `DataError` for the first fault, saying how many more there are.

    Args:
        faults: list of `PlacedFault`.
        on_bad: of the loader; with `"skip"` only what leaves a cell without labels is raised.

    Returns:
        the faults that are skipped.
    """
    skipped = []
    if on_bad == "skip":
        skipped = [placed for placed in faults if not placed.fault.file.startswith("domains.")]
        faults = [placed for placed in faults if placed.fault.file.startswith("domains.")]
    if faults:
        more = f" ({len(faults) - 1} more; `xdomain check` lists all)" if len(faults) > 1 else ""
        raise DataError(f"{faults[0].fault}{more}")
    return skipped

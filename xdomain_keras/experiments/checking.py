"""Reading all data of an experiment before anything starts."""

import inspect
import itertools
from concurrent.futures import ThreadPoolExecutor

from xdomain_keras.data import DataFault, Fault
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.sources import names_for


def find_faults(experiment, decode=True, threads=2):
    """List every fault of every source and split, each once.

    Args:
        experiment: `Experiment`.
        decode: also decode every image.
        threads: that decode.

    Returns:
        List of dict `{"domain", "split", "file", "field", "message"}`.
    """
    faults, seen = [], set()
    for domain in experiment.config.domains:
        for split in experiment.splits(domain):
            for fault in split_faults(experiment, domain, split, decode, threads):
                if fault not in seen:
                    seen.add(fault)
                    place = {"domain": domain, "split": split}
                    faults.append({**place, "file": fault.file, "field": fault.field, "message": fault.message})
    return faults


def split_faults(experiment, domain, split, decode, threads):
    """The faults of one split: of its annotations, then of its files."""
    try:
        source = experiment.source(domain, split)
    except DataFault as error:
        return [error.fault]
    except DataError as error:
        return [Fault(f"domains.{domain}.splits.{split}", "", str(error))]
    check_labels(experiment, domain, split, source)
    check_names(experiment, domain, split, source)
    faults = list(source.faults)
    if split == "train" and experiment.config.domains[domain].train:
        try:
            faults += hidden_faults(experiment.availability(domain), domain, experiment.config.domains[domain].tasks)
        except DataFault as error:
            faults.append(error.fault)
    tasks = trained_tasks(experiment, domain) if split == "train" and not faults else {}
    if tasks:
        experiment.domain(domain)  # for what its other options say
    if decode and source.decodes_files:
        with ThreadPoolExecutor(threads) as pool:
            tried = list(pool.map(lambda index: try_image(source, index, tasks), range(len(source))))
        faults += [fault for fault, _ in tried if fault]
        for name in tasks if not faults else ():
            if not any(name in labelled for _, labelled in tried):
                message = (
                    f"cell {name}@{domain}: none of its {len(source)} images has a label with anything known in it, "
                    f"{source.ids[0]} the first; look at the reader's options, as `scale`, and at tasks.{name}."
                )
                faults.append(Fault(f"domains.{domain}.splits.{split}", "", message))
    return faults


def hidden_faults(table, domain, tasks):
    """Cells that a domain's `labels` leave without any."""
    counts = table.count() if table else {}
    return [
        Fault(
            f"domains.{domain}.labels",
            "",
            f"cell {task}@{domain}: none of the {len(table.rows)} images keeps its label; give the task a share, or "
            f"take it out of domains.{domain}.tasks.",
        )
        for task in tasks
        if counts.get(task) == 0
    ]


def buildable_tasks(experiment):
    """Dict of task name → `Task`; empty where one cannot be made, which is told of the source that it needs."""
    try:
        return experiment.tasks
    except DataError:
        return {}


def trained_tasks(experiment, domain):
    """Those of `buildable_tasks` that a domain trains."""
    config, tasks = experiment.config.domains[domain], buildable_tasks(experiment)
    return {name: tasks[name] for name in config.tasks} if config.train and tasks else {}


def try_image(source, index, tasks):
    """Read one sample: (the fault that this meets, or None; the names of the tasks that it is labelled for)."""
    try:
        sample = source[index]
    except DataFault as error:
        return error.fault, ()
    return None, {name for name, task in tasks.items() if task.has_labels(sample)}


def check_labels(experiment, domain, split, source):
    """Raise `ConfigError` where a cell of the label matrix has no labels in the source."""
    config = experiment.config.domains[domain]
    wanted = config.tasks if split == "train" and config.train else []
    for name in wanted:
        kind = experiment.task_kind(name)
        if not kind.is_served_by(source.labels):
            raise ConfigError(
                f"domains.{domain}.tasks: `{name}` needs labels of the kind {' or '.join(kind.kinds())}, which its source "
                f"does not carry (it has {', '.join(sorted(source.labels)) or 'no labels'}); drop the task or add a "
                "source."
            )


def check_names(experiment, domain, split, source):
    """Raise `ConfigError` where a number means another class, or a row another keypoint, than the task takes it for.

    Names that the config gives a task may be other words than those of a source, but not the same in another order.
    """
    config, tasks = experiment.config.domains[domain], buildable_tasks(experiment)
    for name in dict.fromkeys([*(config.tasks if config.train else ()), *experiment.evaluated_tasks(domain)]):
        # Other tasks have no classes, or always the same.
        if name not in tasks or "class_names" not in inspect.signature(type(tasks[name])).parameters:
            continue
        expected, found = tasks[name].class_names, names_for(tasks[name], source)
        said = "class_names" in experiment.config.tasks.get(name, {})
        if not found or found == expected or (said and set(found) != set(expected)):
            continue
        pairs = enumerate(itertools.zip_longest(found, expected, fillvalue="none"))
        row, (here, there) = next((row, pair) for row, pair in pairs if pair[0] != pair[1])
        first = experiment.matrix.domains_of(name)[0]
        place = f"tasks.{name}.class_names" if said else f"domains.{first}.splits.{experiment.splits(first)[0]}"
        mend = f"give both the same names in one order, or, where only the words differ, tasks.{name}.class_names."
        raise ConfigError(
            f"domains.{domain}.splits.{split}: name {row} of `{name}` is `{here}`, and `{there}` in {place}; {mend}"
        )


def require_sound(experiment, decode=True):
    """Raise a one-line `DataError` for the first fault, saying how many more there are.

    With `loader.on_bad: skip` only what leaves a cell without labels is raised.

    Returns:
        the faults that were skipped, as `find_faults` lists them.
    """
    faults, skipped = find_faults(experiment, decode), []
    if experiment.config.loader.on_bad == "skip":
        skipped = [fault for fault in faults if not fault["file"].startswith("domains.")]
        faults = [fault for fault in faults if fault not in skipped]
    if faults:
        first = faults[0]
        place = f"{first['file']}: {first['field']}" if first["field"] else first["file"]
        more = f" ({len(faults) - 1} more; `xdomain check` lists all)" if len(faults) > 1 else ""
        raise DataError(f"{place}: {first['message']}{more}")
    return skipped

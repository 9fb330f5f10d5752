"""Reading all data of an experiment before anything starts."""

from concurrent.futures import ThreadPoolExecutor

from xdomain_keras.data import DataFault, Fault
from xdomain_keras.errors import ConfigError, DataError


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
    faults = list(source.faults)
    if split == "train" and experiment.config.domains[domain].train:
        try:
            experiment.availability(domain)
        except DataFault as error:
            faults.append(error.fault)
    if decode and source.decodes_files:
        with ThreadPoolExecutor(threads) as pool:
            faults += [
                fault for fault in pool.map(lambda index: image_fault(source, index), range(len(source))) if fault
            ]
    return faults


def image_fault(source, index):
    """The fault that reading one sample meets, or None."""
    try:
        source[index]
    except DataFault as error:
        return error.fault
    return None


def check_labels(experiment, domain, split, source):
    """Raise `ConfigError` where a cell of the label matrix has no labels in the source."""
    config = experiment.config.domains[domain]
    wanted = config.tasks if split == "train" and config.train else []
    for name in wanted:
        missing = [key for key in experiment.task_kind(name).labels if key not in source.labels]
        if missing:
            raise ConfigError(
                f"domains.{domain}.tasks: `{name}` needs `{missing[0]}`, which its source does not carry (it has "
                f"{', '.join(sorted(source.labels)) or 'no labels'}); drop the task or add a source."
            )


def require_sound(experiment, decode=True):
    """Raise a one-line `DataError` for the first fault, saying how many more there are."""
    faults = find_faults(experiment, decode)
    if faults:
        first = faults[0]
        place = f"{first['file']}: {first['field']}" if first["field"] else first["file"]
        more = f" ({len(faults) - 1} more; `xdomain check` lists all)" if len(faults) > 1 else ""
        raise DataError(f"{place}: {first['message']}{more}")

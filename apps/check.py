"""Refuse what `train` would refuse, and list every fault of the data: `xdomain check CONFIG`.

Exit code 2 where the config cannot be run as it is written, 3 where a data set has a fault.
"""

import json
import sys


def add_arguments(parser):
    parser.add_argument("config", help="YAML file, or the name of a packaged config")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--json", action="store_true", help="print the list of faults as JSON")


def run(arguments):
    from .configs import read_config

    config = read_config(arguments.config, arguments.overrides)
    from xdomain_keras.errors import DataError
    from xdomain_keras.experiments.data import Data
    from xdomain_keras.experiments.validate import prepare
    from xdomain_keras.parts import load_parts

    told, parts = [], load_parts(arguments.parts)
    data = Data(config, parts)
    try:
        experiment, _, notes = prepare(config, parts, data.sources, tell=told.append)
    except DataError:
        if not told:  # a source could not be opened; the others are looked at all the same
            told.append(find_what_can_be_found(config, data))
        show(arguments.json, told[0], config, data)
        raise
    show(arguments.json, told[0], config, data, data.hidden_labels(), experiment.facts.classes, experiment.model.tasks)
    for note in notes if not arguments.json else ():
        print(f"note: {note}")


def find_what_can_be_found(config, data):
    """The faults of all sources, where one cannot be opened that the network needs."""
    from xdomain_keras.errors import XDomainError
    from xdomain_keras.experiments.faults import find_open_faults

    try:
        return find_open_faults(config, data)
    except XDomainError:
        return []


def show(as_json, faults, config, data, hidden=None, classes=None, tasks=None):
    """Print the faults, and what was read."""
    from xdomain_keras.experiments.cells import trained_matrix
    from xdomain_keras.experiments.class_names import by_task, class_notes
    from xdomain_keras.reporting.tables import class_tables, labels_table, plain_table

    if as_json:
        print(json.dumps([placed.as_json() for placed in faults]))
        return
    for placed in faults:
        print(placed)
    print(trained_matrix(config))
    if hidden:
        print(plain_table(*labels_table({domain: table.as_json() for domain, table in hidden.items()})))
    for table in class_tables(by_task(classes or {})).values():
        print(plain_table(*table))
    for note in class_notes(classes or {}, config.domains, tasks or {}):
        print(f"note: {note}")
    for domain, split in data.sources:
        print(f"{domain}/{split}: {data.count(domain, split)} images, {', '.join(sorted(data.kinds(domain, split)))}")


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

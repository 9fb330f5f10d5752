"""Read all data of a config and list every fault: `xdomain check CONFIG`. Exit code 3 when there is one.

A stage or a term that cannot be run is an error of the config, exit code 2.
"""

import json
import sys


def add_arguments(parser):
    parser.add_argument("config", help="YAML file, or the name of a packaged config")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--json", action="store_true", help="print the list of faults as JSON")


def run(arguments):
    from xdomain_keras.errors import DataError

    from .configs import read_config

    config = read_config(arguments.config, arguments.overrides)
    from xdomain_keras.experiments.build import Experiment
    from xdomain_keras.experiments.checking import find_faults
    from xdomain_keras.experiments.runnable import require_runnable
    from xdomain_keras.reporting.tables import labels_table, plain_table

    experiment = Experiment(config)
    faults = find_faults(experiment)
    if arguments.json:
        print(json.dumps(faults))
    else:
        for fault in faults:
            place = f"{fault['file']}: {fault['field']}" if fault["field"] else fault["file"]
            print(f"{fault['domain']}/{fault['split']}: {place}: {fault['message']}")
        print(experiment.matrix)
        if not faults and (labels := experiment.hidden_labels()):
            print(plain_table(*labels_table(labels)))
        for (domain, split), source in experiment.sources.items():
            print(f"{domain}/{split}: {len(source)} images, {', '.join(sorted(source.labels))}")
    if faults:
        raise DataError(f"{len(faults)} fault(s) in the data of {config.name}; see the list.")
    require_runnable(experiment)


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

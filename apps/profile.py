"""Count parameters and MACs, measure speed and memory: `xdomain profile CONFIG`."""

import json
import sys


def add_arguments(parser):
    parser.add_argument("config", help="YAML file, or the name of a packaged config")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--batch", type=int, default=1, help="images per forward pass (default: 1)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to measure; 0 counts only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments):
    from .configs import read_config

    config = read_config(arguments.config, arguments.overrides)
    from xdomain_keras.experiments.profile import profile
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.tables import plain_table

    figures = profile(config, arguments.batch, arguments.seconds, load_parts(arguments.parts))
    if arguments.json:
        print(json.dumps(figures))
    else:
        rows = figures.pop("parts")
        for key, value in figures.items():
            print(f"{key:36} {value:,.1f}" if isinstance(value, float) else f"{key:36} {value}")
        header = list(rows[0])
        print("", plain_table(header, [[row[key] for key in header] for row in rows]), sep="\n")


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

"""Train a config many times with other values: `xdomain sweep CONFIG --vary "seed=[0, 1, 2]" [--vary …]`.

Keys that change together stand in one: `--vary "terms.a.weight,terms.b.weight=[[.4, .6], [.5, .5]]"`. Several `--vary`
are combined in all ways. Stopped, the same command goes on where it was.
"""

import json
import pathlib
import sys


def add_arguments(parser):
    parser.add_argument("config", help="YAML file, or the name of a packaged config")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--vary", action="append", required=True, metavar="KEY=[VALUES]", help="values to try")
    parser.add_argument("--run", dest="folder", metavar="RUNS", help="folder of the runs (default: runs/NAME-sweep)")
    parser.add_argument("--split", default="validation", help="whose figures are shown (default: validation)")


def run(arguments):
    from xdomain_keras.errors import ConfigError
    from xdomain_keras.files import write_atomically

    from .configs import read_config

    base = read_config(arguments.config, arguments.overrides)

    from xdomain_keras.experiments.sweep import combine, name_of, overrides_of, parse_axis, sweep
    from xdomain_keras.reporting.progress import progress_callbacks
    from xdomain_keras.reporting.tables import plain_table

    settings = combine([parse_axis(text) for text in arguments.vary])
    # All are read before one is trained.
    configs = {
        name_of(setting): read_config(arguments.config, [*arguments.overrides, *overrides_of(setting)])
        for setting in settings
    }
    if len(configs) < len(settings):
        raise ConfigError("--vary: two settings have the same name; name every value once.")
    folder = pathlib.Path(arguments.folder or pathlib.Path("runs") / f"{base.name}-sweep")
    rows = []
    for (name, figures), setting in zip(
        sweep(configs, folder, arguments.split, [progress_callbacks]), settings, strict=True
    ):
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()), file=sys.stderr, flush=True)
        rows.append({"run": name, "setting": setting, "figures": figures})
        write_atomically(folder / "sweep.json", json.dumps(rows, indent=2) + "\n")
    columns = list(dict.fromkeys(key for row in rows for key in row["figures"]))
    print(plain_table(["run", *columns], [[row["run"], *(row["figures"].get(key) for key in columns)] for row in rows]))


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

"""Train a config many times with other values: `xdomain sweep CONFIG --vary "seed=[0, 1, 2]" [--vary …]`.

Keys that change together stand in one: `--vary "terms.a.weight,terms.b.weight=[[.4, .6], [.5, .5]]"`. Several `--vary`
are combined in all ways. Every setting is built before the first is trained.

Stopped, the same command goes on where it was. With other values of the same keys it adds rows to the table,
`sweep.json`; a sweep over other keys, or of another config, needs a folder of its own.
"""

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

    from .configs import read_config

    base = read_config(arguments.config, arguments.overrides)

    from xdomain_keras.experiments.sweep import combine, name_of, overrides_of, parse_axis, sweep
    from xdomain_keras.experiments.sweep_table import SweepTable
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.progress import progress_callbacks
    from xdomain_keras.reporting.tables import plain_table

    def config_of(setting):
        return read_config(arguments.config, [*arguments.overrides, *overrides_of(setting)])

    settings = {}
    for setting in combine([parse_axis(text) for text in arguments.vary]):
        if name_of(setting) in settings:
            raise ConfigError(f"--vary: two settings have the name {name_of(setting)}; name every value once.")
        settings[name_of(setting)] = setting
    configs = {name: config_of(setting) for name, setting in settings.items()}  # all are read before one is built
    folder, split = pathlib.Path(arguments.folder or pathlib.Path("runs") / f"{base.name}-sweep"), arguments.split
    table = SweepTable(folder)
    table.require_same_sweep(list(setting), config_of)
    for name, figures in sweep(configs, folder, split, [progress_callbacks], load_parts(arguments.parts)):
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()), file=sys.stderr, flush=True)
        table.add(name, settings[name], split, figures)
    print(plain_table(*table.of_split(split)))


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

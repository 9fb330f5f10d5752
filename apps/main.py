"""`xdomain`: one command with a subcommand an app. Nothing heavy is imported before it is needed."""

import argparse
import importlib
import sys

# Command → what it does. Each is a module beside this one with `add_arguments` and `run`.
COMMANDS = {
    "train": "train a config into a run folder",
    "sweep": "train a config many times with other values, and compare",
    "table": "train the rows of a table with several seeds, and compare them",
    "evaluate": "measure a trained run",
    "predict": "paint predictions of a run on images",
    "export": "write a run as SavedModel and verify it",
    "check": "read all data of a config and list every fault",
    "profile": "count parameters and MACs, measure speed and memory",
    "report": "write the report of a run anew",
    "relatedness": "how alike two runs see images (RSA)",
    "list": "name the configs, backbones, readers, tasks and terms",
}


def main(argv=None):
    """Run one command; returns its exit code (0 ok, 2 config, 3 data, 4 diverged, 130 interrupted)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(
        prog="xdomain", description="One Keras model from several image data sets, each labelled for different things."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        app = importlib.import_module(f"{__package__}.{name if name != 'list' else 'list_names'}")
        subparser = commands.add_parser(name, help=summary, description=app.__doc__)
        app.add_arguments(subparser)
        finish_parser(subparser, app)
    return run_app(parse(parser, argv))


def finish_parser(parser, app):
    """Add what all commands share."""
    parser.add_argument(
        "--parts", action="append", default=[], metavar="FILE", help="Python file with tasks, readers, … of your own"
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(function=app.run)


def parse(parser, argv=None):
    """Parse a command line in which overrides may also stand behind the options (argparse takes one stretch only)."""
    arguments, rest = parser.parse_known_args(argv)
    if rest and (not hasattr(arguments, "overrides") or any(text.startswith("-") for text in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        arguments.overrides = [*arguments.overrides, *rest]
    return arguments


def run_app(arguments):
    """Call an app's `run`; an error that the user can mend becomes one line and an exit code."""
    try:
        arguments.function(arguments)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if arguments.debug:
            raise
        code = getattr(error, "exit_code", None)
        message = " ".join(str(error).split())
        if code is None:  # nobody foresaw it
            message = f"{type(error).__name__}: {message}; add --debug to see where."
        print(f"error: {message}", file=sys.stderr)
        return code or 1
    return 0


def run_alone(app):
    """Run one app as `python -m apps.NAME`."""
    parser = argparse.ArgumentParser(description=app.__doc__)
    app.add_arguments(parser)
    finish_parser(parser, app)
    return run_app(parse(parser))


if __name__ == "__main__":
    sys.exit(main())

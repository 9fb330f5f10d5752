"""Calling one app as `xdomain` does, with what lies below it replaced."""

import argparse
import contextlib
import io

from xdomain_keras.apps.main import finish_parser, parse


def call(app, *arguments):
    """Run one app; what it printed."""
    parser = argparse.ArgumentParser()
    app.add_arguments(parser)
    finish_parser(parser, app)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        app.run(parse(parser, [str(argument) for argument in arguments]))
    return printed.getvalue()

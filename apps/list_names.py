"""Name what there is: `xdomain list [configs | readers | tasks | terms | methods | backbones | balancers]`."""

import sys

KINDS = ("configs", "readers", "tasks", "terms", "methods", "backbones", "balancers")


def add_arguments(parser):
    parser.add_argument("kind", nargs="?", choices=KINDS, help="only this kind")


def run(arguments):
    for kind in [arguments.kind] if arguments.kind else KINDS:
        names = list(names_of(kind))
        print(f"{kind}: {', '.join(names)}" if kind != "configs" else "configs:\n  " + "\n  ".join(names))


def names_of(kind):
    """Names of one kind; imports only what that kind needs."""
    if kind == "configs":
        from .configs import packaged_configs

        return [name for name in packaged_configs()]
    from .backend import start_backend

    start_backend(quiet=True)  # the parts are Keras objects; nothing is computed
    from xdomain_keras.experiments.build import METHODS, TASKS, TERMS
    from xdomain_keras.experiments.sources import SOURCES
    from xdomain_keras.models import BACKBONES
    from xdomain_keras.training import BALANCERS

    kinds = {"readers": SOURCES, "tasks": TASKS, "terms": TERMS, "methods": METHODS, "backbones": BACKBONES}
    return {**kinds, "balancers": BALANCERS}[kind]


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

"""Name what there is: `xdomain list`, one kind: `xdomain list readers`, or one part: `xdomain list readers/coco`."""

import dataclasses
import importlib
import itertools
import sys

from .main import run_alone, start_backend


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of parts: where the package has its own, and what the program gives each of them by itself."""

    module: str
    attribute: str
    given: tuple = ()


KINDS = {
    "configs": Kind("packaged_configs", "packaged_configs"),
    "readers": Kind("experiments.sources", "SOURCES"),
    "tasks": Kind("tasks", "TASKS", ("name", "size")),
    "terms": Kind("terms", "TERMS", ("name", "tasks", "losses")),
    "methods": Kind("methods", "METHODS"),
    "backbones": Kind("models.backbones", "BACKBONES", ("input_shape", "weights", "name")),
    "balancers": Kind("training.balancing", "BALANCERS", ("num_tasks", "name")),
}


def add_arguments(parser):
    parser.add_argument(
        "what",
        nargs="?",
        metavar="KIND[/NAME]",
        help=f"one of {', '.join(KINDS)}; with a name, the options of that part",
    )


def run(arguments):
    if not arguments.what:
        for kind in KINDS:
            names = list(parts_of(kind))
            print(f"{kind}: {', '.join(names)}" if kind != "configs" else "configs:\n  " + "\n  ".join(names))
        return
    from xdomain_keras.signatures import require_known

    kind, slash, name = arguments.what.partition("/")
    require_known("kind", kind, KINDS, "list")
    parts = parts_of(kind)
    if not slash:
        print(columns([(each, origin, summary(kind, part)) for each, (part, origin) in parts.items()]))
        return
    require_known("name", name, parts, kind)
    part, origin = parts[name]
    print(f"{kind}/{name} ({origin}): {summary(kind, part)}\n{details(kind, part)}".rstrip())


def parts_of(kind):
    """Dict of name → (part, where it comes from); imports only what that kind needs. Parts from elsewhere join here."""
    if kind != "configs":
        start_backend(None)  # whose chatter is held back
    found = getattr(importlib.import_module(f"xdomain_keras.{KINDS[kind].module}"), KINDS[kind].attribute)
    return {name: (part, "built in") for name, part in (found() if callable(found) else found).items()}


def summary(kind, part):
    """One line on a part: the first sentence of its docstring, or of the comment on top of a config."""
    from xdomain_keras.part_options import first_sentence, summary_of

    return summary_of(part) if kind != "configs" else first_sentence(comment_of(part).partition("\n")[0])


def details(kind, part):
    """What may be set of a part, or what a method and a config bring."""
    if kind == "configs":
        return f"{part}\n{comment_of(part)}"
    if kind == "methods":
        import yaml

        return "laid under the config:\n" + yaml.safe_dump(part(), sort_keys=False, default_flow_style=None)
    from xdomain_keras.part_options import options_of

    options = options_of(part, KINDS[kind].given)
    rows = [(each.name, each.type, each.default, each.text) for each in options]
    return columns([("option", "type", "default", ""), *rows]) if rows else "no options"


def comment_of(path):
    """The comment on top of a config, without its signs."""
    lines = itertools.takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
    return "\n".join(line[1:].removeprefix(" ") for line in lines)


def columns(rows):
    """Rows of text, lined up with spaces."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "\n".join(
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(run_alone(sys.modules[__name__]))

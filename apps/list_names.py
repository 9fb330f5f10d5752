"""Name what there is: `xdomain list`, one kind: `xdomain list readers`, or one part: `xdomain list readers/coco`."""

import itertools
import sys

from .main import run_alone

# Kind → the arguments that the program gives each of its parts by itself.
KINDS = {
    "configs": (),
    "readers": ("kinds",),
    "labels": (),
    "tasks": ("name", "size"),
    "terms": ("name",),
    "methods": (),
    "backbones": ("input_shape", "name", "backbones"),
    "balancers": ("num_tasks", "name"),
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
            names = list(parts_of(kind, arguments.parts))
            print(f"{kind}: {', '.join(names)}" if kind != "configs" else "configs:\n  " + "\n  ".join(names))
        return
    from xdomain_keras.signatures import require_known

    kind, slash, name = arguments.what.partition("/")
    require_known("kind", kind, KINDS, "list")
    parts = parts_of(kind, arguments.parts)
    if not slash:
        print(columns([(each, origin, summary(kind, part)) for each, (part, origin) in parts.items()]))
        return
    require_known("name", name, parts, kind)
    part, origin = parts[name]
    print(f"{kind}/{name} ({origin}): {summary(kind, part)}\n{details(kind, part)}".rstrip())


def parts_of(kind, files):
    """Dict of name → (part, where it comes from); imports only what that kind needs."""
    if kind == "configs":
        from xdomain_keras.packaged_configs import packaged_configs

        return {name: (path, "built in") for name, path in packaged_configs().items()}
    from .backend import start_backend

    start_backend(quiet=True)  # the parts are Keras objects; nothing is computed
    from xdomain_keras.parts import load_parts

    parts = load_parts(files)
    return {name: (part, parts.origin(kind, name)) for name, part in getattr(parts, kind).items()}


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

        brought = {key: value for key, value in part().items() if key != "check"}
        return "laid under the config:\n" + yaml.safe_dump(brought, sort_keys=False, default_flow_style=None)
    if kind == "labels":
        rows = [(key, str(dtype.__name__), str(rank)) for key, (dtype, rank) in part.keys.items()]
        return columns([("key", "type", "axes"), *rows])
    from xdomain_keras.part_options import options_of

    options = options_of(part, KINDS[kind])
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

"""`report.html`: what a run did, in one file that opens offline."""

import base64
import dataclasses
import html
import json

from xdomain_keras.files import write_atomically
from xdomain_keras.reporting.class_matrix import draw_class_matrix
from xdomain_keras.reporting.figures import draw_curves, draw_scatter, encode_png, picture_row
from xdomain_keras.reporting.progress import is_loss
from xdomain_keras.reporting.tables import by_class, format_cell, split_classes

CLASS_COLORS = (
    "green: labels of the class; yellow: coarse labels that may be of it; grey: not annotated; blue: measured"
)
DRAWN = 100  # classes, at most, that fit into a picture
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; } td, th { padding: .25rem .7rem; text-align: right; }
th { border-bottom: 1px solid #999; font-weight: 600; } td:first-child, th:first-child { text-align: left; }
tr:nth-child(even) td { background: #f6f6f6; } img { max-width: 100%; }
pre { background: #f6f6f6; padding: 1rem; overflow-x: auto; }
.note { background: #fff3cd; padding: .5rem 1rem; }
figure { margin: 0 0 1rem; } figcaption { color: #666; font-size: 13px; }
"""


@dataclasses.dataclass(frozen=True)
class Report:
    """What a report shows, as plain values.

    Attributes:
        title: str.
        description: str.
        label_matrix: str, as it is printed.
        classes: dict of task → (header, rows) of `class_tables`.
        tables: dict of title → (header, rows).
        notes: list of sentences that nobody should overlook.
        metrics: dict of split → `task@domain` → metric → float.
        log: list of dicts, one per epoch.
        validated: keys of the log that are the main scores of validation.
        panels: dict of title → domain → float `[n, 2]`, features in the plane.
        pictures: dict of split → domain → list of painted images.
        environment: dict of what the run was made with.
        config: str, the YAML.
    """

    title: str
    description: str = ""
    label_matrix: str = ""
    classes: dict = dataclasses.field(default_factory=dict)
    tables: dict = dataclasses.field(default_factory=dict)
    notes: list = dataclasses.field(default_factory=list)
    metrics: dict = dataclasses.field(default_factory=dict)
    log: list = dataclasses.field(default_factory=list)
    validated: list = dataclasses.field(default_factory=list)
    panels: dict = dataclasses.field(default_factory=dict)
    pictures: dict = dataclasses.field(default_factory=dict)
    environment: dict = dataclasses.field(default_factory=dict)
    config: str = ""


def write_report(path, report):
    """Write the report of a run.

    Args:
        path: `pathlib.Path` of the HTML file.
        report: `Report`.
    """
    parts = [f"<h1>{html.escape(report.title)}</h1>", f"<p>{html.escape(report.description)}</p>"]
    parts += [f"<p class=note>{html.escape(note)}</p>" for note in report.notes]
    parts += ["<h2>Label matrix</h2>", f"<pre>{html.escape(report.label_matrix)}</pre>"]
    for task, (header, rows) in report.classes.items():
        drawn = image(draw_class_matrix(header, rows), CLASS_COLORS) if len(rows) <= DRAWN else html_table(header, rows)
        parts += [f"<h2>Classes of {html.escape(task)}</h2>", drawn]
    for title, (header, rows) in report.tables.items():
        parts += [f"<h2>{html.escape(title)}</h2>", html_table(header, rows)]
    for split, results in report.metrics.items():
        parts.append(f"<h2>{html.escape(split)}</h2>")
        for cell, metrics in results.items():
            means, classes = split_classes(metrics)[0], by_class(metrics)
            parts.append(html_table([cell, *means], [["", *means.values()]]))
            parts += [html_table(*classes)] if classes else []
    if report.log:
        parts.append("<h2>Curves</h2>")
        panels = curve_panels(report.log, report.validated)
        parts += [image(draw_curves(report.log, keys, title), title) for title, keys in panels]
    if report.panels:
        parts += ["<h2>Features of the domains</h2>", image(draw_scatter(report.panels), "one point per image")]
    for split, domains in report.pictures.items():
        for domain, painted in domains.items():
            if painted:
                columns = ["image", *(f"{task}: label, prediction" for task in painted[0]["tasks"])]
                parts.append(f"<h2>{html.escape(f'{domain}, {split}')}</h2><p>{html.escape(' | '.join(columns))}</p>")
                parts += [image(encode_png(picture_row(picture)), picture["id"]) for picture in painted]
    parts += ["<h2>Environment</h2>", f"<pre>{html.escape(json.dumps(report.environment, indent=2))}</pre>"]
    parts += ["<h2>Config</h2>", f"<pre>{html.escape(report.config)}</pre>"]
    title = html.escape(report.title)
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>"
    write_atomically(path, head + "\n".join(parts) + "</html>\n")


def curve_panels(log, validated):
    """(title, keys) of the panels: the losses, the terms, and the main scores of validation, as far as they are logged.

    Args:
        log: list of dicts, one per epoch.
        validated: keys of the main scores of validation.
    """
    keys = list(dict.fromkeys(key for line in log for key in line))
    totals = [key for key in ("loss", "val/loss") if key in keys]
    panels = [("loss", totals), ("terms", [key for key in keys if is_loss(key)])]
    scores = [key for key in keys if key in validated]
    return panels + ([("validation", scores)] if scores else [])


def html_table(header, rows):
    """A table as HTML, every cell escaped."""
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(format_cell(value))}</td>" for value in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def image(png, caption):
    """A PNG with its caption, held in the HTML itself."""
    encoded = base64.b64encode(png).decode()
    return (
        f'<figure><img src="data:image/png;base64,{encoded}"><figcaption>{html.escape(caption)}</figcaption></figure>'
    )

"""`report.html`: what a run did, in one file that opens offline."""

import base64
import html
import json

from xdomain_keras.files import write_atomically
from xdomain_keras.reporting.figures import draw_curves, draw_scatter, encode_png, picture_row
from xdomain_keras.reporting.progress import is_loss
from xdomain_keras.reporting.tables import format_cell, labels_table

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; } td, th { padding: .25rem .7rem; text-align: right; }
th { border-bottom: 1px solid #999; font-weight: 600; } td:first-child, th:first-child { text-align: left; }
tr:nth-child(even) td { background: #f6f6f6; } img { max-width: 100%; }
pre { background: #f6f6f6; padding: 1rem; overflow-x: auto; }
figure { margin: 0 0 1rem; } figcaption { color: #666; font-size: 13px; }
"""


def write_report(run, experiment, metrics, pictures, tables, panels=None):
    """Write the report of a run.

    Args:
        run: `RunFolder`.
        experiment: `Experiment`.
        metrics: dict split → task@domain → metric → float.
        pictures: dict split → domain → list of painted images.
        tables: dict title → (header, rows).
        panels: dict title → domain → float `[n, 2]`, features in the plane.
    """
    config, log = experiment.config, run.log()
    parts = [f"<h1>{html.escape(config.name)}</h1>", f"<p>{html.escape(config.description)}</p>"]
    parts += ["<h2>Label matrix</h2>", f"<pre>{html.escape(str(experiment.matrix))}</pre>"]
    labels = experiment.hidden_labels()
    if labels:
        tables = {"Training labels": labels_table(labels), **tables}
    for title, (header, rows) in tables.items():
        parts += [f"<h2>{html.escape(title)}</h2>", html_table(header, rows)]
    for split, results in metrics.items():
        parts += [
            f"<h2>{html.escape(split)}</h2>",
            *(html_table([cell, *values], [["", *values.values()]]) for cell, values in results.items()),
        ]
    if log:
        parts.append("<h2>Curves</h2>")
        parts += [image(draw_curves(log, keys, title), title) for title, keys in curve_panels(log, experiment.tasks)]
    if panels:
        parts += ["<h2>Features of the domains</h2>", image(draw_scatter(panels), "one point an image")]
    for split, domains in pictures.items():
        for domain, painted in domains.items():
            if painted:
                columns = ["image", *(f"{task}: label, prediction" for task in painted[0]["tasks"])]
                parts.append(f"<h2>{html.escape(f'{domain}, {split}')}</h2><p>{html.escape(' | '.join(columns))}</p>")
                parts += [image(encode_png(picture_row(picture)), picture["id"]) for picture in painted]
    environment = json.loads(run.environment_file.read_text(encoding="utf-8"))
    parts += ["<h2>Environment</h2>", f"<pre>{html.escape(json.dumps(environment, indent=2))}</pre>"]
    parts += ["<h2>Config</h2>", f"<pre>{html.escape(run.config_file.read_text(encoding='utf-8'))}</pre>"]
    title = html.escape(config.name)
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>"
    write_atomically(run.report_file, head + "\n".join(parts) + "</html>\n")


def curve_panels(log, tasks):
    """(title, keys) of the panels: the losses, and the main metric of every validated cell."""
    keys = list(dict.fromkeys(key for line in log for key in line))
    totals = [key for key in ("loss", "val/loss") if key in keys]
    panels = [("loss", totals), ("terms", [key for key in keys if is_loss(key)])]
    validated = [key for key in keys if is_main_metric(key, tasks)]
    return panels + ([("validation", validated)] if validated else [])


def is_main_metric(key, tasks):
    """Whether a log key, as `val/depth@room/delta1`, is the main metric of its task."""
    kind, _, place = key.partition("/")
    cell, _, metric = place.partition("/")
    task = tasks.get(cell.partition("@")[0])
    return kind == "val" and task is not None and metric == task.main_metric


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

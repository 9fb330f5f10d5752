"""The table of a comparison: as CSV, as Markdown and as a page."""

import csv
import io

from xdomain_keras.files import write_atomically
from xdomain_keras.reporting.report import Report, write_report
from xdomain_keras.reporting.tables import format_cell, plain_table


def write_comparison(folder, title, description, values, header, rows):
    """Write `table.csv`, `table.md` and `table.html`.

    Args:
        folder: `pathlib.Path`.
        title: str.
        description: str.
        values: list of (row, figure, seed, value), every single figure.
        header: list of str.
        rows: list of lists, what is shown.

    Returns:
        str, the table for the terminal.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("row", "figure", "seed", "value"), *values])
    write_atomically(folder / "table.csv", text.getvalue())
    cells = [[format_cell(value).replace("|", "\\|") for value in row] for row in rows]
    lines = [header, ["---"] * len(header), *cells]
    body = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    write_atomically(folder / "table.md", f"# {title}\n\n{description}\n\n{body}")
    write_report(folder / "table.html", Report(title=title, description=description, tables={"Rows": (header, rows)}))
    return plain_table(header, rows)

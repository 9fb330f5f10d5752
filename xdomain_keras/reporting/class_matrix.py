"""The label matrix of one task, class by class, as a picture."""

from xdomain_keras.reporting.figures import as_png

KNOWN, COARSE, UNKNOWN, MEASURED = "#9fd3a8", "#f2cf8d", "#e3e3e3", "#b9d3ee"


def draw_class_matrix(header, rows):
    """Paint a table of `reporting.tables.class_tables`: a row for each class, a column for each domain.

    Green is a class with labels of its own, yellow one that coarse labels may be of, grey one that is not annotated,
    and blue one that is measured alone.

    Args:
        header: list of str, the task and the domains.
        rows: list of lists of str, the class and what each domain knows of it.

    Returns:
        PNG bytes.

    Example:

    >>> draw_class_matrix(["detection", "zoo", "farm"], [["cat", "3", "unknown"]])[1:4]
    b'PNG'
    """
    from matplotlib.figure import Figure

    widths = [2 + max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    figure = Figure(figsize=(0.09 * sum(widths), 0.27 * (1 + len(rows))))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_axis_off()
    drawn = axes.table(
        cellText=[header, *rows],
        cellColours=[["white"] * len(header), *(["white", *map(color_of, row[1:])] for row in rows)],
        colWidths=[width / sum(widths) for width in widths],
        cellLoc="center",
        bbox=[0, 0, 1, 1],
    )
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(9)
    for (_, column), cell in drawn.get_celld().items():
        cell.set(edgecolor="white", linewidth=2)
        cell.get_text().set_parse_math(False)  # a `$` in a name is a `$`
        if not column:
            cell.set_text_props(ha="left")
    return as_png(figure)


def color_of(text):
    """The colour of a cell by what it says."""
    if "(" in text:
        return COARSE if text.startswith("≤") else KNOWN
    return {"unknown": UNKNOWN, "measured": MEASURED}.get(text, KNOWN)

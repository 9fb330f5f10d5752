"""Tables for the terminal and for Markdown."""


def plain_table(header, rows):
    """Columns lined up with spaces; the first is text, the others numbers.

    Args:
        header: list of str.
        rows: list of lists; floats get three decimals, None a dash.

    Returns:
        str.

    Example:

    >>> print(plain_table(["model", "AP50"], [["joint", 0.5]]))
    model   AP50
    joint  0.500
    """
    cells = [list(header), *[[format_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            value.ljust(width) if not column else value.rjust(width)
            for column, (value, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def split_classes(metrics):
    """Metrics of everything, and those of single classes, which are written `AP[car]`.

    Args:
        metrics: dict of metric → float or None.

    Returns:
        (dict of metric → float, dict of class → dict of metric → float).

    Example:

    >>> split_classes({"AP": 0.5, "AP[car]": 0.7, "AR[car]": 0.8})
    ({'AP': 0.5}, {'car': {'AP': 0.7, 'AR': 0.8}})
    """
    means, classes = {}, {}
    for key, value in metrics.items():
        name, bracket, rest = key.partition("[")
        if bracket and rest.endswith("]"):
            classes.setdefault(rest[:-1], {})[name] = value
        else:
            means[key] = value
    return means, classes


def by_class(metrics):
    """(header, rows) of the metrics of single classes, those without any figure left out; None where there are none."""
    classes = split_classes(metrics)[1].items()
    found = {name: own for name, own in classes if any(value is not None and value == value for value in own.values())}
    names = list(dict.fromkeys(name for own in found.values() for name in own))
    rows = [[name, *(own.get(each) for each in names)] for name, own in found.items()]
    return (["class", *names], rows) if rows else None


def metrics_table(split, results, baselines=None, most=12):
    """The metrics of one split, a row for each `task@domain`, and one for its baseline; single classes are left out.

    Args:
        split: name of the split.
        results: dict task@domain → dict metric → float or None.
        baselines: the same of what has not seen the images, or None.
        most: metrics that fit into a line; of the others only the number is told.

    Returns:
        str.
    """
    blocks = []
    for cell, metrics in results.items():
        classes, metrics = by_class(metrics), split_classes(metrics)[0]
        shown = dict(list(metrics.items())[:most])
        rows, blind = [["", *shown.values()]], (baselines or {}).get(cell)
        if blind:
            rows.append(["baseline", *(blind.get(name) for name in shown)])
        more = f"  … and {len(metrics) - most} more" if len(metrics) > most else ""
        fine = [row for row in classes[1] if "|" not in row[0]] if classes else []  # coarse labels enter no mean
        more += f"  over {len(fine)} classes" if fine else ""
        blocks.append(plain_table([f"{split}: {cell}", *shown], rows) + more)
    return "\n".join(blocks)


def format_cell(value):
    """A value as people read it: three decimals, thousands apart, a dash for None and NaN."""
    if value is None or value != value:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def labels_table(labels):
    """How many training images are labelled for each task, where a config hides some.

    Args:
        labels: dict of domain → {"digest", "count", "rows"}, as `LabelAvailability.as_json` makes it.

    Returns:
        (header, rows).
    """
    rows = [
        [domain, task, count, len(table["rows"]), table["digest"]]
        for domain, table in labels.items()
        for task, count in table["count"].items()
    ]
    return ["domain", "task", "labelled", "images", "digest"], rows


def class_tables(classes):
    """Which classes are annotated where, and how often each occurs in the training labels.

    Args:
        classes: dict of task → dict of domain → {"values": value → class names, "annotates": split → class names,
            "counts": value → number}.

    Returns:
        dict of task → (header, rows), a row for each class and a column for each domain. A number stands for labels of
        the class alone; `≤ 5 (vehicle)` for labels that may be of it; `unknown` where the class is not annotated.

    Example:

    >>> zoo = {"values": {"cat": ["cat"]}, "annotates": {"train": ["cat"]}, "counts": {"cat": 3}}
    >>> farm = {"values": {"pet": ["cat", "dog"]}, "annotates": {"train": ["cat", "dog"]}, "counts": {"pet": 2}}
    >>> print(plain_table(*class_tables({"detection": {"zoo": zoo, "farm": farm}})["detection"]))
    detection      zoo       farm
    cat              3  ≤ 2 (pet)
    dog        unknown  ≤ 2 (pet)
    """
    tables = {}
    for task, domains in classes.items():
        listed = [name for own in domains.values() for names in own["values"].values() for name in names]
        rows = [[name, *(class_cell(name, own) for own in domains.values())] for name in dict.fromkeys(listed)]
        if rows:
            tables[task] = ([task, *domains], rows)
    return tables


def class_cell(name, cell):
    """What a cell's training labels know of one class, or those of its other splits: a number, or words."""
    annotates = cell["annotates"]
    if not any(name in own for own in ([annotates["train"]] if "train" in annotates else annotates.values())):
        return "unknown"
    values = [value for value, names in cell["values"].items() if name in names]
    alone = [value for value in values if len(cell["values"][value]) == 1]
    if not cell["counts"]:
        return "measured"
    coarse = [f"≤ {cell['counts'][value]:,} ({value})" for value in values if value not in alone]
    number = sum(cell["counts"][value] for value in alone)
    return " + ".join([*([f"{number:,}"] if alone or not coarse else []), *coarse])

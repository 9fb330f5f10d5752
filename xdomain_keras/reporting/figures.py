"""Figures as PNG bytes: learning curves and pictures of predictions beside labels."""

import io

import cv2
import numpy as np


def encode_png(image):
    """PNG bytes of a uint8 `[H, W, 3]` RGB image."""
    return cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes()


def draw_curves(log, keys, title):
    """One panel of curves over epochs.

    Args:
        log: list of dicts, one an epoch.
        keys: the values to draw.
        title: of the panel.

    Returns:
        PNG bytes.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3.0), layout="constrained")
    axes = figure.subplots()
    for key in keys:
        points = [(number, line[key]) for number, line in enumerate(log, 1) if line.get(key) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), label=key, marker="." if len(points) < 12 else None)
    axes.set(title=title, xlabel="epoch")
    axes.grid(alpha=0.3)
    if len(keys) > 1:
        axes.legend(fontsize=7)
    return as_png(figure)


def draw_scatter(panels):
    """Panels of points, three in a row, a colour a domain.

    Args:
        panels: dict of title → dict of domain → float `[n, 2]`.

    Returns:
        PNG bytes.
    """
    from matplotlib.figure import Figure

    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.4 * columns, 4.0 * rows), layout="constrained")
    for place, (title, domains) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(rows, columns, place)
        for domain, places in domains.items():
            axes.scatter(places[:, 0], places[:, 1], s=12, alpha=0.7, label=domain)
        axes.set(title=title, xticks=[], yticks=[])
        axes.legend(fontsize=8)
    return as_png(figure)


def as_png(figure):
    """PNG bytes of a figure of matplotlib."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def picture_row(picture, height=192):
    """One image beside the label and prediction of every task, uint8 `[height, W, 3]`; dark where unlabelled.

    Args:
        picture: dict as `evaluation.evaluator.paint` makes it.
        height: of the row in pixels.
    """
    panels = [picture["image"]]
    for drawn in picture["tasks"].values():
        panels += [drawn["label"], drawn["prediction"]]
    width = max(1, round(height * picture["image"].shape[1] / picture["image"].shape[0]))
    enlarge = height > picture["image"].shape[0]
    method = cv2.INTER_CUBIC if enlarge else cv2.INTER_AREA
    absent = np.full((height, width, 3), 32, np.uint8)
    cv2.putText(absent, "no label", (8, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (160,) * 3, 1, cv2.LINE_AA)
    shown = [absent if panel is None else cv2.resize(panel, (width, height), interpolation=method) for panel in panels]
    return np.concatenate(shown, axis=1)

"""Label-free scores of an experiment: by what a network can be chosen for a domain without labels."""

import numpy as np
from keras import ops

from xdomain_keras.data.transforms import resize
from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.label_free import entropy, reverse_score
from xdomain_keras.tasks import Segmentation

NEAR_CHANCE = 0.55  # a classifier below it sees no domain any more (paper 004, §4.4)
IMAGES, CELLS = 40, 16  # of a domain, and the most along a side of an image
SCORES = ("reverse_r2", "entropy")
ERRORS = SCORES[1:]  # of which the lower is better


def unlabelled_cells(experiment, split="validation"):
    """List of (task, domain, labelled domain) of the maps that are measured and not trained.

    Args:
        experiment: `Experiment`.
        split: that both domains must have.
    """
    cells, matrix = [], experiment.matrix
    for domain in (name for name in experiment.config.domains if split in experiment.splits(name)):
        for task in experiment.evaluated_tasks(domain):
            teachers = [other for other in matrix.domains_of(task) if split in experiment.splits(other)]
            taught = domain in matrix.domains and matrix.has(domain, task)
            if teachers and not taught and getattr(experiment.tasks[task], "map_target", None):
                cells.append((task, domain, teachers[0]))
    return cells


def check_label_free(experiment):
    """Raise a `ConfigError` where `evaluation.label_free` is set and there is nothing that it could look at."""
    if experiment.config.evaluation.label_free and not unlabelled_cells(experiment):
        raise ConfigError(
            "evaluation.label_free: no domain with a `validation` split is measured on a map that it has no labels for "
            "in training; give the target one, with the task in its `evaluate`, or leave label_free out."
        )


def score_names(experiment, split="validation"):
    """Dict of task@domain → names of the scores that `label_free_scores` has for it."""
    names, unlabelled = {}, unlabelled_cells(experiment, split)
    for domain in dict.fromkeys(domain for _, domain, _ in unlabelled):
        for task in experiment.evaluated_tasks(domain):
            own = ["reverse_r2"] if (task, domain) in {cell[:2] for cell in unlabelled} else []
            own += ["entropy"] if isinstance(experiment.tasks[task], Segmentation) else []
            if own:
                names[f"{task}@{domain}"] = own
    return names


def logged_scores(lines):
    """What a run's log says of the last stage without labels of the target, as a dict of name → float.

    - of each domain classifier the `accuracy` in the last epoch, and the part of epochs in which it was below .55, by
      which the paper's authors tuned ("very frequently", paper 004, §4.4);
    - `reverse_r2` and `entropy` of the epoch with the best validation score.

    Args:
        lines: of the log, one dict an epoch.

    Example:

    >>> lines = [{"stage_index": 0, "a/classifier/accuracy": 0.9}, {"stage_index": 0, "a/classifier/accuracy": 0.5}]
    >>> logged_scores(lines)
    {'a accuracy': 0.5, 'a below 0.55': 0.5}
    """
    lines = [line for line in lines if line.get("stage_index", 0) == lines[-1].get("stage_index", 0)]
    found, end = {}, "/classifier/accuracy"
    for key in dict.fromkeys(key for line in lines for key in line if key.endswith(end)):
        values, name = [line[key] for line in lines if line.get(key) is not None], key.removesuffix(end)
        if values:
            found[f"{name} accuracy"] = values[-1]
            found[f"{name} below {NEAR_CHANCE}"] = sum(value < NEAR_CHANCE for value in values) / len(values)
    measured = [line for line in lines if line.get("val/score") is not None]
    best = max(measured, key=lambda line: line["val/score"], default={})
    for key, value in best.items():
        cell, _, name = key.removeprefix("val/").rpartition("/")
        if name in SCORES and key.startswith("val/"):
            found[f"{cell} {name}"] = value
    return found


def label_free_scores(experiment, split="validation"):
    """Dict of task@domain → scores, in the domains with a cell without labels in training; no label of them is read.

    - `reverse_r2`: of these cells, see `evaluation.label_free.reverse_score`; the higher the better; NaN where fewer
      than two coarse cells of the labelled domain's images are known.
    - `entropy`: of class probabilities, the mean over pixels, in [0, 1], of the other tasks there too (the anchor's, as
      a rule).

    Args:
        experiment: `Experiment` with its network.
        split: whose images are looked at, forty of a domain.
    """
    teachers = {f"{name}@{domain}": teacher for name, domain, teacher in unlabelled_cells(experiment, split)}
    scores = {}
    for cell, names in score_names(experiment, split).items():
        name, _, domain = cell.partition("@")
        network, taps = experiment.network, experiment.taps(domain)
        levels = [taps[name]] if name in taps else network.levels_below(outputs=[name])
        model = experiment.subnetwork(domain, (name,), levels)  # both domains pass through it
        levels, maps, _ = read_maps(experiment, model, name, domain, split)
        own = scores[cell] = {"entropy": float(np.mean(list(map(entropy, maps))))} if "entropy" in names else {}
        if "reverse_r2" in names:
            features, guesses = feature_cells(levels), average(maps, grid_of(levels))
            levels, _, samples = read_maps(experiment, model, name, teachers[cell], split)
            other = feature_cells(levels)
            truth, known = true_cells(experiment.tasks[name], samples, levels)
            enough = known.sum() > 1  # of masked faces, say, few cells are
            own["reverse_r2"] = reverse_score(features, guesses, other, truth, known) if enough else float("nan")
    return scores


def read_maps(experiment, model, name, domain, split):
    """What a network sees in some images of a domain.

    Args:
        experiment: `Experiment`.
        model: `subnetwork` with the task's output and the levels that its head reads.
        name: of the task.
        domain: whose images are read.
        split: of it.

    Returns:
        (list of levels `[N, h, w, d]`, predicted maps `[N, H, W, C]`, list of the samples).
    """
    source = experiment.source(domain, split)
    rows = np.random.default_rng(0).permutation(len(source))[:IMAGES]
    samples = [resize(source[int(row)], experiment.config.image_size) for row in rows]
    images = np.stack([sample["image"] for sample in samples]).astype("float32")
    passed = model.predict(images, batch_size=experiment.config.evaluation.batch_size, verbose=0)
    maps = experiment.tasks[name].map_prediction(ops.convert_to_tensor(passed["outputs"][name]))
    return list(passed["features"].values()), ops.convert_to_numpy(maps), samples


def feature_cells(levels):
    """All levels side by side, `[n, d]`: the means over the cells of a coarse grid, all cells of all images."""
    return np.concatenate([average(level, grid_of(levels)) for level in levels], axis=-1)


def true_cells(task, samples, levels):
    """(true maps `[n, C]`, bool `[n]`: whether more than half of the cell is known)."""
    targets = [task.encode(sample) if task.has_labels(sample) else task.empty() for sample in samples]
    truth, grid = ops.convert_to_numpy(task.map_target(ops.convert_to_tensor(np.stack(targets)))), grid_of(levels)
    part = average(truth.any(axis=-1, keepdims=True).astype("float32"), grid)
    return average(truth, grid) / np.maximum(part, 1e-6), part[:, 0] > 0.5


def grid_of(levels):
    """(rows, columns) of the cells: those of the coarsest level, if it is not too fine."""
    return tuple(min(side, CELLS) for side in min((level.shape[1:3] for level in levels), key=np.prod))


def average(maps, grid):
    """Means over the cells of a grid, `[N, H, W, C]` → `[N h w, C]`; a pixel on a border counts in part."""
    down, along = (overlaps(*sizes) for sizes in zip(maps.shape[1:3], grid, strict=True))
    return np.einsum("ah,nhwc,bw->nabc", down, maps, along, optimize=True).reshape(-1, maps.shape[-1])


def overlaps(size, cells):
    """Which part of each of `cells` equal stretches every one of `size` pixels is, `[cells, size]`."""
    edges = np.arange(cells + 1) * size / cells
    pixels = np.arange(size)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(shared, 0) * cells / size

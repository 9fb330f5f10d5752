"""Label-free scores of an experiment: by what a network can be chosen for a domain without labels."""

import numpy as np
from keras import ops

from xdomain_keras.evaluation.infer import infer
from xdomain_keras.evaluation.label_free import entropy, reverse_score
from xdomain_keras.experiments.cells import measured_cells, taps_of, trained_matrix
from xdomain_keras.label_matrix import Cell

NEAR_CHANCE = 0.55  # a classifier below it sees no domain any more (paper 004, §4.4)
IMAGES, CELLS = 40, 16  # of a domain, and the most along a side of an image
SCORES = ("reverse_r2", "entropy")
ERRORS = SCORES[1:]  # of which the lower is better


def unlabelled_cells(config, model, split="validation"):
    """Dict of `Cell` → labelled domain, of the maps that are measured and not trained.

    Args:
        config: `ExperimentConfig`.
        model: `Model`.
        split: that both domains must have.
    """
    cells, matrix = {}, trained_matrix(config)
    for cell in measured_cells(config, split):
        teachers = [other for other in matrix.domains_of(cell.task) if split in config.domains[other].splits]
        if teachers and not matrix.has(cell.domain, cell.task) and model.tasks[cell.task].map_channels:
            cells[cell] = teachers[0]
    return cells


def score_names(config, model, split="validation"):
    """Dict of `Cell` → names of the scores that `label_free_scores` has for it."""
    names, unlabelled = {}, unlabelled_cells(config, model, split)
    domains = {cell.domain for cell in unlabelled}
    for cell in measured_cells(config, split):
        own = ["reverse_r2"] if cell in unlabelled else []
        own += ["entropy"] if cell.domain in domains and model.tasks[cell.task].classifies else []
        if own:
            names[cell] = own
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
        cell, _, name = key.removeprefix("val/").partition("/")
        if name in SCORES and key.startswith("val/"):
            found[f"{cell} {name}"] = value
    return found


def label_free_scores(config, data, model, split="validation"):
    """Dict of `Cell` → scores, in the domains with a cell without labels in training; no label of them is read.

    - `reverse_r2`: of these cells, see `evaluation.label_free.reverse_score`; the higher the better; NaN where fewer
      than two coarse cells of the labelled domain's images are known.
    - `entropy`: of class probabilities, the mean over pixels, in [0, 1], of the other tasks there too (the anchor's, as
      a rule).

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        model: `Model`.
        split: whose images are looked at, forty of a domain.
    """
    teachers, scores, batch_size = unlabelled_cells(config, model, split), {}, config.evaluation.batch_size
    for cell, names in score_names(config, model, split).items():
        network, task = model.network, model.tasks[cell.task]
        taps = taps_of(config, cell.domain)
        names_of_levels = [taps[cell.task]] if cell.task in taps else network.levels_below(outputs=[cell.task])
        reader = model.subnetwork(cell.domain, (cell.task,), names_of_levels)  # both domains pass through it
        levels, maps, _ = read_maps(data, reader, cell, split, task, batch_size)
        own = scores[cell] = {"entropy": float(np.mean(list(map(entropy, maps))))} if "entropy" in names else {}
        if "reverse_r2" in names:
            features, guesses = feature_cells(levels), average(maps, grid_of(levels))
            taught = Cell(cell.task, teachers[cell])
            reader = model.subnetwork(cell.domain, (cell.task,), names_of_levels, normalized_as=taught.domain)
            levels, _, samples = read_maps(data, reader, taught, split, task, batch_size)
            truth, known = true_cells(model.tasks_on(data, taught.domain, split)[cell.task], samples, levels)
            enough = known.sum() > 1  # of masked faces, say, few cells are
            other = feature_cells(levels)
            own["reverse_r2"] = reverse_score(features, guesses, other, truth, known) if enough else float("nan")
    return scores


def read_maps(data, reader, cell, split, task, batch_size):
    """What a network sees in some images of a domain.

    Args:
        data: `Data`.
        reader: `subnetwork` with the task's output and the levels that its head reads.
        cell: `Cell`, whose images are read.
        split: of its domain.
        task: `Task` of the cell.
        batch_size: images per forward pass.

    Returns:
        (list of levels `[N, h, w, d]`, predicted maps `[N, H, W, C]`, list of the resized samples).
    """
    rows = np.random.default_rng(0).permutation(data.count(cell.domain, split))[:IMAGES]
    samples, levels, maps = [], [], []
    kinds = data.kinds(cell.domain, split)
    for _, sample, said in infer(reader, data.samples(cell.domain, split, rows), batch_size, kinds):
        samples.append(sample)
        levels.append(list(said["features"].values()))
        maps.append(said["outputs"][cell.task])
    maps = ops.convert_to_numpy(task.map_prediction(ops.convert_to_tensor(np.stack(maps))))
    return [np.stack(level) for level in zip(*levels, strict=True)], maps, samples


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

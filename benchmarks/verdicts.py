"""A method beside a baseline, seed by seed: how far they are apart, and whether so few seeds can tell."""

import numpy as np
from compare_methods import NO_LOOK, spread

LIKELY = 0.95


def compare(result, method, base, metric, cell="", lower=False):
    """A method's figure beside that of a baseline; the difference is positive where the method is better.

    Args:
        result: of a benchmark.
        method: row of its table.
        base: row that it is compared with.
        metric: name of the figure, or `Δ_MTL`.
        cell: of the label matrix, or whatever else a row keeps figures under.
        lower: whether a lower figure is better.

    Returns:
        (figure of the method, figure of the baseline, difference, verdict), each as text.
    """
    own, other = (scores_of(result, name, cell, metric) for name in (method, base))
    pairs = [(own[seed], other[seed]) for seed in sorted(own.keys() & other.keys(), key=str)]
    if not pairs:  # the baseline has learnt nothing, so that it is the same for every seed
        pairs = [(value, other[None]) for value in own.values()]
    gaps = [base - value if lower else value - base for value, base in pairs]
    return spread(list(own.values())), spread(list(other.values())), spread(gaps), judge(gaps)


def scores_of(result, method, cell, metric):
    """Dict of seed → figure; the seed is None where nothing was learnt, and where a single run was made."""
    details = result.get("details", {})
    if metric == "Δ_MTL":
        return gains_of(details["rows"], method)
    if method == NO_LOOK:
        return {None: details["no_look"][cell][metric]}
    rows = [(row["seed"], row) for row in details.get("rows", ()) if row["method"] == method]
    rows += [(None, row) for row in details.get("baselines", ()) if row["method"] == method]
    if rows:
        return {seed: (row["test"].get(cell) or row[cell])[metric] for seed, row in rows}
    (row,) = [row for row in result["figures"]["table"] if row["model"] == method]
    return {None: row[metric]}


def gains_of(rows, method):
    """Dict of seed → Δ_MTL, which is 0 for the single-task networks that the others are compared with."""
    from pair_mapping import columns_of, delta_mtl

    if method == "single-task networks":
        return {None: 0.0}
    (domain,) = {cell.partition("@")[2] for row in rows for cell in row["test"]}
    return delta_mtl(rows, method, columns_of(domain))


def judge(gaps):
    """What the differences of the seeds say, better is positive: a one-sided t test."""
    if not any(gaps):
        return "equal"
    if len(gaps) < 2:
        return "one seed alone"
    from scipy.stats import t

    error = np.std(gaps, ddof=1) / len(gaps) ** 0.5
    if abs(np.mean(gaps)) <= error * t.ppf(LIKELY, len(gaps) - 1):
        return "no clear difference"
    return "**better**" if np.mean(gaps) > 0 else "**worse**"

"""Tables of several methods over several seeds, from the rows of `train_methods.train_all`."""

import numpy as np
from result import target

NO_LOOK = "no look at the image"  # the row of the tasks' baselines


def summarise(rows, no_look, columns):
    """One row a method, mean ± standard deviation over the seeds, and what does not look at the image, if any, below.

    Args:
        rows: of `train_all`.
        no_look: of `train_all`.
        columns: list of (cell, metric).
    """
    table = []
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [row for row in rows if row["method"] == method]
        line = {"method": method, "seeds": len(own)}
        for cell, metric in columns:
            line[f"{metric} {cell}"] = spread([row["test"].get(cell, {}).get(metric) for row in own])
        for key in ("seconds", "cpu_seconds"):
            timed = [row[key] for row in own if row.get(key)]
            line[f"{key} of training"] = float(np.mean(timed)) if timed else None
        table.append(line)
    if not no_look:
        return table
    scores = {f"{metric} {cell}": no_look.get(cell, {}).get(metric) for cell, metric in columns}
    return [
        *table,
        {
            "method": NO_LOOK,
            **{key: value if value is None else f"{value:.3f}" for key, value in scores.items()},
        },
    ]


def summarise_untrained(rows, columns):
    """Lines as `summarise` has them, of what nothing was learnt for: no seeds, and no time of training."""
    return [{**line, "seeds": None} for line in summarise(rows, None, columns)]


def scores_of(rows, methods, cell, metric, sign=1):
    """Dict of method → dict of seed → `sign` times one figure."""
    scores = {method: {} for method in methods}
    for row in rows:
        scores[row["method"]][row["seed"]] = sign * row["test"][cell][metric]
    return scores


def mean_of(rows, method, cell, metric):
    """Mean over the seeds of one figure; None where it was not measured."""
    values = [row["test"].get(cell, {}).get(metric) for row in rows if row["method"] == method]
    present = [value for value in values if value is not None]
    return float(np.mean(present)) if present else None


def spread(values):
    """Mean ± sample standard deviation as text; None where nothing was measured."""
    present = [value for value in values if value is not None and value == value]
    if not present:
        return None
    deviation = f" ± {np.std(present, ddof=1):.3f}" if len(present) > 1 else ""
    return f"{np.mean(present):.3f}{deviation}"


def compare_pairs(rows, base, columns):
    """What each method adds to `base`, seed by seed: mean ± standard deviation of the differences."""
    table = []
    scores = {(row["method"], row["seed"]): row["test"] for row in rows}
    for method in dict.fromkeys(row["method"] for row in rows if row["method"] != base):
        seeds = [seed for other, seed in scores if other == method and (base, seed) in scores]
        line = {"method": f"{method} − {base}", "seeds": len(seeds)}
        for cell, metric in columns:
            pairs = [[scores[name, seed].get(cell, {}).get(metric) for name in (method, base)] for seed in seeds]
            line[f"{metric} {cell}"] = spread([a - b for a, b in pairs if a is not None and b is not None])
        table.append(line)
    return table


def compare_order(order, scores, what):
    """A paper's statements of which method is better: does the mean over the seeds agree, and in how many seeds?

    A mean that is smaller than its standard error is said to be within the noise.

    Args:
        order: list of (better, worse).
        scores: dict of method → dict of seed → number, the higher the better.
        what: title of the column of differences.
    """
    table = []
    for better, worse in order:
        both = scores.get(better, {}).keys() & scores.get(worse, {}).keys()
        if both:
            gaps = [scores[better][seed] - scores[worse][seed] for seed in sorted(both)]
            line = {"statement": f"{better} > {worse}", what: spread(gaps)}
            line["seeds that agree"] = f"{sum(gap > 0 for gap in gaps)} of {len(gaps)}"
            error = np.std(gaps, ddof=1) / len(gaps) ** 0.5 if len(gaps) > 1 else float("inf")
            noise = ", within the noise" if abs(np.mean(gaps)) < error else ""
            table.append({**line, "": f"{'holds' if np.mean(gaps) > 0 else 'does not hold'}{noise}"})
    return table


def whole_target(text, rows, methods, seeds, least=3):
    """A table is whole when every method has every seed, and there are so many of them at least."""
    finished = {(row["method"], row["seed"]) for row in rows}
    wanted = {(method, seed) for method in methods for seed in seeds}
    whole = wanted <= finished and len(seeds) >= least
    return target(f"{text}: methods and seeds measured", len(wanted), len(finished & wanted), whole)

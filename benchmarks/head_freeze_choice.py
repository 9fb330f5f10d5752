"""Do scores without labels of the target rank networks as its labels would?

    python benchmarks/head_freeze_choice.py [--tables segmentation …]

Reads the runs of `head_freeze.py` (all methods but the oracle, all seeds; it must have run here) and measures on the
validation images what `evaluation.label_free` logs, beside the error of the normals in the target that nobody would
know. About 10 seconds of a core a run.
"""

import gc
import pathlib

import numpy as np
from built import load
from built import measure as measure_split
from compare_methods import spread
from head_freeze import SETTINGS
from result import ROOT, make_parser, read_result, write_result

MAIN = "normals@photo"
# Of each score whether the higher is the better.
SCORES = {f"{MAIN} reverse_r2": True, "segmentation@photo entropy": False}


def measure(folder, sources):
    """Dict of score → float of one run, with the error in degrees under `error`."""
    import keras

    from xdomain_keras.experiments.label_free import label_free_scores

    experiment = load(folder, "last", sources=sources)
    found = {
        f"{cell} {name}": value
        for cell, scores in label_free_scores(experiment.config, experiment.data, experiment.model).items()
        for name, value in scores.items()
    }
    found["error"] = measure_split(experiment, "validation", "photo")[MAIN]["mean"]
    keras.backend.clear_session()
    gc.collect()
    return found


def rank_correlation(scores, errors, higher_is_better):
    """Spearman's ρ between a score and the accuracy; 1 where it ranks as the labels do."""
    from scipy.stats import spearmanr

    return float(spearmanr(np.array(scores) * (1 if higher_is_better else -1), -np.array(errors)).statistic)


def compare(rows, score):
    """One row of the table: how a score ranks the runs that have it, seed by seed, and what it would choose."""
    correlations, lost, counts = [], [], []
    for seed in sorted({row["seed"] for row in rows}):
        own = [row for row in rows if row["seed"] == seed and np.isfinite(row.get(score) or np.nan)]
        if len(own) < 3:
            continue
        values, errors = [row[score] for row in own], [row["error"] for row in own]
        correlations.append(rank_correlation(values, errors, SCORES[score]))
        chosen = int(np.argmax(values) if SCORES[score] else np.argmin(values))
        lost.append(errors[chosen] - min(errors))
        counts.append(len(own))
    if not correlations:
        return None
    return {
        "score": score,
        "networks a seed": max(counts),
        "rank correlation": spread(correlations),
        "degrees lost by its choice": spread(lost),
    }


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--tables", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "benchmarks")
    arguments = parser.parse_args()
    stored = (read_result("head_freeze_choice", arguments.results) or {}).get("details", {}).get("tables", {})
    for table in arguments.tables:
        trained = (read_result(f"head_freeze_{table}", arguments.results) or {}).get("details", {}).get("rows", ())
        if not trained:
            print(f"{table}: no runs; `python benchmarks/head_freeze.py --table {table}` makes them.")
            continue
        sources, rows = {}, []
        for row in (row for row in trained if row["method"] != "oracle"):
            folder = arguments.runs / f"head_freeze_{table}" / f"{row['method']}_{row['seed']}"
            rows.append({"method": row["method"], "seed": row["seed"], **measure(folder, sources)})
            print(rows[-1], flush=True)
        stored[table] = rows
    figures = {}
    for table, rows in stored.items():
        figures[table] = [found for score in SCORES if (found := compare(rows, score))]
    notes = [
        "Spearman's ρ over the methods of one seed, mean ± standard deviation over the seeds; 1 where a score ranks "
        "them as the mean error of the normals in the target does, which needs its labels.",
        "Degrees lost: the error of the network that the score would choose, minus that of the best network.",
        "The entropy is that of the anchor, in the networks that have learnt it.",
    ]
    details = {"tables": stored}
    write_result(
        "head_freeze_choice",
        "Head freeze: choosing without labels of the target",
        figures,
        [],
        notes=notes,
        folder=arguments.results,
        details=details,
    )


if __name__ == "__main__":
    main()

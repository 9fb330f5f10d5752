"""One network and, beside it, each data set's own: trained, measured and told."""

import math

from xdomain_keras.experiments.comparison import folder_name
from xdomain_keras.experiments.evaluate import write_evaluation
from xdomain_keras.experiments.joint_or_single import (
    HEADER,
    compare_costs,
    compare_scores,
    read_beside,
    training_seconds,
)
from xdomain_keras.experiments.load import load_run
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.singles import single_configs
from xdomain_keras.experiments.sweep import require_buildable
from xdomain_keras.experiments.train import train
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.parts import load_parts
from xdomain_keras.reporting.progress import show_note

SPLITS = ("test", "validation")  # the first that there is, is compared on


def train_with_singles(config, folder, *, parts=None, resume=False, extra_callbacks=()):
    """Train a network, then each data set's own beside it, and compare.

    The single ones lie in `singles/` of the joint run. What is finished is not trained again by `resume`.

    Args:
        config: `ExperimentConfig` of two trained domains or more; None to resume.
        folder: path of the joint run.
        parts: `Parts`; None for those of this package and of installed ones.
        resume: go on from where the runs were stopped.
        extra_callbacks: as of `train`.

    Returns:
        (`RunFolder` of the joint network, (header, rows) of its table, sentence that sums it up).

    Raises:
        ConfigError: only one domain is trained, or one trains no task; and as of `train`.
    """
    parts, sources, run = load_parts() if parts is None else parts, {}, RunFolder(folder)
    options = {"parts": parts, "extra_callbacks": extra_callbacks, "sources": sources}
    if resume:
        config = run.config()
    configs = single_configs(build_experiment(config, parts, sources, run.facts() if resume else None))
    for domain, own in configs.items():  # said now, and not after the first training
        require_buildable(f"the network of `{domain}` alone", own, sources, parts)
    train(config, run.path, resume=resume, report=False, **options)
    singles = {}
    for domain, own in configs.items():
        single = RunFolder(run.path / "singles" / folder_name(domain))
        if not single.metrics_file.exists():
            show_note(f"now `{domain}` alone, in {single.path}")
            train(own, single.path, resume=single.config_file.exists(), **options)
        singles[domain] = load_run(single.path, parts, sources=sources)
    joint, said = load_run(run.path, parts, sources=sources), []

    def beside(metrics):
        table, sentence = compare(joint, singles, metrics)
        said.extend((table, sentence))
        kept = {"rows": [dict(zip(HEADER, row, strict=True)) for row in table[1]], "said": sentence}
        run.write_json(run.singles_file, kept)
        return read_beside(run)

    for verdict in write_evaluation(*joint, beside):
        show_note(verdict)
    return run, *said


def compare(joint, singles, metrics):
    """((header, rows), sentence) of trained networks.

    Args:
        joint: (`Experiment`, `RunFolder`).
        singles: dict of domain → the same.
        metrics: dict of split → `task@domain` → figures of the joint network.
    """
    config, tasks = joint[0].config, joint[0].model.tasks
    split = next(name for name in (*SPLITS, *metrics) if name in metrics)
    others = {domain: run.metrics().get(split, {}) for domain, (_, run) in singles.items()}
    rows, gain = compare_scores(config, tasks, metrics[split], others)
    costs = compare_costs(joint, singles, training_seconds)
    shares = {name: f"{100 * ours / theirs:.0f} %" for name, ours, theirs, _ in costs if theirs}
    gained = "" if math.isnan(gain) else f"its main scores are {gain:+.1f} % of theirs on average (Δ_MTL), "
    sentence = (
        f"One network for {len(singles)} data sets against {len(singles)} of their own, on `{split}`: {gained}with "
        f"{shares['parameters']} of their parameters, {shares['multiply-adds']} of their multiply-adds and "
        f"{shares['seconds of training']} of their training time."
    )
    return (HEADER, [*rows, *costs]), sentence

"""Measuring a trained run on any split, and its report."""

import yaml

from xdomain_keras.data.fixation_map import fixation_density
from xdomain_keras.errors import DataError
from xdomain_keras.evaluation.center_prior import CenterPrior
from xdomain_keras.evaluation.evaluator import evaluate
from xdomain_keras.experiments.build import Experiment
from xdomain_keras.experiments.domain_features import compare_domains
from xdomain_keras.experiments.label_free import logged_scores
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.signatures import require_known
from xdomain_keras.training.callbacks import clean


def load_run(folder, which="best", overrides=(), sources=None):
    """The `Experiment` of a run with its trained network.

    Args:
        folder: path of the run.
        which: `"best"` or `"last"` weights.
        overrides: of the config, as `evaluation.batch_size=4`.
        sources: dict that experiments over the same data share.
    """
    run = RunFolder(folder)
    experiment = Experiment(run.config(overrides), {} if sources is None else sources)
    load_weights(experiment.network, run.weights(which))
    experiment.choose(run.choices(which))
    return experiment, run


def load_weights(network, path):
    """Load weights; `DataError` where the file is damaged or of another network."""
    try:
        network.load_weights(path)
    except (OSError, KeyError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(
            f"{path}: does not fit the network of this run, or is damaged ({reason}); train anew."
        ) from error


def evaluate_split(experiment, split, pictures=0, domains=None):
    """Measure a split of every domain that has it.

    Returns:
        (dict task@domain → metrics, dict domain → list of pictures).

    Raises:
        ConfigError: no domain has the split.
    """
    results, painted = {}, {}
    experiment = experiment.for_evaluation()
    chosen = [name for name in domains or experiment.config.domains if split in experiment.splits(name)]
    if not chosen:
        require_known("split", split, {each for name in experiment.config.domains for each in experiment.splits(name)})
    for domain in chosen:
        tasks = {name: experiment.tasks[name] for name in experiment.evaluated_tasks(domain)}
        if not tasks:
            continue
        source, predictor = experiment.source(domain, split), experiment.predictor(domain)
        batch_size = experiment.config.evaluation.batch_size
        measured, painted[domain] = evaluate(predictor, tasks, source, domain, batch_size=batch_size, pictures=pictures)
        results |= measured
    return results, painted


def evaluate_center_prior(experiment, split):
    """Measure the centre prior of the training fixations wherever saliency is measured: the figure to beat."""
    results = {}
    for name, task in experiment.tasks.items():
        if "fixations_xy" not in task.labels:
            continue
        prior = CenterPrior(training_densities(experiment, name))
        for domain in experiment.config.domains:
            if split in experiment.splits(domain) and name in experiment.evaluated_tasks(domain):
                metric, source = task.metrics(), experiment.source(domain, split)
                for index in range(len(source)):
                    sample = source[index]
                    if task.has_labels(sample):
                        task.measure(metric, sample, {"saliency_map": prior.predict(sample["image"].shape[:2])})
                results[f"{name}@{domain}"] = metric.result()
    return results


def training_densities(experiment, name):
    """Yield the fixation density of every training image of a saliency task."""
    sigma = experiment.tasks[name].sigma
    for domain in experiment.matrix.domains_of(name):
        source = experiment.source(domain, "train")
        for index in range(len(source)):
            sample = source[index]
            if "fixations_xy" in sample:
                shape = sample["image"].shape[:2]
                yield fixation_density(sample["fixations_xy"], shape, sigma * shape[1])


def write_evaluation(experiment, run, tables=None):
    """Evaluate every split but `train` with the best weights, write `metrics.json` and `report.html`.

    Args:
        experiment: `Experiment`.
        run: `RunFolder`.
        tables: dict of title → (header, rows) to put on top of the report.
    """
    from xdomain_keras.reporting.report import write_report

    load_weights(experiment.network, run.weights("best"))
    experiment.choose(run.choices("best"))
    splits = dict.fromkeys(split for domain in experiment.config.domains for split in experiment.splits(domain))
    metrics, pictures = {}, {}
    for split in [split for split in splits if split != "train"] or ["train"]:
        results, pictures[split] = evaluate_split(experiment, split, experiment.config.evaluation.pictures)
        metrics[split] = as_json(results)
        prior = evaluate_center_prior(experiment, split)
        if prior:
            metrics[f"{split}, centre prior"] = as_json(prior)
    run.write_json(run.metrics_file, metrics)
    compared, panels = compare_domains(experiment) or (None, {})
    scores = logged_scores(run.log())
    tables = {
        **(tables or {}),
        **({"Without labels of the target": (list(scores), [list(scores.values())])} if scores else {}),
        **({"Gap between the domains": compared} if compared else {}),
        "Terms and optimizers": training_table(experiment),
    }
    write_report(run, experiment, metrics, pictures, tables, panels)


def training_table(experiment):
    """(header, rows): the options of terms and optimizers, the method's with the config's over them."""
    rows = [(f"term {name}", options) for name, options in experiment.term_options().items()]
    rows += [(f"optimizer of {stage.name}", stage.optimizer) for stage in experiment.stages()]
    return ("", "options"), [(name, yaml.safe_dump(own, default_flow_style=True).strip()) for name, own in rows]


def as_json(results):
    """Floats for JSON, NaN as null."""
    return {cell: {name: clean(value) for name, value in metrics.items()} for cell, metrics in results.items()}

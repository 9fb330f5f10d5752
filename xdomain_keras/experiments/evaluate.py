"""Measuring a trained run on any split, and its report."""

import yaml

from xdomain_keras.errors import DataError
from xdomain_keras.evaluation.evaluator import below_baseline, evaluate, evaluate_baselines
from xdomain_keras.experiments.cells import domains_with, measured_cells, measured_tasks, trained_matrix
from xdomain_keras.experiments.class_names import by_task
from xdomain_keras.experiments.cosines import cosine_notes
from xdomain_keras.experiments.domain_features import compare_domains
from xdomain_keras.experiments.joint_or_single import read_beside
from xdomain_keras.experiments.label_free import logged_scores
from xdomain_keras.experiments.plan import build_stages, term_options
from xdomain_keras.label_matrix import Cell
from xdomain_keras.reporting.report import Report, write_report
from xdomain_keras.reporting.tables import class_tables, labels_table
from xdomain_keras.signatures import require_known
from xdomain_keras.training.callbacks import clean

BASELINE = ", baseline"  # behind the name of a split, in metrics.json


def evaluate_split(config, data, model, split, pictures=0):
    """Measure a split of every domain that has it.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        model: `Model`.
        split: its name.
        pictures: number of images of a domain to paint.

    Returns:
        (dict of `Cell` → metrics, dict of domain → list of pictures).

    Raises:
        ConfigError: no domain has the split.
    """
    results, painted, model = {}, {}, model.for_evaluation()
    require_split(config, split)
    for domain in domains_with(config, split):
        wanted = measured_tasks(config, domain)
        if wanted:
            on_domain = model.tasks_on(data, domain, split)
            tasks = {name: on_domain[name] for name in wanted}
            options = {"batch_size": config.evaluation.batch_size, "pictures": pictures}
            samples, kinds = data.samples(domain, split), data.kinds(domain, split)
            predictor = model.predictor(domain)
            measured, painted[domain] = evaluate(predictor, tasks, samples, domain, kinds=kinds, **options)
            results |= measured
    return results, painted


def evaluate_split_baselines(config, data, facts, model, split):
    """Measure the baselines that a run keeps, on a split of every domain that has it; dict of `Cell` → metrics."""
    results, values = {}, {name: own["values"] for name, own in facts.baselines.items()}
    for domain in domains_with(config, split):
        tasks = model.tasks_on(data, domain, split)
        own = {name: tasks[name] for name in measured_tasks(config, domain)}
        results |= evaluate_baselines(values, own, data.samples(domain, split), domain)
    return results


def require_split(config, split):
    """Raise a `ConfigError` where no domain has a split."""
    if not domains_with(config, split):
        require_known("split", split, {name for domain in config.domains.values() for name in domain.splits})


def load_weights(network, path):
    """Load weights; `DataError` where the file is damaged or of another network."""
    try:
        network.load_weights(path)
    except (OSError, KeyError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(
            f"{path}: does not fit the network of this run, or is damaged ({reason}); train anew."
        ) from error


def write_evaluation(experiment, run, beside=None):
    """Evaluate every split but `train` with the best weights, write `metrics.json` and `report.html`.

    Args:
        experiment: `Experiment`, with the facts that the run keeps.
        run: `RunFolder`.
        beside: callable, dict of split → `task@domain` → metrics → (dict of title → (header, rows), list of sentences),
            both for the top of the report; None for what the run keeps of the single networks.

    Returns:
        list of sentences on the cells that are below their baseline, and on tasks whose gradients were compared.
    """
    config, data, facts, model = experiment.config, experiment.data, experiment.facts, experiment.model
    load_weights(model.network, run.weights("best"))
    model.choose(run.choices("best"))
    splits = dict.fromkeys(split for domain in config.domains.values() for split in domain.splits)
    metrics, pictures, verdicts = {}, {}, []
    for split in [split for split in splits if split != "train"] or ["train"]:
        results, pictures[split] = evaluate_split(config, data, model, split, config.evaluation.pictures)
        baselines = evaluate_split_baselines(config, data, facts, model, split)
        metrics[split], metrics[f"{split}{BASELINE}"] = as_json(results), as_json(baselines)
        verdicts += [f"{split}: {sentence}" for sentence in below_baseline(results, baselines, model.tasks)]
    verdicts += cosine_notes(run.log())
    run.write_json(run.metrics_file, metrics)
    tables, notes = beside(metrics) if beside else read_beside(run)
    compared, panels = compare_domains(config, data, model, lambda: model.rebuild(config)) or (None, {})
    scores, labels = logged_scores(run.log()), run.labels()
    report = Report(
        title=config.name,
        description=config.description,
        label_matrix=str(trained_matrix(config)),
        classes=class_tables(by_task(facts.classes)),
        tables={
            **({"Training labels": labels_table(labels)} if labels else {}),
            **tables,
            "Beside what has not seen the images": baselines_table(facts, model.tasks, metrics),
            **({"Without labels of the target": (list(scores), [list(scores.values())])} if scores else {}),
            **({"Gap between the domains": compared} if compared else {}),
            "Terms and optimizers": training_table(config, experiment.parts),
        },
        notes=[*notes, *verdicts],
        metrics={split: own for split, own in metrics.items() if not split.endswith(BASELINE)},
        log=run.log(),
        validated=[f"val/{cell}/{model.tasks[cell.task].main_metric}" for cell in measured_cells(config, "validation")],
        panels=panels,
        pictures=pictures,
        environment=run.environment(),
        config=run.config_file.read_text(encoding="utf-8"),
    )
    write_report(run.report_file, report)
    return verdicts


def baselines_table(facts, tasks, metrics):
    """(header, rows): the main score of every measured cell beside that of its baseline."""
    rows = []
    for split, results in metrics.items():
        if split.endswith(BASELINE):
            continue
        for cell, own in results.items():
            task, other = tasks[Cell.parse(cell).task], metrics.get(f"{split}{BASELINE}", {}).get(cell, {})
            name = facts.baselines.get(Cell.parse(cell).task, {}).get("name", "none")
            scores = [each.get(task.main_metric) for each in (own, other)]
            rows.append((f"{split}: {cell}", task.main_metric, *scores, name))
    return ("", "score", "network", "baseline", "which"), rows


def training_table(config, parts):
    """(header, rows): the options of terms and optimizers, the method's with the config's over them."""
    rows = [(f"term {name}", options) for name, options in term_options(config, parts).items()]
    rows += [(f"optimizer of {stage.name}", stage.optimizer) for stage in build_stages(config, parts)]
    return ("", "options"), [(name, yaml.safe_dump(own, default_flow_style=True).strip()) for name, own in rows]


def as_json(results):
    """Cells as text and floats for JSON, NaN as null."""
    return {str(cell): {name: clean(value) for name, value in metrics.items()} for cell, metrics in results.items()}

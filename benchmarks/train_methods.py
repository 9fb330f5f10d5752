"""Training several methods over several seeds on the same data: what the benchmarks with tables of methods share.

Each finished (method, seed) is stored at once, and skipped when the benchmark is started again; one that was
interrupted goes on from its checkpoint. The same command may run several times at once, as with one core each
(`taskset -c 0 …`): no run is taken twice.
"""

import contextlib
import dataclasses
import fcntl
import gc
import hashlib
import json
import pathlib
import shutil
import time

from built import build, load, measure
from result import ROOT, read_result, write_result


def add_arguments(parser, methods, seeds=(0, 1, 2)):
    """Options of such a benchmark."""
    parser.add_argument(
        "--methods", nargs="+", choices=methods, default=list(methods), metavar="METHOD", help=", ".join(methods)
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=list(seeds))
    parser.add_argument("--epochs", type=int, help="instead of the config's")
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="section.key=value", help="further overrides of every config"
    )
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "benchmarks", help="folder of the runs")


def single_tasks(domain, tasks, steps):
    """Overrides of single-task networks, by name: each sees the images that are labelled for it, for as many steps.

    Args:
        domain: name of the domain.
        tasks: names of the tasks among which labels are drawn.
        steps: an epoch.
    """
    return {
        f"single: {task}": [
            "method=multi_task",
            "terms.supervised.reduction=image",
            f"domains.{domain}.tasks=[{task}]",
            f"domains.{domain}.labels.tasks=[{', '.join(tasks)}]",
            f"domains.{domain}.labels.drop_unlabelled=true",
            f"steps_per_epoch={steps}",
        ]
        for task in tasks
    }


def train_all(name, config_path, methods, arguments, describe, split="test", extra=None):
    """Train what is not finished yet, and what no other process is at; the result is written after every run.

    Args:
        name: of the benchmark; finished rows are read from its result.
        config_path: of the joint method.
        methods: dict of method → overrides of the config. `model.start_from` names an earlier method, whose run of
            the same seed it begins from.
        arguments: parsed, with those of `add_arguments`.
        describe: callable (rows, scores of the tasks' baselines) → title, figures, targets and notes of the result, as
            a dict; `details` in it are kept beside the rows.
        split: that is measured.
        extra: callable, trained `Experiment` → dict that is laid under the row, or None.

    Returns:
        (list of rows, dict cell → metrics of the tasks' baselines, which do not look at the image).
    """
    from xdomain_keras.config import load_config

    shared = [*([f"stages.0.epochs={arguments.epochs}"] if arguments.epochs else []), *arguments.set]
    overrides = {method: [*methods[method], *shared] for method in arguments.methods}
    digests = {method: digest(load_config(config_path, own)) for method, own in overrides.items()}

    def stored():
        """What is finished; rows of other settings are not comparable, and go."""
        details = (read_result(name, arguments.results) or {}).get("details", {})
        same = [
            row
            for row in details.get("rows", ())
            if row["method"] in methods
            and row["overrides"] == overrides.get(row["method"], row["overrides"])
            and row.get("config") in (None, digests.get(row["method"], row.get("config")))
        ]
        return same, details.get("no_look")

    def save(rows, no_look):
        described = describe(rows, no_look)
        details = {"rows": rows, "no_look": no_look, **described.pop("details", {})}
        seeds = sorted({row["seed"] for row in rows})
        write_result(name, **described, folder=arguments.results, seeds=seeds, details=details)

    order = list(methods)
    sources, folder = {}, arguments.runs / name
    no_look = stored()[1] or measure_baselines(config_path, shared, sources, split)
    for seed in arguments.seeds:
        for method in arguments.methods:
            with claimed(folder / f"{method}_{seed}.lock") as mine:
                if not mine or (method, seed) in {(row["method"], row["seed"]) for row in stored()[0]}:
                    continue
                config = load_config(config_path, [*overrides[method], f"seed={seed}"])
                base = config.model.start_from
                if base:
                    with claimed(folder / f"{base}_{seed}.lock", wait=True):  # until another process has trained it
                        config.model.start_from = str(folder / f"{base}_{seed}")
                print(f"== {method}, seed {seed}", flush=True)
                row = train_one(config, folder / f"{method}_{seed}", sources, split, extra)
                named = {"method": method, "seed": seed, "overrides": overrides[method], "config": digests[method]}
                with claimed(folder / "result.lock", wait=True):
                    rows = [*stored()[0], {**named, **row}]
                    save(sorted(rows, key=lambda row: (order.index(row["method"]), row["seed"])), no_look)
    rows = stored()[0]
    save(rows, no_look)
    return rows, no_look


@contextlib.contextmanager
def claimed(path, wait=False):
    """Whether this process alone holds a lock file, for as long as the context lasts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def digest(config):
    """A hash of all that a config says beyond the defaults, but for its name and description."""
    content = config.model_dump(mode="json", exclude={"name", "description"}, exclude_defaults=True)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def train_one(config, folder, sources, split, extra=None):
    """Train one config and measure it on a split."""
    import keras

    from xdomain_keras.experiments.run_folder import RunFolder
    from xdomain_keras.experiments.train import train
    from xdomain_keras.reporting.progress import progress_callbacks

    run = RunFolder(folder)
    resume = run.checkpoint_file.exists() and run.config() == config
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    epochs_before = len(run.log())
    start_cpu = time.process_time()
    train(config, folder, resume=resume, report=False, extra_callbacks=[progress_callbacks], sources=sources)
    cpu_seconds = time.process_time() - start_cpu
    experiment = load(folder, sources=sources)
    results = measure(experiment, split)
    more = extra(experiment) if extra else {}
    del experiment
    keras.backend.clear_session()
    gc.collect()
    # The log has the time of every epoch; the process knows its own epochs alone.
    timed = {"seconds": sum(line["seconds"] for line in run.log())}
    if not epochs_before:
        timed["cpu_seconds"] = cpu_seconds
    return {**more, **timed, "last_epoch": run.log()[-1], "test": results}


def measure_baselines(path, overrides, sources, split):
    """Metrics of the tasks' baselines, fitted to the training labels, on a split: dict of cell → metrics."""
    from xdomain_keras.experiments.evaluate import evaluate_split_baselines
    from xdomain_keras.experiments.resolve import fit_baselines

    experiment = build(path, overrides, sources)
    config, data, model = experiment.config, experiment.data, experiment.model
    facts = dataclasses.replace(experiment.facts, baselines=fit_baselines(config, data, model))
    return {str(cell): own for cell, own in evaluate_split_baselines(config, data, facts, model, split).items()}

"""A config's experiment and trainer, for benchmarks that look at parts of it."""


def build(path, overrides=(), sources=None):
    """The `Experiment` of a config file; its data are opened when they are asked for."""
    from xdomain_keras.config import load_config
    from xdomain_keras.experiments.validate import build_experiment
    from xdomain_keras.parts import load_parts

    return build_experiment(load_config(path, overrides), load_parts(), sources)


def build_plan(experiment):
    """The `Plan` of an experiment: its terms are new, and a trainer makes them ready."""
    from xdomain_keras.experiments import plan

    return plan.build_plan(experiment.config, experiment.parts, len(experiment.model.tasks))


def build_trainer(experiment, plan, terms=None, **settings):
    """A compiled trainer of a plan's first stage, or of some of its terms.

    Args:
        experiment: `Experiment`.
        plan: of it.
        terms: instead of the plan's.
        settings: of `compile`; by default the optimizer of the stage, without jit.
    """
    from xdomain_keras.signatures import call
    from xdomain_keras.training import Trainer, build_optimizer

    terms = plan.terms if terms is None else terms
    trainer = Trainer(experiment.model.network, plan.matrix, terms, experiment.model.tasks)
    if "optimizer" not in settings:
        options = plan.stages[0].optimizer
        settings["optimizer"] = call(build_optimizer, options, "optimizer", total_steps=1000)
        settings["optimizer"].build(trainer.trainable_variables)
    trainer.compile(**{"jit_compile": False, **settings})
    return trainer


def mixture_of(experiment):
    """The training stream over all domains that are trained."""
    from xdomain_keras.experiments.cells import trained_matrix

    domains, tasks_on = trained_matrix(experiment.config).domains, experiment.model.tasks_on
    return experiment.data.mixture({domain: tasks_on(experiment.data, domain, "train") for domain in domains})


def load(folder, which="best", overrides=(), sources=None):
    """The `Experiment` of a run's folder."""
    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.parts import load_parts

    return load_run(folder, load_parts(), which, overrides, sources)[0]


def measure(experiment, split, domain=None):
    """Dict of cell as text → metrics, of a split: of every domain, or of one."""
    from xdomain_keras.experiments.evaluate import evaluate_split

    results, _ = evaluate_split(experiment.config, experiment.data, experiment.model, split)
    return {str(cell): own for cell, own in results.items() if domain in (None, cell.domain)}

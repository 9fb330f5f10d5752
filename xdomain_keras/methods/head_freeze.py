"""Head freeze: an anchor task, labelled in both domains, carries a main task to the domain that lacks it (TADA).

Li, Luo, Tulyakov, Dai, Hoiem: Task-Assisted Domain Adaptation with Anchor Tasks (2019). Stage 1 trains both tasks on
the source (Eq. 4) until they have nearly converged; stage 2 freezes the last layers and trains the others on all
labels (Eq. 6), so that the features of the target must serve the anchor task in the way that the source taught. An
adversary (Eq. 7) can be added; `benchmarks/head_freeze.py` has the rivals, as options laid over one config.
"""

from xdomain_keras.errors import ConfigError


def head_freeze():
    """Carry a task from the source to the target by an anchor task and frozen last layers (Li et al. 2019).

    These options are laid under a config with `method: head_freeze`, whose stages say where and what they train.

    `L_Sm + λ L_Sa + λ L_Ta` (Eq. 6): λ is the anchor's in `terms.supervised.weights`. The paper leaves optimizer and
    rate to its supplement.

    Example:

    >>> sorted(head_freeze()["terms"])
    ['supervised']
    """
    return {
        "terms": {"supervised": {}},
        "optimizer": {"name": "adam", "learning_rate": 1e-4},
        "check": check_anchor,
    }


def check_anchor(matrix, stages):
    """Raise a `ConfigError` unless the domains of each stage that freezes parts share a task: the anchor.

    Args:
        matrix: `LabelMatrix` of all domains.
        stages: list of `training.Stage`.

    Example:

    >>> from xdomain_keras import LabelMatrix, training
    >>> matrix = LabelMatrix({"drawn": ["normals"], "photo": ["boxes"]})
    >>> try:
    ...     check_anchor(matrix, [training.Stage("both", 1, frozen=["normals"])])
    ... except ConfigError as error:
    ...     print(str(error).partition(";")[0])
    stage `both` freezes `normals`, and no task is labelled in all of its domains (drawn: normals, photo: boxes)
    """
    for stage in (stage for stage in stages if stage.frozen):
        part = matrix.restrict(stage.domains, stage.tasks)
        frozen = f"stage `{stage.name}` freezes `{stage.frozen[0]}`"
        if len(part.domains) < 2:
            raise ConfigError(
                f"{frozen}, and trains on `{part.domains[0]}` alone; give it a second domain that has the anchor task."
            )
        if not any(all(part.has(domain, task) for domain in part.domains) for task in part.tasks):
            labelled = [f"{domain}: {' and '.join(part.tasks_of(domain)) or 'nothing'}" for domain in part.domains]
            places = " and ".join(f"domains.{domain}.tasks" for domain in part.domains)
            raise ConfigError(
                f"{frozen}, and no task is labelled in all of its domains ({', '.join(labelled)}); name the anchor "
                f"task in {places}."
            )

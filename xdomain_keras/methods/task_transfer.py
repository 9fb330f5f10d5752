"""Task transfer: a task learnt in one domain, used in another that has no labels for it (ADA-AT/DT).

Chavhan, Jha, Banerjee, Chaudhuri: ADA-AT/DT: An Adversarial Approach for Cross-Domain and Cross-Task Knowledge Transfer
(WACV 2021). Task 1 is labelled in domains A and B, task 2 in A alone. A domain classifier makes the features of task
1's network alike in A and B; a transfer network learns in A to turn them into those of task 2's; in B task 2's decoder
reads what it makes of task 1's features. Without the classifier, and with a mean square, it is AT/DT (Ramirez et al.
2019).
"""

from xdomain_keras.errors import ConfigError


def task_transfer():
    """Give a domain a task that it has no labels for, from the features of another task (Chavhan et al. 2021).

    These options are laid under a config with `method: task_transfer`, whose stages name the terms that they sum.

    `(1 - α) L_adv + α L_task` with α = .4 (Eq. 2, §4.6), L1 between features (Eq. 3), Adam with learning rate 5e-4
    (§4.5). `supervised` has α, `domain_adversarial` 1 - α; the first stage sums both, the second, of task 2,
    the first alone, where the factor does nothing to Adam.

    Example:

    >>> options = task_transfer()["terms"]
    >>> options["supervised"]["weight"] + options["domain_adversarial"]["weight"]
    1.0
    """
    return {
        "terms": {
            "supervised": {"weight": 0.4},
            "domain_adversarial": {"weight": 0.6},
            "feature_matching": {},
        },
        "optimizer": {"name": "adam", "learning_rate": 5e-4},
        "check": check_first_task,
    }


def check_first_task(matrix, stages):
    """Raise a `ConfigError` where a domain is labelled for nothing: task 1 is learnt in all of them.

    Args:
        matrix: `LabelMatrix` of all domains.
        stages: list of `training.Stage`; the first trains task 1.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> try:
    ...     check_first_task(LabelMatrix({"drawn": ["depth"], "real": []}), [])
    ... except ConfigError as error:
    ...     print(error)
    domain `real` is labelled for nothing, and task 1 is learnt in every domain; name it (depth) in domains.real.tasks.
    """
    for domain in matrix.domains:
        if not matrix.tasks_of(domain):
            first = (stages[0].tasks if stages else None) or matrix.tasks
            raise ConfigError(
                f"domain `{domain}` is labelled for nothing, and task 1 is learnt in every domain; name it "
                f"({' or '.join(first)}) in domains.{domain}.tasks."
            )

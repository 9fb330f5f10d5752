"""A term of your own: CORAL, which makes the second moments of the domains' features alike.

xdomain train docs/examples/coral.yaml --parts docs/examples/coral.py
"""

import itertools

from keras import ops

from xdomain_keras.terms.term import Needs, Term, require_domains


class Coral(Term):
    """`‖C_a - C_b‖²_F / (4 d²)` for every pair of domains, C the covariance of a feature (Sun & Saenko 2016, Eq. 1).

    Args:
        feature: name of a feature that is a vector.
        weight: factor of the term in the loss.
        name: of the term.
    """

    def __init__(self, feature: str = "pooled", weight: float = 1.0, name="coral"):
        super().__init__(name, weight)
        self.feature = feature

    def needs(self, setting):
        require_domains(self, setting.matrix)
        return {domain: Needs(features=frozenset([self.feature])) for domain in setting.matrix.domains}

    def cells(self, setting):
        return [f"{a}~{b}" for a, b in itertools.combinations(setting.matrix.domains, 2)]

    def compute(self, step):
        covariances = {domain: covariance(features[self.feature]) for domain, features in step.features.items()}
        return {
            f"{a}~{b}": (ops.sum(ops.square(first - second)) / (4 * first.shape[0] ** 2), 1.0)
            for (a, first), (b, second) in itertools.combinations(covariances.items(), 2)
        }


def covariance(rows):
    """Covariance `[d, d]` of the rows of `[n, d]`."""
    rows = ops.cast(rows, "float32")
    centered = rows - ops.mean(rows, axis=0, keepdims=True)
    return ops.matmul(ops.transpose(centered), centered) / ops.maximum(ops.cast(ops.shape(rows)[0], "float32") - 1, 1)


PARTS = {"terms": {"coral": Coral}}

"""Maximum mean discrepancy between the domains' shared features."""

import itertools
from typing import Literal

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.mmd import bilinear_mmd, linear_mmd, rbf_mmd
from xdomain_keras.signatures import check_choices
from xdomain_keras.terms.term import Needs, Term, require_domains


class MMD(Term):
    """Pulls the domains' features together (paper 000, Eq. 2-4), for every pair of domains.

    With the bilinear kernel `k(z, z') = zᵀ(WᵀW + I)z' + c`, Eq. 4 reads
    `L = MMD² - log ||W|| - log c`. As printed (`literal=True`) it has no minimum: c occurs in no other
    place, so that -log c falls for ever, and W is *minimised* along with the features, so -log ||W||
    is a barrier. The default keeps what is meant: c stays out of the loss, and the barrier
    `-log clip(||W||_F, 1e-6, 1)` holds W off zero and has no gradient from norm 1 on.

    Args:
        feature: name of a feature of the network: `[B, D]`, or a level `[B, h, w, D]`, averaged over the image.
        kernel: `"bilinear"`, `"rbf"` (a sum of Gaussians) or `"linear"`.
        rank: rows of W; None for D (the paper's square W).
        bandwidths: of the RBF kernels, relative to the mean squared distance.
        literal: Eq. 4 as printed, with a learnable c.
        weight: of the term; the paper's w3 is 10.
        name: of the term.

    Raises:
        ConfigError: fewer than two domains, or a number out of its range.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.terms import Setting
    >>> MMD(kernel="rbf").cells(Setting(LabelMatrix({"room": ["detection"], "street": ["saliency"]})))
    ['room~street']
    """

    reads_images = False

    def __init__(
        self,
        feature: str = "pooled",
        kernel: Literal["bilinear", "rbf", "linear"] = "bilinear",
        rank: int | None = None,
        bandwidths: list[float] = (0.25, 0.5, 1.0, 2.0, 4.0),
        literal: bool = False,
        weight: float = 10.0,
        name="mmd",
    ):
        super().__init__(name, weight)
        check_choices(MMD, kernel=kernel)
        if rank is not None and rank < 1:
            raise ConfigError(f"terms.{name}.rank is {rank}; expected an integer from 1 up, or null.")
        if not bandwidths or min(bandwidths) <= 0:
            raise ConfigError(f"terms.{name}.bandwidths is {list(bandwidths)}; expected numbers above 0.")
        self.feature, self.kernel, self.rank = feature, kernel, rank
        self.bandwidths, self.literal = tuple(bandwidths), literal

    def needs(self, setting):
        require_domains(self, setting.matrix)
        return {domain: Needs(features=frozenset([self.feature])) for domain in setting.matrix.domains}

    def cells(self, setting):
        return [f"{a}~{b}" for a, b in itertools.combinations(setting.matrix.domains, 2)]

    def prepare(self, network, setting):
        if self.kernel == "bilinear":
            size = setting.features[self.feature][-1]
            rank = self.rank or size
            # Rows of about unit length: ||W||_F is then about sqrt(rank), past the barrier.
            self.projection = self.add_weight((rank, size), initializer="glorot_normal", name="projection")
            if self.literal:
                self.constant = self.add_weight((), initializer="ones", name="constant")
        self.built = True

    def compute(self, step):
        values = {}
        for (a, xs), (b, ys) in itertools.combinations(step.features.items(), 2):
            x, y = (pooled(ops.cast(features[self.feature], "float32")) for features in (xs, ys))
            values[f"{a}~{b}"] = (self.discrepancy(x, y) + self.barrier(), 1.0)
        return values

    def discrepancy(self, x, y):
        if self.kernel == "bilinear":
            return bilinear_mmd(x, y, ops.convert_to_tensor(self.projection))
        return rbf_mmd(x, y, self.bandwidths) if self.kernel == "rbf" else linear_mmd(x, y)

    def barrier(self):
        """`-log ||W||_F - log c` of Eq. 4, or its bounded reading; 0 for kernels that learn nothing."""
        if self.kernel != "bilinear":
            return 0.0
        norm = ops.sqrt(ops.sum(ops.square(self.projection)) + 1e-12)
        if self.literal:
            return -ops.log(norm) - ops.log(ops.maximum(self.constant, 1e-6))
        return -ops.log(ops.clip(norm, 1e-6, 1.0))


def pooled(features):
    """A map averaged over the image; anything else as it is."""
    return ops.mean(features, axis=(1, 2)) if len(features.shape) == 4 else features

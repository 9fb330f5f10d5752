"""Whether one figure is really higher than another: paired differences over seeds, and Student's t."""

import dataclasses
import math

import numpy as np

LEVEL = 0.05  # of the two-sided test
BETTER, WORSE, UNDECIDED = "better", "worse", "undecided"


@dataclasses.dataclass(frozen=True)
class Paired:
    """A figure of several seeds against the same figure of something else with the same seeds.

    Attributes:
        number: pairs of which both have the figure.
        difference: mean of `other - first`.
        spread: standard deviation of the differences, with n - 1.
        t: `difference / (spread / √n)`; NaN for fewer than two pairs.
        p: of Student's t distribution with n - 1 degrees of freedom, two-sided.
        verdict: `"better"` or `"worse"` where p < 0.05, else `"undecided"`.
    """

    number: int
    difference: float
    spread: float
    t: float
    p: float
    verdict: str


def compare_pairs(first, other, lower_is_better=False):
    """Compare figures seed by seed.

    Args:
        first: list of floats, one a seed; None and NaN are left out with their pair.
        other: the same of what is judged.
        lower_is_better: as of errors.

    Returns:
        `Paired`.

    Example:

    >>> found = compare_pairs([0.50, 0.52, 0.51], [0.60, 0.61, 0.62])
    >>> found.verdict, round(found.t, 2), compare_pairs([0.5], [0.6]).verdict
    ('better', 17.32, 'undecided')
    """
    import scipy.stats

    pairs = [(a, b) for a, b in zip(first, other, strict=True) if a is not None and b is not None and a == a and b == b]
    differences = np.array([b - a for a, b in pairs])
    number, nan = len(differences), math.nan
    if not number:
        return Paired(0, nan, nan, nan, nan, UNDECIDED)
    mean = float(differences.mean())
    if number < 2:
        return Paired(number, mean, nan, nan, nan, UNDECIDED)
    spread = float(differences.std(ddof=1))
    if not spread:  # all differences are the same
        t = math.copysign(math.inf, mean) if mean else 0.0
    else:
        t = mean / (spread / math.sqrt(number))
    p = float(2 * scipy.stats.t.sf(abs(t), number - 1))
    verdict = (BETTER if (mean > 0) != lower_is_better else WORSE) if p < LEVEL else UNDECIDED
    return Paired(number, mean, spread, t, p, verdict)

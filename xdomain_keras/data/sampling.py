"""Sampling: how many images of each domain a batch has, and how often an image is shown."""

import numpy as np

from xdomain_keras.errors import ConfigError


def split_batch(batch_size, counts, temperature=1.0, weights=None):
    """Split a batch among domains: `n_d ∝ w_d · N_d^(1/T)`, each at least 1 (Arivazhagan et al. 2019, §3.2).

    With temperature 1 every image is shown equally often, with a high one every domain has an equal share.

    Args:
        batch_size: images of a step, of all domains together.
        counts: dict of domain → number of its images N_d.
        temperature: T, above 0.
        weights: dict of domain → w_d; 1 where none is given.

    Returns:
        dict of domain → int ≥ 1; they add up to `batch_size`.

    Raises:
        ConfigError: fewer images than domains.

    Example:

    >>> split_batch(8, {"road": 900, "room": 100})
    {'road': 7, 'room': 1}
    >>> split_batch(8, {"road": 900, "room": 100}, temperature=2)
    {'road': 6, 'room': 2}
    """
    if batch_size < len(counts):
        raise ConfigError(f"mixture.batch_size is {batch_size} for {len(counts)} domains; each needs an image.")
    logs = np.log(list(counts.values())) / temperature
    scaled = np.array([(weights or {}).get(name, 1.0) for name in counts]) * np.exp(logs - logs.max())
    wanted = batch_size * scaled / scaled.sum()
    sizes = np.maximum(1, np.floor(wanted).astype(int))
    while sizes.sum() != batch_size:  # the largest remainders first; a size of 1 is never lowered
        step = 1 if sizes.sum() < batch_size else -1
        place = np.argmax(np.where((step > 0) | (sizes > 1), step * (wanted - sizes), -np.inf))
        sizes[place] += step
    return dict(zip(counts, map(int, sizes), strict=True))


def repeat_factors(present, threshold):
    """How often each image is to be shown so that rare classes are seen: `r_i = max_{c ∈ i} max(1, √(t / f_c))`.

    f_c is the part of the images with class c (Gupta et al. 2019, LVIS, appendix B).

    Args:
        present: bool `[images, classes]`.
        threshold: t: classes in a smaller part of the images are shown more often.

    Returns:
        float `[images]`, ≥ 1.

    Example:

    >>> repeat_factors(np.array([[1, 0]] * 15 + [[1, 1]], bool), 0.25).tolist()[-2:]
    [1.0, 2.0]
    """
    part = present.mean(axis=0)
    factors = np.maximum(1, np.sqrt(threshold / np.where(part > 0, part, np.inf)))
    return np.where(present, factors, 1.0).max(axis=1, initial=1.0)


def draw_rows(factors, rng):
    """Rows of one pass, each about as often as its factor says: a systematic sample, whose length is always the same.

    Args:
        factors: float `[rows]`, ≥ 1.
        rng: `np.random.Generator`.

    Returns:
        int `[round(Σ factors)]`, in random order; every row comes `floor(r)` or `ceil(r)` times, up to the rounding.

    Example:

    >>> np.bincount(draw_rows(np.array([1.0, 2.0, 1.0]), np.random.default_rng(0))).tolist()
    [1, 2, 1]
    """
    ends = np.cumsum(factors)
    length = round(float(ends[-1]))
    places = (np.arange(length) + rng.random()) * ends[-1] / length
    return rng.permutation(np.searchsorted(ends, places, side="right").clip(max=len(factors) - 1))

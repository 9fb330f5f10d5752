"""Random maps and fixations on which saliency scores are compared; NumPy is all that they need."""

import numpy as np

COUNT = 120


def draw_case(seed):
    """Draw a map, a density, fixations and fixations of other images; each third map has tied values."""
    generator = np.random.default_rng(seed)
    height, width = generator.integers(6, 24, 2)
    saliency = generator.random((height, width)) ** 3
    if seed % 3 == 0:
        saliency = np.round(saliency * 6) / 6
    fixations = generator.random((generator.integers(1, 20), 2)) * (width, height)
    others = generator.random((generator.integers(1, 60), 2)) * (width, height)
    # Some are there twice, so that counting pixels and counting fixations differ.
    return saliency, generator.random((height, width)), np.concatenate([fixations, fixations[:3]]), others

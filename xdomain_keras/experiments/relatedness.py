"""Task relatedness of two runs (representation similarity analysis)."""

import numpy as np

from xdomain_keras.evaluation.task_relatedness import task_relatedness
from xdomain_keras.experiments.cells import trained_matrix
from xdomain_keras.experiments.domain_features import image_features
from xdomain_keras.experiments.load import load_run
from xdomain_keras.parts import load_parts


def relatedness(folder_a, folder_b, domain=None, split="test", num_images=100, seed=0, parts=None):
    """Compare how two trained networks see the same images (paper 000, §5.5).

    Features of the shared backbone (pooled) of `num_images` random images give each network a matrix of
    dissimilarities `1 - Pearson`; the relatedness is Spearman's correlation of the two.

    Args:
        folder_a: run of a network.
        folder_b: run of another; the images are resized to each network's own size.
        domain: whose images; None for the first domain of `folder_a`.
        split: of that domain.
        num_images: at most.
        seed: of the choice.
        parts: `Parts`; None for those of this package and of installed ones.

    Returns:
        dict with `relatedness` in [-1, 1], `images`, `domain`, `split`.
    """
    parts = load_parts() if parts is None else parts
    experiments = [load_run(folder, parts)[0] for folder in (folder_a, folder_b)]
    first = experiments[0]
    domain = domain or trained_matrix(first.config).domains[0]
    rows = np.random.default_rng(seed).permutation(first.data.count(domain, split))[:num_images]
    features = [
        image_features(each.config, each.model, "pooled", first.data.samples(domain, split, rows))
        for each in experiments
    ]
    return {"relatedness": float(task_relatedness(*features)), "images": len(rows), "domain": domain, "split": split}

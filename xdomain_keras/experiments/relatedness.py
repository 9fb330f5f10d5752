"""Task relatedness of two runs (representation similarity analysis)."""

import numpy as np

from xdomain_keras.evaluation.task_relatedness import task_relatedness
from xdomain_keras.experiments.domain_features import image_features
from xdomain_keras.experiments.evaluate import load_run


def relatedness(folder_a, folder_b, domain=None, split="test", num_images=100, seed=0):
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

    Returns:
        dict with `relatedness` in [-1, 1], `images`, `domain`, `split`.
    """
    experiments = [load_run(folder)[0] for folder in (folder_a, folder_b)]
    domain = domain or experiments[0].matrix.domains[0]
    source = experiments[0].source(domain, split)
    chosen = np.random.default_rng(seed).permutation(len(source))[:num_images]
    images = [source.read_image(int(index)) for index in chosen]
    features = [pooled_features(experiment, images) for experiment in experiments]
    value = float(task_relatedness(*features))
    return {"relatedness": value, "images": len(images), "domain": domain, "split": split}


def pooled_features(experiment, images):
    """float `[N, D]`: the pooled features of the backbone."""
    return image_features(experiment, images, "pooled")

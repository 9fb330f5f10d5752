"""Cross-domain multi-task learning by MMD alignment.

Khattar, Hegde, Hebbalaguppe: Cross-Domain Multi-task Learning for Object Detection and Saliency
Estimation (CVPR workshops 2021). Each task has a domain of its own; a shared backbone sees a batch of
every domain a step, and the squared MMD of its pooled features pulls the domains together.
"""


def mmd_alignment():
    """Pull the features of the domains together by their MMD, each task learnt in its domain (Khattar et al. 2021).

    These options are laid under a config with `method: mmd_alignment`.

    `L = w1 L_detect + w2 L_saliency + w3 L_MMD` (Eq. 8) with w = (1, 1, 10), SGD with learning rate
    1e-3, momentum .9 and weight decay 5e-4 (§4.2). Batch size, epochs and schedule are not given.

    Example:

    >>> mmd_alignment()["terms"]["mmd"]["weight"]
    10.0
    """
    return {
        "terms": {
            "supervised": {"weights": {"detection": 1.0, "saliency": 1.0}},
            "mmd": {"kernel": "bilinear", "weight": 10.0},
        },
        "optimizer": {"name": "sgd", "learning_rate": 1e-3, "momentum": 0.9, "weight_decay": 5e-4, "decay": "coupled"},
    }

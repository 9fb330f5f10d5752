"""Learning multiple dense prediction tasks from partially annotated data (MTPSL).

Li, Liu, Bilen: Learning Multiple Dense Prediction Tasks from Partially Annotated Data (CVPR 2022). Every image is
labelled for some tasks; the prediction of an unlabelled task and the label of another agree in a joint space.
"""


def pair_mapping():
    """Let unlabelled tasks learn from the labels of others, in a joint space of each pair (Li et al. 2022).

    These options are laid under a config with `method: pair_mapping`.

    Eq. 4 with both sums' 1/|T_n| and 1/|U_n|; Adam with learning rate 1e-4 (§4.1, after Liu et al. 2019).

    Example:

    >>> pair_mapping()["terms"]["supervised"]["reduction"]
    'image'
    """
    return {
        "terms": {"supervised": {"reduction": "image"}, "pair_consistency": {}},
        "optimizer": {"name": "adam", "learning_rate": 1e-4},
    }

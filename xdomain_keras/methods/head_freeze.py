"""Head freeze: an anchor task, labelled in both domains, carries a main task to the domain that lacks it (TADA).

Li, Luo, Tulyakov, Dai, Hoiem: Task-Assisted Domain Adaptation with Anchor Tasks (2019). Stage 1 trains both tasks on
the source (Eq. 4) until they have nearly converged; stage 2 freezes the last layers and trains the others on all
labels (Eq. 6), so that the features of the target must serve the anchor task in the way that the source taught. An
adversary (Eq. 7) can be added; `configs/head_freeze/` has the rivals.
"""


def head_freeze():
    """Options laid under a config with `method: head_freeze`, whose stages say where and what they train.

    `L_Sm + λ L_Sa + λ L_Ta` (Eq. 6): λ is the anchor's in `terms.supervised.weights`. The paper leaves optimizer and
    rate to its supplement.

    Example:

    >>> sorted(head_freeze()["terms"])
    ['supervised']
    """
    return {"terms": {"supervised": {}}, "optimizer": {"name": "adam", "learning_rate": 1e-4}}

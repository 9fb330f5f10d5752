"""Objectives of a domain classifier and of the encoder that it judges."""

from keras import ops

from xdomain_keras.losses.gradients import value_and_gradients


def domain_loss(logits, label, objective):
    """How far a classifier's answers are from one label.

    - `"bce"`: binary cross entropy of sigmoid(logits) (paper 001, Eq. 1);
    - `"least_squares"`: `mean (logits - label)²` (Mao et al. 2017; paper 001, §4.5);
    - `"wasserstein"`: `mean logits · (1 - 2 label)`: any number, the higher for label 1 the better.

    Args:
        logits: `[B]`.
        label: number in [0, 1]; softened labels are such as .9 and .1.
        objective: as above.

    Returns:
        scalar, the mean over the images.

    Example:

    >>> round(float(domain_loss(ops.zeros((4,)), 0.9, "bce")), 4)  # ln 2, whatever the label
    0.6931
    """
    if objective == "bce":
        return ops.mean(ops.softplus(logits) - label * logits)
    if objective == "least_squares":
        return ops.mean(ops.square(logits - label))
    return ops.mean(logits) * (1 - 2 * label)


def gradient_penalty(function, first, second, mix):
    """`mean (‖∇ f(x)‖ - 1)²` at points x between two batches (Gulrajani et al. 2017, Eq. 3).

    Paper 001 names the Wasserstein distance and no way to keep the critic Lipschitz; this is the usual one.

    Args:
        function: callable, `[B, …]` → `[B]`.
        first: `[B, …]`.
        second: `[B', …]`; as many images as both have are taken.
        mix: `[min(B, B')]`, the part of `first` at each point, in [0, 1].

    Returns:
        scalar.

    Example:

    >>> x = ops.ones((2, 3))
    >>> round(float(gradient_penalty(lambda x: ops.sum(x, axis=1), x, 0 * x, ops.array([0.0, 1.0]))), 4)
    0.5359
    """
    count = ops.shape(mix)[0]
    mix = ops.reshape(mix, (count, *[1] * (len(first.shape) - 1)))
    points = mix * first[:count] + (1 - mix) * second[:count]
    _, (slopes,) = value_and_gradients(lambda xs: ops.sum(function(xs[0])), [points], nested=True)
    squares = ops.sum(ops.square(ops.reshape(slopes, (count, -1))), axis=1)
    return ops.mean(ops.square(ops.sqrt(squares + 1e-12) - 1))

"""The saliency loss of paper 000, Eq. 6 and 7, from its four parts."""

from typing import Literal

import keras
from keras import ops

from xdomain_keras.losses.stretching import stretch_to
from xdomain_keras.signatures import check_choices

EPSILON = 1e-6


def standardize(maps):
    """Subtract the mean of each map and divide by its standard deviation; a constant map gives 0."""
    centered = maps - ops.mean(maps, axis=(1, 2), keepdims=True)
    return centered / ops.sqrt(ops.mean(ops.square(centered), axis=(1, 2), keepdims=True) + EPSILON**2)


def normalized_scanpath(fixations, saliency):
    """Mean of the standardized map at the fixations, an image at a time (Peters et al. 2005).

    Args:
        fixations: float `[B, H, W]`, the number of fixations on each pixel.
        saliency: float `[B, H, W]`.

    Returns:
        float `[B]`; 0 for an image without fixations.

    Example:

    >>> saliency = ops.array([[[0.0, 0.0], [0.0, 1.0]]])
    >>> round(float(normalized_scanpath(saliency, saliency)[0]), 3)
    1.732
    """
    count = ops.sum(fixations, axis=(1, 2))
    return ops.sum(standardize(saliency) * fixations, axis=(1, 2)) / ops.maximum(count, 1.0)


def correlation(density, saliency):
    """Pearson's correlation of two maps, an image at a time.

    Args:
        density: float `[B, H, W]`.
        saliency: float `[B, H, W]`.

    Returns:
        float `[B]` in [-1, 1]; 0 where a map is constant.

    Example:

    >>> density = ops.array([[[0.0, 0.5], [0.2, 1.0]]])
    >>> round(float(correlation(density, 2 * density + 1)[0]), 3)
    1.0
    """
    return ops.mean(standardize(density) * standardize(saliency), axis=(1, 2))


@keras.saving.register_keras_serializable(package="xdomain_keras")
class SaliencyLoss(keras.losses.Loss):
    """`L = w1 BCE(o, s) + w2 MSE(o, s) + w3 L_NSS(o, f) + w4 L_CC(o, s)`, paper 000, Eq. 6.

    `o` is the sigmoid of the predicted logits, `s` the fixation density, `f` the fixations, `L_CC = -CC`.

    Eq. 7 reads `L_NSS = -1/NSS`. Its minimum lies at NSS → 0+, so it *lowers* NSS: a printing error.
    The default takes `-NSS`.

    Args:
        bce: w1, weight of the binary cross entropy.
        mse: w2, weight of the mean squared error.
        nss: w3, weight of the scanpath term.
        cc: w4, weight of the correlation term.
        nss_form: `"negative"`: -NSS; `"inverse"`: 1/max(NSS, 0.1), the inverse with the right sign;
            `"literal"`: -1/NSS as printed.

    `y_true` is float `[B, H, W, 2]`: density in [0, 1] and fixation counts. `y_pred` is float
    `[B, h, w, 1]`: logits, stretched to H × W where they differ. The reduction runs over images.

    Raises:
        ConfigError: unknown `nss_form`.

    Example:

    >>> density = np.zeros((1, 8, 8, 2), "float32"); density[0, 4, 4] = 1
    >>> good, bad = 10 * density[..., :1] - 5, -10 * density[..., :1]
    >>> bool(SaliencyLoss()(density, good) < SaliencyLoss()(density, bad))
    True
    """

    def __init__(
        self,
        bce=1.0,
        mse=10.0,
        nss=1.0,
        cc=1.0,
        nss_form: Literal["negative", "inverse", "literal"] = "negative",
        reduction="sum_over_batch_size",
        name="saliency_loss",
    ):
        super().__init__(reduction=reduction, name=name)
        check_choices(SaliencyLoss, nss_form=nss_form)
        self.bce, self.mse, self.nss, self.cc, self.nss_form = bce, mse, nss, cc, nss_form

    def call(self, y_true, y_pred):
        density, fixations = ops.cast(y_true[..., 0], "float32"), ops.cast(y_true[..., 1], "float32")
        logits = stretch_to(y_pred, y_true.shape[1:3])[..., 0]
        saliency = ops.sigmoid(logits)
        # softplus(x) - x s: the cross entropy from logits, exact for any logit.
        cross_entropy = ops.mean(ops.softplus(logits) - logits * density, axis=(1, 2))
        squared_error = ops.mean(ops.square(saliency - density), axis=(1, 2))
        scanpath = normalized_scanpath(fixations, saliency)
        seen = ops.any(fixations > 0, axis=(1, 2))  # without fixations NSS is 0, and its inverse must not count
        scanpath_loss = {
            "negative": lambda: -scanpath,
            "inverse": lambda: ops.where(seen, 1.0 / ops.maximum(scanpath, 0.1), 0.0),
            "literal": lambda: ops.where(seen, -1.0 / ops.where(ops.abs(scanpath) > EPSILON, scanpath, EPSILON), 0.0),
        }[self.nss_form]()
        return (
            self.bce * cross_entropy
            + self.mse * squared_error
            + self.nss * scanpath_loss
            - self.cc * correlation(density, saliency)
        )

    def get_config(self):
        weights = {"bce": self.bce, "mse": self.mse, "nss": self.nss, "cc": self.cc}
        return {**super().get_config(), **weights, "nss_form": self.nss_form}

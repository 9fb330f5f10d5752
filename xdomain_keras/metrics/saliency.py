"""All saliency scores of a data set, image by image."""

import collections
import zlib

import keras
import numpy as np

from xdomain_keras.data.fixation_map import fixation_density, fixation_pixels
from xdomain_keras.errors import DataError
from xdomain_keras.metrics.saliency_distribution import correlation, kl_divergence, similarity
from xdomain_keras.metrics.saliency_location import auc_borji, auc_judd, auc_shuffled, nss, threshold_levels

NAMES = ("NSS", "CC", "SIM", "KL", "AUC-Judd", "AUC-Borji", "sAUC")


@keras.saving.register_keras_serializable(package="xdomain_keras")
class SaliencyMetrics(keras.metrics.Metric):
    """NSS, CC, SIM, KL, AUC-Judd, AUC-Borji and shuffled AUC, each the mean over the images.

    Runs eagerly, on any backend, one image an update and at the image's original size. The scores are
    those of `saliency_location.py` and `saliency_distribution.py` (Bylinskii et al., TPAMI 2019). The
    negatives of the shuffled AUC are the fixations of all other images of the set, at the same relative
    position; they are known at `result()` only, so each map is kept until then, as compressed threshold
    levels (a few kilobytes with `step=0.1`). An image for which a score is undefined, as all are
    without fixations, is left out of that score's mean.

    Args:
        sigma_fraction: σ of the Gaussian that turns fixations into the density of CC, SIM and KL, as a fraction
            of the image width; the default is 12 pixels at a width of 512.
        distinct: whether a pixel that was looked at twice counts once (MIT benchmark) or twice (pysaliency).
        num_splits: number of random draws of AUC-Borji and sAUC; `None` for their exact expectation.
        step: distance of the thresholds of AUC-Borji and sAUC on the map scaled to [0, 1]; `None` compares
            the values themselves, and keeps up to 8 bytes a pixel until `result()`.
        seed: int, seed of the draws; the same images in the same order give the same result.
        name: name of the metric.

    Example:

    >>> metrics = SaliencyMetrics(sigma_fraction=0.1)
    >>> saliency = np.outer(np.hanning(20), np.hanning(30))
    >>> for point in ([14.0, 9.0], [15.0, 10.0]):
    ...     metrics.update_state({"fixations_xy": np.array([point])}, saliency)
    >>> {name: round(value, 2) for name, value in metrics.result().items() if name in ("NSS", "CC", "sAUC")}
    {'NSS': 2.75, 'CC': 0.86, 'sAUC': 0.5}
    """

    def __init__(self, sigma_fraction=12 / 512, distinct=True, num_splits=100, step=0.1, seed=0, name="saliency"):
        super().__init__(name=name)
        self.sigma_fraction, self.distinct = sigma_fraction, distinct
        self.num_splits, self.step, self.seed = num_splits, step, seed
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._totals = np.zeros(len(NAMES))
        self._weights = np.zeros(len(NAMES))
        # Not a list: Keras would search it for variables.
        self._images = collections.deque()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image.

        Args:
            y_true: dict with `fixations_xy`, float `[M, 2]`, gaze points in pixels of the original image,
                and optionally `saliency_map`, float `[H, W]`, the data set's own density (otherwise the
                fixations are blurred). Other keys are ignored: a sample's labels can be passed as they are.
            y_pred: float `[H, W]` or `[H, W, 1]`, the predicted map at the image's original size.
            sample_weight: scalar weight of the image in the means; 0 leaves it out.

        Raises:
            DataError: there is no known label, a shape is wrong, or a value of a map is not finite.
        """
        weight = 1.0 if sample_weight is None else float(keras.ops.convert_to_numpy(sample_weight))
        if weight == 0:
            return
        if not {"fixations_xy", "saliency_map"} & set(y_true):
            raise DataError(f"y_true: got {', '.join(y_true) or 'nothing'}; give `fixations_xy` or `saliency_map`.")
        saliency = np.asarray(keras.ops.convert_to_numpy(y_pred), np.float64)
        if saliency.ndim == 3 and saliency.shape[-1] == 1:
            saliency = saliency[..., 0]
        levels = threshold_levels(saliency, self.step)
        shape = levels.shape
        fixations = keras.ops.convert_to_numpy(y_true.get("fixations_xy", np.zeros((0, 2))))
        rows, columns = fixation_pixels(fixations, shape)
        if "saliency_map" in y_true:
            density = keras.ops.convert_to_numpy(y_true["saliency_map"])
        else:
            density = fixation_density(fixations, shape, self.sigma_fraction * shape[1])
        scores = (
            nss(fixations, saliency, self.distinct),
            correlation(density, saliency),
            similarity(density, saliency),
            kl_divergence(density, saliency),
            auc_judd(fixations, saliency, self.distinct),
            auc_borji(fixations, levels, self.num_splits, None, [self.seed, len(self._images)], self.distinct),
        )
        for position, score in enumerate(scores):
            if not np.isnan(score):
                self._totals[position] += weight * score
                self._weights[position] += weight
        if len(rows):
            centers = np.stack([columns, rows], axis=1) + 0.5
            centers = np.unique(centers, axis=0) if self.distinct else centers
            packed = zlib.compress(levels.tobytes(), 1)
            self._images.append((centers, shape, packed, levels.dtype, weight))

    def result(self):
        """Return the means so far.

        Returns:
            dict of name → float; NaN for a score that no image has, and for `sAUC` of a single image.
        """
        totals, weights = self._totals.copy(), self._weights.copy()
        for score, weight in self._shuffled_aucs():
            if not np.isnan(score):
                totals[-1] += weight * score
                weights[-1] += weight
        return {
            name: float(total / weight) if weight else float("nan")
            for name, total, weight in zip(NAMES, totals, weights, strict=True)
        }

    def _shuffled_aucs(self):
        if len(self._images) < 2:
            return
        relative = np.concatenate([centers / (shape[1], shape[0]) for centers, shape, *_ in self._images])
        owners = np.repeat(np.arange(len(self._images)), [len(centers) for centers, *_ in self._images])
        for index, (centers, shape, packed, dtype, weight) in enumerate(self._images):
            levels = np.frombuffer(zlib.decompress(packed), dtype).reshape(shape)
            others = relative[owners != index] * (shape[1], shape[0])
            splits, seed = self.num_splits, [self.seed, index]
            yield auc_shuffled(centers, levels, others, splits, None, seed, self.distinct), weight

    def get_config(self):
        return {
            "sigma_fraction": self.sigma_fraction,
            "distinct": self.distinct,
            "num_splits": self.num_splits,
            "step": self.step,
            "seed": self.seed,
            "name": self.name,
        }

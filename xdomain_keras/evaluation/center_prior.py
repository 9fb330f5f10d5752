"""The centre prior: what a model scores that never sees the image."""

import cv2
import numpy as np

from xdomain_keras.errors import DataError


class CenterPrior:
    """The mean fixation density of a training set, as a prediction for images of any size.

    People look at the middle of photographs, so this baseline beats many models; a saliency model is
    worth what it adds (Tatler 2007, «The central fixation bias in scene viewing»). Each density
    counts the same: it is scaled to sum 1, resized to a common grid (so positions are relative to
    the image's width and height), and averaged.

    Args:
        densities: iterable of float `[H, W]`, for example from `fixation_density`; sizes may differ, and
            all-zero maps (images without fixations) are left out.
        grid: (height, width) of the grid that holds the mean.

    Raises:
        DataError: no density has anything in it.

    Example:

    >>> prior = CenterPrior([np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32)[::-1]], grid=(4, 4))
    >>> prior.predict((8, 8)).shape, float(prior.predict((4, 4)).max())
    ((8, 8), 1.0)
    """

    def __init__(self, densities, grid=(240, 320)):
        total, self.num_images = np.zeros(grid, np.float64), 0
        for density in densities:
            if np.any(density):
                resized = _resize(np.asarray(density, np.float32), grid)
                total += resized / resized.sum(dtype=np.float64)
                self.num_images += 1
        if not self.num_images:
            raise DataError("CenterPrior: no density has a fixation in it; give those of a labelled training set.")
        self.density = (total / total.max()).astype(np.float32)

    def predict(self, shape):
        """Return the prior at an image's size.

        Args:
            shape: (height, width) in pixels.

        Returns:
            float32 `[H, W]` with maximum 1.
        """
        resized = _resize(self.density, shape)
        return resized / resized.max()


def _resize(density, shape):
    # Averaging when shrinking: linear interpolation would skip pixels, and a narrow peak with them.
    shrinks = shape[0] < density.shape[0] or shape[1] < density.shape[1]
    return cv2.resize(density, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)

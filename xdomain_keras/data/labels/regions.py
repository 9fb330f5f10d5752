"""Regions: which pixels belong together, as several people divided the image."""

import numpy as np

from xdomain_keras.data.labels.dense import DenseLabel

# int16 [H, W, A]: the region of a pixel as each of A annotators sees it, 0, 1, …; -1 = ignored.
REGIONS = DenseLabel("regions", "categorical", np.int16, channels=None, unknown=-1, least=-1)

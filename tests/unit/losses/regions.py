"""Random regions and descriptors, and what the tests of region losses share."""

import numpy as np
from keras import ops

from tests.unit.losses.gradients import gradient

SHAPE = (9, 12)


def draw(num_regions, num_channels, num_images=2, annotators=1, seed=0):
    """(ids `[B, H, W, A]` float32 with some pixels ignored, logits `[B, H, W, M]`)."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, num_regions, (num_images, *SHAPE, annotators))
    ids[rng.uniform(size=ids.shape) < 0.1] = -1
    return ids.astype("float32"), rng.normal(0, 2, (num_images, *SHAPE, num_channels)).astype("float32")


def softmax(logits):
    scores = np.exp(np.float64(logits) - logits.max(-1, keepdims=True))
    return scores / scores.sum(-1, keepdims=True)


def regions_of(descriptors, ids):
    """List of the descriptors `[n, M]` of every region of one image and annotator."""
    return [descriptors[ids == number] for number in np.unique(ids[ids >= 0])]


def per_image(loss, ids, values):
    return ops.convert_to_numpy(loss(ids, values))


def assert_finite(make_loss, ids, values):
    """Value and gradient of a loss are numbers; returns the gradient."""
    loss = make_loss(reduction="sum")
    slope = gradient(lambda x: loss(ids, x), values)
    assert np.isfinite(per_image(loss, ids, values)) and np.isfinite(slope).all()
    return slope


def nothing_to_learn_from():
    """Ids of images without, with one, and with one region of a single pixel."""
    none = np.full((3, *SHAPE, 1), -1, "float32")
    none[1] = 0
    none[2, 4, 5] = 3
    return none

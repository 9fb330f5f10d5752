"""Joint transforms: one geometric change of an image and all of its labels, in NumPy and OpenCV.

They run inside tf.data and `PyDataset` alike, and never see TensorFlow. How a label moves is known to its kind (see
`data/labels`); here the image moves, and a key that no kind knows is refused.
"""

import cv2

from xdomain_keras.data.labels import LABELS
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import suggest


def resize(sample, size, kinds=LABELS):
    """Stretch a sample to `size`; maps of ids keep their values.

    Args:
        sample: `dict` as in `data/sample.py`.
        size: (height, width) in pixels.
        kinds: dict of kind → `Label`, those that the sample may carry.

    Returns:
        A new sample.

    Raises:
        ConfigError: the sample has a key that no kind knows.

    Example:

    >>> sample = {"image": np.zeros((4, 8, 3), np.uint8), "id": "a", "fixations_xy": np.float32([[8, 4]])}
    >>> resize(sample, (8, 8))["fixations_xy"]
    array([[8., 8.]], dtype=float32)
    """
    old, new = sample["image"].shape[:2], tuple(size)
    if old == new:
        return dict(sample)
    smooth = cv2.INTER_AREA if new[0] * new[1] < old[0] * old[1] else cv2.INTER_LINEAR
    labels = move(sample, kinds, lambda kind, arrays: kind.resize(arrays, old, new))
    return {**sample, "image": cv2.resize(sample["image"], new[::-1], interpolation=smooth), **labels}


def flip(sample, *, vertical=False, kinds=LABELS):
    """Mirror a sample left to right, or top to bottom; arguments and errors are those of `resize`.

    Keypoints keep their order: a left hand becomes the mirrored hand at the same index; `Augment` gives it its name.

    Example:

    >>> flip({"image": np.zeros((4, 8, 3), np.uint8), "fixations_xy": np.array([[1, 1]], np.float32)})["fixations_xy"]
    array([[7., 1.]], dtype=float32)
    """
    axis, size = 0 if vertical else 1, sample["image"].shape[:2]
    labels = move(sample, kinds, lambda kind, arrays: kind.flip(arrays, size, axis))
    return {**sample, "image": cv2.flip(sample["image"], axis), **labels}  # ten times as fast as NumPy's strides


def crop(sample, left, top, width, height, kinds=LABELS):
    """Cut a window out of a sample; boxes whose centre leaves it are dropped, the others clipped.

    Args:
        sample: `dict` as in `data/sample.py`.
        left: first column of the window, ≥ 0, in pixels.
        top: first row of the window, ≥ 0, in pixels.
        width: of the window in pixels, within the image.
        height: of the window in pixels, within the image.
        kinds: as of `resize`.

    Example:

    >>> crop({"image": np.zeros((8, 8, 3), np.uint8), "fixations_xy": np.float32([[1, 1], [5, 5]])}, 4, 4, 4, 4)[
    ...     "fixations_xy"
    ... ]
    array([[1., 1.]], dtype=float32)
    """
    labels = move(sample, kinds, lambda kind, arrays: kind.crop(arrays, (left, top, width, height)))
    return {**sample, "image": sample["image"][top : top + height, left : left + width], **labels}


def zoom(sample, factor, kinds=LABELS):
    """Multiply every distance along the optical axis, as if the camera had come nearer.

    Args:
        sample: `dict` as in `data/sample.py`.
        factor: of the distances.
        kinds: as of `resize`.

    Example:

    >>> zoom({"depth_meters": np.float32([[0, 2]])}, 0.5)["depth_meters"]
    array([[0., 1.]], dtype=float32)
    """
    return {**sample, **move(sample, kinds, lambda kind, arrays: kind.zoom(arrays, factor))}


def move(sample, kinds, change):
    """The labels of a sample, each kind's changed by `change(kind, arrays)`; a key that no kind knows is refused."""
    moved = {}
    for kind in kinds.values():
        if arrays := kind.take(sample):
            moved.update(change(kind, arrays))
    for key in sample:
        if key not in moved and key not in ("image", "id"):
            known = [key for kind in kinds.values() for key in kind.keys]
            raise ConfigError(
                f"sample key `{key}`: no kind of label knows it, so nobody knows how it moves with the image; "
                f"{suggest(key, known)}"
            )
    return moved

"""Segmentations of photographs that nothing was learnt for, to compare with: int maps `[H, W]` or `[H, W, K]`."""

import cv2
import numpy as np

from xdomain_keras.tasks.region_merging import Merging, connected_components


def one_region(image):
    return np.zeros(image.shape[:2], np.int32)


def grid(image, cells=3):
    """Cells by cells rectangles."""
    rows, columns = (np.arange(size) * cells // size for size in image.shape[:2])
    return (rows[:, None] * cells + columns).astype(np.int32)


def colour_clusters(image, count=4, blur=0.0):
    """The nearest of `count` centres of k-means in CIE Lab, `[H, W]`, and the colours, `[H, W, 3]`."""
    if blur:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32) / 100
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 0.01)
    cv2.setRNGSeed(0)
    _, nearest, _ = cv2.kmeans(colours.reshape(-1, 3), count, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    return nearest.reshape(image.shape[:2]), colours


def colour_pieces(image, count=4, blur=0.0):
    """What hangs together of a cluster of colours."""
    return connected_components(colour_clusters(image, count, blur)[0])


def merged_colours(image, limits, count=8):
    """Pieces of a slightly blurred image, merged by Ward's cost of their colours, `[H, W, K]` for K rising limits."""
    nearest, colours = colour_clusters(image, count, blur=1.0)
    merging = Merging(connected_components(nearest), colours.astype(np.float64))
    return np.stack([merging.cut(limit) for limit in limits], axis=-1)

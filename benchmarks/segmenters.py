"""Segmentations of photographs that nothing was learnt for, to compare with: int maps `[H, W]` or `[H, W, K]`."""

import cv2
import numpy as np

from xdomain_keras.tasks.region_merging import connected_components, stretch_regions
from xdomain_keras.tasks.regions import Cuts

CUTS = Cuts(pieces="pixels", low=1e-4, high=0.02)


def one_region(image):
    return np.zeros(image.shape[:2], np.int32)


def grid(image, cells=3):
    """Cells by cells rectangles."""
    rows, columns = (np.arange(size) * cells // size for size in image.shape[:2])
    return (rows[:, None] * cells + columns).astype(np.int32)


def colour_pieces(image, count=4, blur=0.0):
    """What hangs together of a cluster of colours: the nearest of `count` centres of k-means in CIE Lab."""
    if blur:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32) / 100
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 0.01)
    cv2.setRNGSeed(0)
    _, nearest, _ = cv2.kmeans(colours.reshape(-1, 3), count, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    return connected_components(nearest.reshape(image.shape[:2]))


def merged_colours(image, cells=80, lab=False):
    """Cells by cells, merged by their colours alone as a network's are by its descriptors, `[H, W, K]`."""
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2LAB) if lab else image
    colours = cv2.resize(colours.astype(np.float32) / 255, (cells, cells), interpolation=cv2.INTER_AREA)
    return stretch_regions(CUTS(colours).astype(np.int16), image.shape[:2])

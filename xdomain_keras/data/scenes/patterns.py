"""Patterns painted on faces: bricks, planks, windows, books; drawn from the place on the face in metres."""

import numpy as np


def hash_cells(*cells):
    """Return a pseudo-random number in [0, 1) for each tuple of integer cells.

    Example:

    >>> float(hash_cells(np.array([3]), np.array([4]))[0]) == float(hash_cells(np.array([3]), np.array([4]))[0])
    True
    """
    total = np.zeros(np.shape(cells[0]), np.uint32)
    for cell, prime in zip(cells, (374761393, 668265263, 2246822519), strict=False):
        total = total + cell.astype(np.int64).astype(np.uint32) * np.uint32(prime)
    total = (total ^ (total >> np.uint32(13))) * np.uint32(1274126177)
    return ((total ^ (total >> np.uint32(16))) & np.uint32(0xFFFFFF)).astype(np.float32) / np.float32(0x1000000)


def inside(distance, footprint):
    """Return how much of a pixel lies inside, from the signed distance to the border; both in metres."""
    return np.clip(distance / footprint + 0.5, 0, 1)[:, None]


def lines(place, period, width, footprint):
    """Return how much of a pixel lies on parallel lines of some width, `[n, 1]`."""
    away = np.abs(place - period * np.round(place / period))
    return inside(width / 2 - away, footprint) * np.minimum(1, 3 * width / footprint)[:, None]


def grid(u, v, sizes, joint, footprint, offset=0.5):
    """Return the cells of a running bond and how much of each pixel is a joint."""
    row = np.floor(v / sizes[1])
    u = u + offset * sizes[0] * (row % 2)
    joints = np.maximum(lines(u, sizes[0], joint, footprint), lines(v, sizes[1], joint, footprint))
    return np.floor(u / sizes[0]), row, joints


def paint_bond(sizes, joint, shade, vary, offset=0.5):
    """Return a pattern of bricks, slabs or planks of `sizes` metres whose joints have the brightness `shade`."""

    def paint(colour, face):
        column, row, joints = grid(face.u, face.v, sizes, joint, face.footprint, offset)
        tone = 1 + vary * (hash_cells(column, row) - 0.5) * np.clip(1.5 - face.footprint / sizes[1], 0, 1)
        return colour * tone[:, None] * (1 - joints + joints * shade)

    return paint


def paint_facade(colour, face):
    """Paint rows of windows, larger ones on the ground floor; upright faces only."""
    floors = np.maximum(1, np.round(2 * face.half_v / 3.0))
    bays = np.maximum(1, np.round(2 * face.half_u / 2.3))
    tall, wide = 2 * face.half_v / floors, 2 * face.half_u / bays
    floor, bay = np.floor((face.v + face.half_v) / tall), np.floor((face.u + face.half_u) / wide)
    x = face.u + face.half_u - (bay + 0.5) * wide
    y = face.v + face.half_v - (floor + 0.52) * tall
    ground = floor == 0
    half_x, half_y = np.where(ground, 0.38, 0.24) * wide, np.where(ground, 0.36, 0.27) * tall
    border = np.minimum(half_x - np.abs(x), half_y - np.abs(y))
    upright = ~face.level[:, None]
    frame, pane = inside(border + 0.12, face.footprint) * upright, inside(border, face.footprint) * upright
    bars = np.maximum(lines(x, wide, 0.07, face.footprint), inside(0.035 - np.abs(y - 0.2), face.footprint))
    lit = hash_cells(floor, bay, np.round(face.half_u * 977))[:, None]
    glass = np.float32([0.16, 0.2, 0.25]) + lit * np.float32([0.2, 0.24, 0.28])
    glass = np.where(lit > 0.93, np.float32([0.85, 0.7, 0.42]), glass)
    colour = colour * (1 - frame) + np.clip(colour * 1.25 + 0.08, 0, 1) * frame
    return colour * (1 - pane) + (glass * (1 - bars) + 0.75 * bars) * pane


def paint_stripes(colour, face):
    """Paint the broad stripes of a wallpaper."""
    return colour * (1 - 0.16 * inside(0.09 - np.abs(face.u % 0.36 - 0.18), face.footprint))


def paint_weave(colour, face):
    """Paint the bands of a rug."""
    band = hash_cells(np.floor(face.v / 0.14), np.zeros_like(face.v))[:, None]
    return np.clip(colour * (0.8 + 0.45 * band), 0, 1)


def paint_books(colour, face):
    """Paint the backs of books, each of its own colour, height and title."""
    width = 0.045
    book = np.floor(face.u / width)
    hue = hash_cells(book, np.round(face.half_u * 977))
    other = 0.35 + 0.45 * np.cos(6.283 * (hue[:, None] * 1.7 + np.float32([0, 0.33, 0.67])))
    title = inside(0.02 - np.abs(face.v - 0.04), face.footprint)
    gap = lines(face.u, width, 0.01, face.footprint)
    colour = (0.45 * colour + 0.6 * np.clip(other, 0.05, 1)) * (0.75 + 0.4 * hash_cells(book, book)[:, None])
    return colour * (1 - 0.7 * gap) * (1 - title) + 0.7 * title


def paint_picture(colour, face):
    """Paint a small landscape: a sky, a far and a near hill, a sun."""
    u, v, seed = face.u / face.half_u, face.v / face.half_v, face.tint * 6.283
    far = 0.1 + 0.28 * np.sin(2.2 * u + 5 * seed) - v
    near = -0.35 + 0.25 * np.sin(1.7 * u + 9 * seed) - v
    sun = 0.22 - np.hypot(u - np.cos(3 * seed) * 0.6, v - 0.5)
    for mask, tint in ((sun, (0.95, 0.75, 0.4)), (far, (0.42, 0.5, 0.5)), (near, (0.32, 0.36, 0.22))):
        share = inside(mask, face.footprint / face.half_u)
        colour = colour * (1 - share) + np.float32(tint) * share
    return colour


def paint_daylight(colour, face):
    """Paint what a window shows: a bright sky over a band of trees."""
    trees = -0.35 + 0.12 * np.sin(9 * face.u / face.half_u + 40 * face.tint) - face.v / face.half_v
    share = inside(trees, 2 * face.footprint / face.half_v)
    return colour * (1 - share) + np.float32([0.42, 0.56, 0.36]) * share


def paint_screen(colour, face):
    """Paint the slanted reflection on a switched-off screen."""
    share = inside(0.1 - np.abs(face.u + 0.6 * face.v - face.half_u * (face.tint - 0.5)), 3 * face.footprint)
    return colour + 0.1 * share


PATTERNS = {
    "paving": paint_bond((0.7, 0.7), 0.035, 0.72, 0.14),
    "brick": paint_bond((0.5, 0.18), 0.03, 1.25, 0.3),
    "tiles": paint_bond((0.5, 0.4), 0.05, 0.7, 0.2),
    "planks": paint_bond((1.1, 0.14), 0.012, 0.55, 0.3, offset=0.37),
    "wood": paint_bond((3.0, 0.19), 0.008, 0.75, 0.12),
    "facade": paint_facade,
    "stripes": paint_stripes,
    "weave": paint_weave,
    "books": paint_books,
    "painting": paint_picture,
    "daylight": paint_daylight,
    "screen": paint_screen,
}

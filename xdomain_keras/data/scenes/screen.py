"""Which pixels can see which solid: boxes on the screen, and the walk along their rows."""

import numpy as np

NEAR = 0.05
CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
RIMS = np.array([(a, b) for a in range(8) for b in range(a + 1, 8) if (CORNERS[a] != CORNERS[b]).sum() == 1])


def screen_boxes(solids, camera):
    """Return the pixels that can see each solid: left, top, right, bottom (exclusive); empty ones have no area.

    Args:
        solids: `Solids`.
        camera: `Camera`.

    Returns:
        int32 `[K, 4]`, inside the picture and never too small.

    Example:

    >>> from xdomain_keras.data.scenes.camera import aim
    >>> from xdomain_keras.data.scenes.solids import Placed, box, place_solids
    >>> cube = place_solids([Placed("cube", [box((0, -1, 0), (2, 2, 2), "paint")], (0, 0, 0))])
    >>> screen_boxes(cube, aim((0, 0, -5), (0, 0, 0), 90, (80, 80))).tolist()
    [[29, 29, 51, 51]]
    """
    corners = solids.centre[:, None] + (CORNERS * solids.half[:, None]) @ np.swapaxes(solids.turn, 1, 2)
    corners = camera.to_camera(corners)
    first, second = corners[:, RIMS[:, 0]], corners[:, RIMS[:, 1]]
    # Where a rim crosses the near plane, the crossing stands in for the corner behind the camera.
    rise = second[..., 2] - first[..., 2]
    share = (NEAR - first[..., 2]) / np.where(np.abs(rise) < 1e-9, 1e-9, rise)
    crossings = first + share[..., None] * (second - first)
    points = np.concatenate([corners, crossings], axis=1)
    seen = np.concatenate([corners[..., 2] >= NEAR, (share > 0) & (share < 1)], axis=1)
    depth = np.where(seen, points[..., 2], 1.0)
    bounds = []
    for axis, length in ((0, camera.size[1]), (1, camera.size[0])):
        place = points[..., axis] / depth * camera.focal + length / 2
        low = np.where(seen, place, np.inf).min(axis=1)
        high = np.where(seen, place, -np.inf).max(axis=1)
        bounds.append((np.clip(np.floor(low - 0.5), 0, length), np.clip(np.ceil(high + 0.5), 0, length)))
    (left, right), (top, bottom) = bounds
    return np.stack([left, top, right, bottom], axis=1).astype(np.int32)


class Pairs:
    """The (solid, pixel) pairs inside some screen boxes, unrolled row by row of each box.

    Args:
        bounds: int `[K, 4]`, left, top, right, bottom; none empty.
        camera: `Camera`.

    Attributes:
        pixel: int `[P]`, the pixel of each pair, row by row of the picture.

    Example:

    >>> from xdomain_keras.data.scenes.camera import aim
    >>> pairs = Pairs(np.array([[1, 0, 3, 2]]), aim((0, 0, 0), (0, 0, 1), 90, (4, 4)))
    >>> pairs.pixel.tolist()
    [1, 2, 5, 6]
    """

    def __init__(self, bounds, camera):
        width = camera.size[1]
        columns, rows = camera.columns_and_rows()
        left, top, right, bottom = bounds.T
        tall = bottom - top
        self.solid = np.repeat(np.arange(len(bounds)), tall)
        row = np.arange(len(self.solid)) - np.repeat(np.cumsum(tall) - tall - top, tall)
        self.length = np.repeat(right - left, tall)
        start = left[self.solid] - (np.cumsum(self.length) - self.length)
        column = np.arange(int(self.length.sum())) + np.repeat(start, self.length)
        self.pixel = column + np.repeat(row * width, self.length)
        self.x, self.y = columns[column], rows[row]

    def spread(self, values):
        """Return values `[K, C]` of the solids at their pairs, `[C, P]`."""
        return np.repeat(np.ascontiguousarray(values[self.solid].T), self.length, axis=1)

    def along_rays(self, forms):
        """Return linear forms of the solids `[K, C, 3]`, applied to the ray of each pair, `[C, P]`."""
        by_row = forms[self.solid]
        constant = by_row[:, :, 1] * self.y[:, None] + by_row[:, :, 2]
        value = np.repeat(np.ascontiguousarray(by_row[:, :, 0].T), self.length, axis=1)
        value *= self.x
        value += np.repeat(np.ascontiguousarray(constant.T), self.length, axis=1)
        return value

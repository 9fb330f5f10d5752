"""Edge maps made one pixel thin, matched pixel by pixel, and rated."""

import functools

import cv2
import numpy as np

# East, and on against the clock: the neighbours x1 … x8 of Guo and Hall, as (row, column).
NEIGHBORS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))


def suppress_non_maxima(edges, radius=1, margin=1.01, smoothing=4):
    """Keep a pixel of an edge map only where it is the highest across the edge (Canny 1986, §VI).

    Across is where the smoothed map is bent most, by its second derivatives; the map is compared with its own
    values, interpolated, at 1 … `radius` pixels on both sides.

    Args:
        edges: float `[H, W]` in [0, 1].
        radius: pixels looked at on each side.
        margin: factor that a pixel may fall behind its neighbours.
        smoothing: radius of the triangle filter before the derivatives.

    Returns:
        float32 `[H, W]`: the map, 0 where it was suppressed.

    Example:

    >>> ridge = np.tile(np.float32([0.1, 0.5, 0.9, 0.5, 0.1]), (5, 1))
    >>> suppress_non_maxima(ridge, smoothing=1)[2] > 0
    array([False, False,  True, False, False])
    """
    edges = np.asarray(edges, np.float32)
    ramp = np.arange(1, smoothing + 1, dtype=np.float32)
    triangle = np.concatenate([ramp, [smoothing + 1], ramp[::-1]]) / (smoothing + 1) ** 2
    smooth = cv2.sepFilter2D(edges, cv2.CV_32F, triangle, triangle, borderType=cv2.BORDER_REFLECT)
    by_y, by_x = np.gradient(smooth)
    (yy, yx), (_, xx) = np.gradient(by_y), np.gradient(by_x)
    # The axis of the larger curvature; of the two, that of the smaller eigenvalue where both sum up to less than 0.
    across = 0.5 * np.arctan2(2 * yx, xx - yy) + np.pi / 2 * (xx + yy < 0)
    rows, columns = np.mgrid[: edges.shape[0], : edges.shape[1]].astype(np.float32)
    step_x, step_y = np.cos(across).astype(np.float32), np.sin(across).astype(np.float32)
    kept = np.ones(edges.shape, bool)
    for distance in (*range(-radius, 0), *range(1, radius + 1)):
        x, y = columns + distance * step_x, rows + distance * step_y
        beside = cv2.remap(edges, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        kept &= edges * margin >= beside
    return np.where(kept, edges, np.float32(0))


def thin(mask):
    """Thin the lines of a mask to one pixel (Guo and Hall 1989, algorithm A1), ends and holes kept.

    Args:
        mask: bool `[H, W]`.

    Returns:
        bool `[H, W]`.

    Example:

    >>> int(thin(np.ones((3, 7), bool)).sum(0).max())
    1
    """
    thinned = np.asarray(mask).astype(np.uint8)
    while True:
        before = int(thinned.sum())
        for table in removal_tables():
            codes = cv2.filter2D(thinned.astype(np.float32), -1, neighbor_kernel(), borderType=cv2.BORDER_CONSTANT)
            thinned &= cv2.LUT(codes.astype(np.uint8), table) ^ 1
        if int(thinned.sum()) == before:
            return thinned.astype(bool)


@functools.cache
def neighbor_kernel():
    """Weights that turn the eight neighbours into a number of eight bits."""
    kernel = np.zeros((3, 3), np.float32)
    for bit, (row, column) in enumerate(NEIGHBORS):
        kernel[row + 1, column + 1] = 1 << bit
    return kernel


@functools.cache
def removal_tables():
    """For both halves of an iteration, whether a pixel goes: one bit for each of the 256 neighbourhoods."""
    tables = []
    for half in (0, 4):
        table = np.zeros(256, np.uint8)
        for code in range(256):
            x = [code >> bit & 1 for bit in range(8)] * 2
            crossings = sum(not x[k] and (x[k + 1] or x[k + 2]) for k in (0, 2, 4, 6))
            pairs = sum(x[k] or x[k + 1] for k in (0, 2, 4, 6)), sum(x[k + 1] or x[k + 2] for k in (0, 2, 4, 6))
            blocked = (x[half + 1] or x[half + 2] or not x[half + 7]) and x[half]
            table[code] = crossings == 1 and 2 <= min(pairs) <= 3 and not blocked
        tables.append(table)
    return tuple(tables)


def match(predicted, true, max_distance):
    """Match edge pixels one to one, as many as can be, no pair further apart than `max_distance`.

    The benchmark's own code (Martin et al. 2004) also minimises the distances, which does not change the number
    of pairs.

    Args:
        predicted: bool `[H, W]`.
        true: bool `[H, W]`.
        max_distance: pixels; the benchmark takes 0.0075 of the image's diagonal.

    Returns:
        (bool `[H, W]` predicted pixels that have a partner, int number of pairs).

    Example:

    >>> first, second = np.zeros((2, 5, 5), bool)
    >>> first[2, 1:4] = second[3, 2:5] = True
    >>> match(first, second, max_distance=1.5)[1]
    3
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_flow

    rows, columns = np.nonzero(predicted)
    reach = int(max_distance)
    numbers = np.full(np.add(true.shape, 2 * reach), -1, np.int64)
    inner = numbers[reach : reach + true.shape[0], reach : reach + true.shape[1]]
    inner[true] = np.arange(true.sum())
    offsets = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1).T
    offsets = offsets[(offsets**2).sum(1) <= max_distance**2]
    near = numbers[rows[:, None] + reach + offsets[:, 0], columns[:, None] + reach + offsets[:, 1]]
    first, place = np.nonzero(near >= 0)
    matched = np.zeros(predicted.shape, bool)
    if not first.size:
        return matched, 0
    # As a flow from a source (0) through both sides to a sink: SciPy's bipartite matching takes seconds on some maps.
    count, sink = rows.size, rows.size + int(true.sum()) + 1
    start = np.concatenate([np.zeros(count, int), first + 1, np.arange(count + 1, sink)])
    end = np.concatenate([np.arange(1, count + 1), near[first, place] + count + 1, np.full(sink - count - 1, sink)])
    graph = csr_matrix((np.ones(start.size, np.int32), (start, end)), (sink + 1, sink + 1))
    partners = maximum_flow(graph, 0, sink).flow[0, 1 : count + 1].toarray()[0] > 0
    matched[rows[partners], columns[partners]] = True
    return matched, int(partners.sum())


def count_matches(predicted, true, max_distance):
    """Match edges with those of every annotator.

    A predicted pixel is right when any annotator has it; recall counts every annotator's pixels.

    Args:
        predicted: bool `[H, W]`.
        true: bool `[H, W, A]`.
        max_distance: pixels, see `match`.

    Returns:
        The numbers of pixels (right, predicted, found, true).

    Example:

    >>> line = np.eye(4, dtype=bool)
    >>> count_matches(line, np.stack([line, np.zeros_like(line)], axis=-1), 1)
    (4, 4, 4, 4)
    """
    right, found = np.zeros(predicted.shape, bool), 0
    for annotator in range(true.shape[-1]):
        matched, pairs = match(predicted, true[..., annotator], max_distance)
        right |= matched
        found += pairs
    return int(right.sum()), int(predicted.sum()), found, int(true.sum())


def rate(counts):
    """(precision, recall, F) of counts `[…, 4]`: right, predicted, found, true (Arbelaez et al. 2011, §3).

    `P = Σ right / Σ predicted`, `R = Σ found / Σ true`, `F = 2PR / (P + R)`.
    """
    right, predicted, found, true = np.moveaxis(np.asarray(counts, np.float64), -1, 0)
    precision, recall = right / np.maximum(predicted, 1), found / np.maximum(true, 1)
    return precision, recall, 2 * precision * recall / np.maximum(precision + recall, 1e-12)


def best_rates(counts):
    """F of counts `[images, thresholds, 4]` at the best threshold of the set (ODS), and of each image (OIS).

    Example:

    >>> best_rates(np.array([[[1, 1, 1, 1], [0, 1, 0, 1]], [[0, 1, 0, 1], [1, 1, 1, 1]]]))
    (0.5, 1.0)
    """
    best = rate(counts)[2].argmax(1)
    at_best = counts[np.arange(len(counts)), best].sum(0)
    return float(rate(counts.sum(0))[2].max()), float(rate(at_best)[2])


def region_boundaries(ids):
    """The edges between regions, one pixel thin: as BSDS500's files hold them beside the regions.

    A pixel is on a boundary when the square of it and its right, lower and lower right neighbour holds two regions;
    what is left after `thin` are the boundaries.

    Args:
        ids: int `[H, W]`; below 0 = no region, and no boundary with one.

    Returns:
        bool `[H, W]`.

    Example:

    >>> region_boundaries(np.repeat([[0, 0, 1, 1]], 3, axis=0)).sum(0).tolist()
    [0, 3, 0, 0]
    """
    below, beside = np.zeros((2, *ids.shape), bool)
    below[:-1] = (ids[:-1] != ids[1:]) & (ids[:-1] >= 0) & (ids[1:] >= 0)
    beside[:, :-1] = (ids[:, :-1] != ids[:, 1:]) & (ids[:, :-1] >= 0) & (ids[:, 1:] >= 0)
    edges = below | beside
    edges[:-1] |= beside[1:]
    edges[:, :-1] |= below[:, 1:]
    return thin(edges)

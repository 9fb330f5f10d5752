"""From a map of descriptors to regions: connected pieces, merged until one parameter says stop."""

import heapq

import cv2
import numpy as np


def connected_components(ids):
    """Number the connected pieces (4 neighbours) of a map of ids.

    Args:
        ids: int `[H, W]`.

    Returns:
        int32 `[H, W]`: 0, 1, …

    Example:

    >>> connected_components(np.array([[5, 5, 2], [5, 2, 2]])).tolist()
    [[1, 1, 0], [1, 0, 0]]
    """
    pieces, count = np.zeros(ids.shape, np.int32), 0
    for value in np.unique(ids):
        # OpenCV numbers from the top, column by column where rows are short; only the partition matters.
        number, labels = cv2.connectedComponents((ids == value).astype(np.uint8), connectivity=4)
        pieces[labels > 0] = labels[labels > 0] + count - 1
        count += number - 1
    return pieces


def stretch_regions(regions, shape):
    """Stretch maps of region numbers: a pixel goes to the region of which the four cells about it hold the most.

    The weights are bilinear, so that borders run aslant where rounding to the nearest cell would leave steps.

    Args:
        regions: int `[h, w, K]`.
        shape: (H, W).

    Returns:
        `[H, W, K]` of the same dtype.

    Example:

    >>> stretch_regions(np.array([[[7], [7]], [[7], [2]]]), (6, 6))[3:, 3:, 0].tolist()
    [[7, 2, 2], [2, 2, 2], [2, 2, 2]]
    """
    sides = []
    for cells, pixels in zip(regions.shape, shape, strict=False):
        place = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
        first = np.minimum(place.astype(int), max(cells - 2, 0))
        part = (place - first).astype(np.float32)
        sides.append([(first, 1 - part), (np.minimum(first + 1, cells - 1), part)])
    corners = [
        (regions[rows][:, columns], (down[:, None] * along)[..., None])
        for rows, down in sides[0]
        for columns, along in sides[1]
    ]
    best, most = corners[0][0].copy(), np.float32(0)
    for ids, _ in corners:
        held = sum(weight * (ids == others) for others, weight in corners)
        np.copyto(best, ids, where=held > most)
        most = np.maximum(most, held)
    return best


def shared_borders(pieces):
    """The pairs of pieces that touch, and along how many sides of pixels.

    Args:
        pieces: int `[H, W]`.

    Returns:
        int `[N, 2]`, each pair once with the smaller number first, and int `[N]`.

    Example:

    >>> pairs, lengths = shared_borders(np.array([[0, 0, 1], [2, 2, 1]]))
    >>> pairs.tolist(), lengths.tolist()
    ([[0, 1], [0, 2], [1, 2]], [1, 2, 1])
    """
    sides = [(pieces[:, :-1], pieces[:, 1:]), (pieces[:-1], pieces[1:])]
    pairs = np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in sides])
    return np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0, return_counts=True)


class Merging:
    """Pieces that merge with neighbours, the cheapest pair first.

    Args:
        pieces: int `[H, W]`: 0 to K - 1.
        descriptors: float `[H, W, M]`.
        by: the cost of merging a and b, of n of the N pixels and mean descriptors μ each. `"mumford_shah"`: what it
            adds to the sum of squares within the regions, a pixel, for each part of the image's side that the border
            between the two grows shorter by, `n_a n_b / (n_a + n_b) ‖μ_a - μ_b‖² / N / (ℓ / √N)`: below a limit λ,
            the merge lowers the piecewise constant Mumford-Shah energy with that λ (Koepfler, Lopez and Morel 1994).
            `"size"`: the smaller one's part of the image; of its neighbours it takes the one that is most alike.

    Example:

    >>> merging = Merging(np.array([[0, 1, 2, 2]]), np.array([[[0.0], [0.1], [1.0], [1.0]]]))
    >>> merging.cut(0.01).tolist(), merging.cut(9.0).tolist()
    ([[0, 0, 1, 1]], [[0, 0, 0, 0]])
    """

    def __init__(self, pieces, descriptors, by="mumford_shah"):
        self.pieces, self.by = pieces, by
        count, channels = int(pieces.max()) + 1, descriptors.shape[-1]
        flat = pieces.ravel()
        self.sizes = np.bincount(flat, minlength=count).astype(np.float64)
        columns = descriptors.reshape(-1, channels)
        sums = [np.bincount(flat, columns[:, channel], count) for channel in range(channels)]
        self.means = np.stack(sums, axis=1) / self.sizes[:, None]
        self.parent = np.arange(count)
        pairs, lengths = shared_borders(pieces)
        self.borders = [{} for _ in range(count)]  # of each region: neighbour → sides shared
        for (a, b), length in zip(pairs.tolist(), lengths.tolist(), strict=True):
            self.borders[a][b] = self.borders[b][a] = length
        # Entries of regions that have changed since are skipped when they come up.
        self.version = [0] * count
        costs = self.costs(*pairs.T, lengths).tolist()
        self.heap = [(cost, a, b, 0, 0) for cost, (a, b) in zip(costs, pairs.tolist(), strict=True)]
        heapq.heapify(self.heap)

    def costs(self, a, b, lengths):
        """Costs of merging regions a and b, arrays or numbers, along borders of these lengths."""
        apart = ((self.means[a] - self.means[b]) ** 2).sum(-1)
        total = self.pieces.size
        if self.by == "size":
            # The likeness only orders the pairs of one region: it stays far below a pixel.
            return (np.minimum(self.sizes[a], self.sizes[b]) + 1e-3 * apart / (1 + apart)) / total
        squares = self.sizes[a] * self.sizes[b] / (self.sizes[a] + self.sizes[b]) * apart / total
        return squares * np.sqrt(total) / lengths

    def merge(self, a, b):
        """Make b part of a."""
        size = self.sizes[a] + self.sizes[b]
        self.means[a] = (self.sizes[a] * self.means[a] + self.sizes[b] * self.means[b]) / size
        self.sizes[a], self.parent[b] = size, a
        self.version[a] += 1
        self.version[b] = -1
        near = self.borders[a]
        del near[b]
        for other, length in self.borders[b].items():
            if other != a:
                del self.borders[other][b]
                near[other] = self.borders[other][a] = near.get(other, 0) + length
        others, lengths = np.fromiter(near, int, len(near)), np.fromiter(near.values(), int, len(near))
        for cost, other in zip(self.costs(a, others, lengths).tolist(), others.tolist(), strict=True):
            heapq.heappush(self.heap, (cost, a, other, self.version[a], self.version[other]))

    def cut(self, limit):
        """Merge while a pair costs less than the limit; int32 `[H, W]`, regions 0, 1, … Limits may only rise."""
        while self.heap and self.heap[0][0] < limit:
            _, a, b, version_a, version_b = heapq.heappop(self.heap)
            if version_a == self.version[a] and version_b == self.version[b]:
                self.merge(a, b)
        roots = self.parent
        while (roots[roots] != roots).any():
            roots = roots[roots]
        return np.unique(roots, return_inverse=True)[1].astype(np.int32)[self.pieces]

"""Exact ray casting: each solid is met only by the rays inside its screen box, all solids of a kind at once."""

import numpy as np

from xdomain_keras.data.scenes.screen import NEAR, Pairs, screen_boxes
from xdomain_keras.data.scenes.solids import BOX, ELLIPSOID, FRUSTUM


def trace(solids, camera):
    """Find the nearest solid on each pixel's ray.

    Args:
        solids: `Solids`; the camera is outside of all of them.
        camera: `Camera`.

    Returns:
        Depth along the optical axis, float32 `[H, W]` (inf where nothing is met), and the index of the
        solid, int32 `[H, W]` (-1 where nothing is met).

    Example:

    >>> from xdomain_keras.data.scenes.camera import aim
    >>> from xdomain_keras.data.scenes.solids import Placed, ellipsoid, place_solids
    >>> ball = place_solids([Placed("ball", [ellipsoid((0, -1, 0), (2, 2, 2), "paint")], (0, 0, 0))])
    >>> depth, which = trace(ball, aim((0, 0, -5), (0, 0, 0), 60, (9, 9)))
    >>> round(float(depth[4, 4]), 4), int(which[4, 4]), int(which[0, 0])
    (4.0, 0, -1)
    """
    height, width = camera.size
    depth = np.full(height * width, np.inf, np.float32)
    winner = np.full(height * width, -1, np.int32)
    # The camera's place and axes in the unit frame of each solid.
    matrix = np.swapaxes(solids.turn, 1, 2) / solids.half[:, :, None]
    origin = (matrix @ (camera.position - solids.centre).astype(np.float32)[:, :, None])[:, :, 0]
    matrix = matrix @ camera.rotation.T.astype(np.float32)
    bounds = screen_boxes(solids, camera)
    visible = (bounds[:, 2:] > bounds[:, :2]).all(axis=1)
    hits = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for kind, meet in MEETINGS:
            seen = np.flatnonzero(visible & (solids.kind == kind))
            if not len(seen):
                continue
            pairs = Pairs(bounds[seen], camera)
            distance = meet(origin[seen], matrix[seen], solids.taper[seen] / 2, pairs)
            hit = np.flatnonzero((distance > NEAR) & (distance < np.inf))
            which = np.repeat(seen[pairs.solid], pairs.length)[hit]
            hits.append((distance[hit], pairs.pixel[hit], which))
    for distance, pixel, _ in hits:
        np.minimum.at(depth, pixel, distance)
    for distance, pixel, which in hits:
        nearest = distance == depth[pixel]
        winner[pixel[nearest]] = which[nearest]
    return depth.reshape(height, width), winner.reshape(height, width)


def meet_boxes(origin, matrix, slope, pairs):
    """Return the distance at which rays enter six half-spaces `g . p <= h` at once; inf for a miss."""
    planes, limits = half_spaces(slope)
    room = limits - (planes @ origin[:, :, None])[:, :, 0]
    speed = pairs.along_rays(planes @ matrix)
    time = pairs.spread(room)
    time /= speed
    entering = speed < 0
    enter = np.where(entering, time, -np.inf).max(axis=0)
    leave = np.where(entering, np.inf, time).min(axis=0)
    return np.where(enter < leave, enter, np.inf)


def half_spaces(slope):
    """Return the normals `[K, 6, 3]` and limits `[K, 6]` of the unit box whose sides lean in by `slope` `[K, 2]`."""
    planes = np.zeros((len(slope), 6, 3), np.float32)
    planes[:, (0, 2, 4), (0, 1, 2)] = 1
    planes[:, (1, 3, 5), (0, 1, 2)] = -1
    planes[:, 0:2, 1], planes[:, 4:6, 1] = slope[:, :1], slope[:, 1:]
    limits = np.ones((len(slope), 6), np.float32)
    limits[:, 0:2] -= slope[:, :1]
    limits[:, 4:6] -= slope[:, 1:]
    return planes, limits


def meet_ellipsoids(origin, matrix, slope, pairs):
    """Return the distance at which rays enter the unit ball: the smaller root of |o + t d|^2 = 1; inf for a miss."""
    ray = pairs.along_rays(matrix)
    start = pairs.spread(origin)
    square = np.einsum("cp,cp->p", ray, ray)
    # Seen from the point of the ray next to the centre, the discriminant loses no digits.
    nearest = np.einsum("cp,cp->p", ray, start) / square
    start -= nearest * ray
    rest = (1 - np.einsum("cp,cp->p", start, start)) / square
    return np.where(rest > 0, -nearest - np.sqrt(rest), np.inf)


def meet_frustums(origin, matrix, slope, pairs):
    """Return the distance at which rays enter x^2 + z^2 <= r(y)^2, |y| <= 1, r = 1 - slope (1 + y); inf for a miss."""
    (dx, dy, dz), (x, y, z) = pairs.along_rays(matrix), pairs.spread(origin)
    slope = pairs.spread(slope[:, :1])[0]
    radius, growth = 1 - slope * (1 + y), -slope * dy
    a = dx * dx + dz * dz - growth * growth
    b = x * dx + z * dz - radius * growth
    c = x * x + z * z - radius * radius
    root = np.sqrt(b * b - a * c)
    cap = (np.sign(y) - y) / dy
    best = np.full(len(x), np.inf, np.float32)
    for time in ((-b - root) / a, (-b + root) / a):
        best = np.where((np.abs(y + time * dy) <= 1) & (time > NEAR) & (time < best), time, best)
    reach = np.square(x + cap * dx) + np.square(z + cap * dz)
    rim = radius + cap * growth
    return np.where((reach <= rim * rim) & (cap > NEAR) & (cap < best), cap, best)


MEETINGS = ((BOX, meet_boxes), (ELLIPSOID, meet_ellipsoids), (FRUSTUM, meet_frustums))


def surface_normals(solids, points, which):
    """Return the outward unit normals at points on solids.

    Args:
        solids: `Solids`.
        points: `[N, 3]` in the world, on the surfaces.
        which: int `[N]`, the solid of each point.

    Returns:
        Normals in the world `[N, 3]`, and the points in the frame of their solid in metres `[N, 3]`.

    Example:

    >>> from xdomain_keras.data.scenes.solids import Placed, box, place_solids
    >>> cube = place_solids([Placed("cube", [box((0, -1, 0), (2, 2, 2), "paint")], (0, 0, 0))])
    >>> surface_normals(cube, np.array([[0.2, 1.0, 0.3]], np.float32), np.array([0]))[0].tolist()
    [[0.0, 1.0, 0.0]]
    """
    turn, half, slope = solids.turn[which], solids.half[which], solids.taper[which] / 2
    local = np.einsum("nji,nj->ni", turn, points - solids.centre[which])
    unit = local / half
    x, y, z = unit.T
    kind = solids.kind[which]
    # Boxes: the face with the least room left; frustums: the side or a cap; balls: the point itself.
    inward = 1 - slope * (1 + y[:, None])
    gaps = np.stack([inward[:, 0] - np.abs(x), 1 - np.abs(y), inward[:, 1] - np.abs(z)])
    round_gap = inward[:, 0] - np.sqrt(x * x + z * z)
    axis = np.where(kind == FRUSTUM, np.where(round_gap < gaps[1], 3, 1), gaps.argmin(axis=0))
    axis = np.where(kind == ELLIPSOID, 4, axis)
    flat = axis < 3
    kept = np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1)], np.float32)[axis]
    normal = np.where(flat[:, None], np.sign(unit), unit) * kept
    normal[:, 1] += (axis == 0) * slope[:, 0] + (axis == 2) * slope[:, 1] + (axis == 3) * slope[:, 0] * inward[:, 0]
    normal = np.einsum("nij,nj->ni", turn, normal / half)
    return normal / np.sqrt(np.einsum("ni,ni->n", normal, normal) + 1e-20)[:, None], local

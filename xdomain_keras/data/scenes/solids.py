"""The three solids that everything is made of: tapered box, ellipsoid, frustum (cylinder to cone)."""

import dataclasses
import typing

import numpy as np

BOX, ELLIPSOID, FRUSTUM = range(3)


class Part(typing.NamedTuple):
    """One solid of an object, in the object's frame: x right, y up from its base, z to its front (metres).

    Args:
        kind: `BOX`, `ELLIPSOID` or `FRUSTUM`.
        at: x, y, z of the centre of the part's base.
        size: width, height, depth before the rotation.
        material: str, a key of `materials.MATERIALS`.
        tint: number in [0, 1) that picks one of the material's colours.
        taper: how much narrower the top is than the base, along x and z; 1 makes a ridge or a tip.
        tilt: degrees about x, around the part's centre.
        lean: degrees about z, around the part's centre; 90 lays a cylinder along x.
        keypoint: str, the name of the keypoint at the part's centre; empty for none.
    """

    kind: int
    at: tuple
    size: tuple
    material: str
    tint: float = 0.5
    taper: tuple = (0.0, 0.0)
    tilt: float = 0.0
    lean: float = 0.0
    keypoint: str = ""


def box(*arguments, **options):
    """Return a tapered box `Part`; see there for the arguments."""
    return Part(BOX, *arguments, **options)


def ellipsoid(*arguments, **options):
    """Return an ellipsoid `Part`; see there for the arguments."""
    return Part(ELLIPSOID, *arguments, **options)


def frustum(*arguments, **options):
    """Return a vertical cylinder or cone `Part` (`taper=(t, t)`); see there for the arguments."""
    return Part(FRUSTUM, *arguments, **options)


class Placed(typing.NamedTuple):
    """An object in the world: its class, its parts, where it stands, and its turn about the vertical."""

    name: str
    parts: list
    position: tuple
    yaw_degrees: float = 0.0


@dataclasses.dataclass(frozen=True)
class Solids:
    """Many solids as arrays, all float32 unless said otherwise.

    Args:
        kind: int `[K]`.
        centre: `[K, 3]` in the world, metres.
        half: `[K, 3]` half extents, metres.
        turn: `[K, 3, 3]`, takes the solid's frame to the world.
        taper: `[K, 2]`.
    """

    kind: np.ndarray
    centre: np.ndarray
    half: np.ndarray
    turn: np.ndarray
    taper: np.ndarray


def place_solids(objects):
    """Put the parts of all objects into the world.

    Args:
        objects: list of `Placed`.

    Returns:
        `Solids`, the parts in order.

    Example:

    >>> solids = place_solids([Placed("sign", [box((0, 2, 0), (1, 1, 0.1), "metal")], (3, 0, 10))])
    >>> solids.centre.tolist()
    [[3.0, 2.5, 10.0]]
    """
    parts = [part for thing in objects for part in thing.parts]
    counts = [len(thing.parts) for thing in objects]
    numbers = np.array([(*p.at, *p.size, *p.taper, p.tilt, p.lean) for p in parts], np.float32).reshape(-1, 10)
    stance = np.array([(*thing.position, thing.yaw_degrees) for thing in objects], np.float32).reshape(-1, 4)
    stance = np.repeat(stance, counts, axis=0)
    half = numbers[:, 3:6] / 2
    tilt, lean, yaw = np.radians(numbers[:, 8]), np.radians(numbers[:, 9]), np.radians(stance[:, 3])
    about_y = rotations(yaw, 2, 0)
    turn = about_y @ rotations(lean, 0, 1) @ rotations(tilt, 1, 2)
    middle = numbers[:, :3].copy()
    middle[:, 1] += half[:, 1]
    centre = stance[:, :3] + (about_y @ middle[:, :, None])[:, :, 0]
    kind = np.array([part.kind for part in parts], np.int32)
    return Solids(kind, centre, half, turn, numbers[:, 6:8])


def rotations(angles, first, second):
    """Return the rotation by each angle (radians) from axis `first` towards axis `second`, `[K, 3, 3]`."""
    turn = np.zeros((len(angles), 3, 3), np.float32)
    turn[:, (0, 1, 2), (0, 1, 2)] = 1
    turn[:, first, first] = turn[:, second, second] = np.cos(angles)
    turn[:, second, first] = np.sin(angles)
    turn[:, first, second] = -turn[:, second, first]
    return turn

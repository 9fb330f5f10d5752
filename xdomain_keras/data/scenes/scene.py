"""A scene: objects inside a shell, a camera, a light that casts shadows; and what each pixel sees of it."""

import dataclasses

import numpy as np

from xdomain_keras.data.scenes.camera import Camera
from xdomain_keras.data.scenes.solids import Placed, Solids, place_solids
from xdomain_keras.data.scenes.tracing import surface_normals, trace

FAR = 5000.0


@dataclasses.dataclass
class Scene:
    """What a layout hands to the renderer.

    Args:
        world: str, `"street"` or `"room"`.
        objects: list of `Placed`.
        low, high: `[3]`, corners of the box that everything is in, metres; sides at `FAR` are the sky.
        shell: six `(class name, material, tint)`: left, right, bottom, top, back, front side.
        camera: `Camera`.
        light: `Camera` from which the shadows are seen.

    Example:

    >>> from xdomain_keras.data.scenes.street import lay_out_street
    >>> lay_out_street(np.random.default_rng(0), (32, 32)).world
    'street'
    """

    world: str
    objects: list[Placed]
    low: tuple
    high: tuple
    shell: tuple
    camera: Camera
    light: Camera


@dataclasses.dataclass
class View:
    """What each pixel of the camera sees, all maps `[H, W]` or `[H, W, 3]`.

    Args:
        solids: `Solids`.
        part: int32, index of the solid; the six sides of the shell come after the last solid.
        thing: int32, index into the scene's objects; -1 for the shell.
        depth: float32 metres along the optical axis; at least `FAR` / 2 is the sky.
        points: float32, in the world.
        normals: float32 unit, in the world, outward.
        local: float32, the point in the frame of its solid, metres.
        rays: float32, in the camera frame, z = 1.
    """

    solids: Solids
    part: np.ndarray
    thing: np.ndarray
    depth: np.ndarray
    points: np.ndarray
    normals: np.ndarray
    local: np.ndarray
    rays: np.ndarray

    @property
    def sky(self):
        """Return bool `[H, W]`, where nothing is met."""
        return self.depth >= FAR / 2


def look(scene):
    """Cast the camera's rays into the scene.

    Args:
        scene: `Scene`.

    Returns:
        `View`.

    Example:

    >>> from xdomain_keras.data.scenes.room import lay_out_room
    >>> view = look(lay_out_room(np.random.default_rng(0), (16, 24)))
    >>> view.depth.shape, bool(view.sky.any())
    ((16, 24), False)
    """
    camera = scene.camera
    solids = place_solids(scene.objects)
    depth, part = trace(solids, camera)
    rays = camera.rays()
    toward = rays @ camera.rotation.astype(np.float32)
    position = camera.position.astype(np.float32)
    wall_depth, side = meet_shell(position, toward, scene.low, scene.high)
    behind = wall_depth < depth
    depth = np.where(behind, wall_depth, depth)
    solid_count = len(solids.kind)
    part = np.where(behind, solid_count + side, part).astype(np.int32)
    points = position + depth[..., None] * toward
    inside = ~behind
    normals = -SIDE_NORMALS[side]
    local = points - np.asarray([scene.low[0], scene.low[1], scene.low[2]], np.float32)
    normals[inside], local[inside] = surface_normals(solids, points[inside], part[inside])
    counts = [len(thing.parts) for thing in scene.objects]
    owner = np.concatenate([np.repeat(np.arange(len(counts)), counts), np.full(6, -1)]).astype(np.int32)
    return View(solids, part, owner[part], depth, points, normals, local, rays)


SIDE_NORMALS = np.array([(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)], np.float32)


def meet_shell(position, toward, low, high):
    """Return the distance at which rays leave the box around them, and through which side (0 to 5), `[H, W]`."""
    with np.errstate(divide="ignore"):
        limit = np.where(toward > 0, np.float32(high) - position, np.float32(low) - position)
        time = np.where(np.abs(toward) < 1e-9, np.inf, limit / toward)
    axis = time.argmin(axis=-1)
    nearest = np.take_along_axis(time, axis[..., None], -1)[..., 0]
    positive = np.take_along_axis(toward, axis[..., None], -1)[..., 0] > 0
    return nearest.astype(np.float32), (2 * axis + positive).astype(np.int32)

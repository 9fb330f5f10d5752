"""The bare colour of every pixel's surface, before any light: picked colour, pattern, grain."""

import dataclasses
import functools

import cv2
import numpy as np

from xdomain_keras.data.scenes.materials import GRAIN, MATERIAL_IDS, MATERIALS, SCALE, pick_colours
from xdomain_keras.data.scenes.patterns import PATTERNS


@dataclasses.dataclass
class Faces:
    """Where pixels with one pattern lie on their faces, each `[n]`.

    Args:
        u, v: metres along the face, from its middle (from a corner for the sides of a room).
        half_u, half_v: half extent of the face in metres.
        level: bool, the face looks up or down.
        tint: the part's tint.
        footprint: side of the pixel on the face, metres.
    """

    u: np.ndarray
    v: np.ndarray
    half_u: np.ndarray
    half_v: np.ndarray
    level: np.ndarray
    tint: np.ndarray
    footprint: np.ndarray


@dataclasses.dataclass
class Surfaces:
    """What the pixels' surfaces are made of.

    Args:
        colours: float32 `[H, W, 3]`, sRGB in [0, 1].
        materials: int `[H, W]`, numbers from `MATERIAL_IDS`.
    """

    colours: np.ndarray
    materials: np.ndarray


def paint_surfaces(scene, view, look):
    """Colour each pixel with its part's material.

    Args:
        scene: `Scene`.
        view: `View` of it.
        look: str, `"synthetic"` or `"photo"`.

    Returns:
        `Surfaces`.

    Example:

    >>> from xdomain_keras.data.scenes.room import lay_out_room
    >>> from xdomain_keras.data.scenes.scene import look as see
    >>> scene = lay_out_room(np.random.default_rng(0), (8, 8))
    >>> paint_surfaces(scene, see(scene), "photo").colours.shape
    (8, 8, 3)
    """
    made = [(MATERIAL_IDS[part.material], part.tint) for thing in scene.objects for part in thing.parts]
    made += [(MATERIAL_IDS[material], tint) for _, material, tint in scene.shell]
    material, tint = np.array([row[0] for row in made]), np.array([row[1] for row in made], np.float32)
    colours = pick_colours(look, material, tint)[view.part]
    materials = material[view.part]
    footprint = view.depth / np.float32(scene.camera.focal)
    present = np.bincount(materials.ravel(), minlength=len(MATERIALS))
    for number, (count, kind) in enumerate(zip(present, MATERIALS.values(), strict=True)):
        if count and kind.pattern:
            chosen = materials == number
            faces = find_faces(scene, view, chosen, tint, footprint)
            colours[chosen] = PATTERNS[kind.pattern](colours[chosen], faces)
    if look == "photo":
        colours *= grain(view, materials, footprint)[..., None]
    return Surfaces(np.clip(colours, 0, 1, out=colours), materials)


def find_faces(scene, view, chosen, tint, footprint):
    """Return the `Faces` of the chosen pixels (bool `[H, W]`)."""
    solids, part, local = view.solids, view.part[chosen], view.local[chosen]
    count = len(solids.kind)
    turn = np.concatenate([solids.turn, np.broadcast_to(np.eye(3, dtype=np.float32), (6, 3, 3))])[part]
    room = (np.float32(scene.high) - np.float32(scene.low)) / 2
    half = np.concatenate([solids.half, np.broadcast_to(room, (6, 3))])[part]
    normal = np.einsum("nji,nj->ni", turn, view.normals[chosen])
    axis = np.abs(normal).argmax(axis=1)
    # Across: x, or z on the faces to the left and right. Up: y, or z on level faces; the planks of a floor run along z.
    across, up = np.where(axis == 0, 2, 0), np.where(axis == 1, 2, 1)
    floor = (axis == 1) & (part >= count)
    across, up = np.where(floor, 2, across), np.where(floor, 0, up)
    rows = np.arange(len(part))
    return Faces(
        local[rows, across], local[rows, up], half[rows, across], half[rows, up],
        axis == 1, tint[part], footprint[chosen],
    )  # fmt: skip


@functools.cache
def noise_tile(size=512, fall=0.9):
    """Return a tile of noise that repeats without seams, spectrum 1/f^fall, mean 0, variance 1, float32."""
    random = np.random.default_rng(7)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.standard_normal((size, size))) / np.maximum(frequency, 4 / size) ** fall
    tile = np.fft.irfft2(spectrum, (size, size))
    return np.clip(tile / tile.std(), -2.5, 2.5).astype(np.float32)


def sample_noise(u, v):
    """Return the noise at places given in texels, float32 like `u`."""
    tile = noise_tile()
    size = np.float32(len(tile))
    u, v = u - size * np.floor(u / size), v - size * np.floor(v / size)
    return cv2.remap(tile, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def grain(view, materials, footprint):
    """Return the brightness factor of the surfaces' grain, float32 `[H, W]`."""
    points, normals = view.points, np.abs(view.normals)
    aside = (normals[..., 0] > normals[..., 1]) & (normals[..., 0] > normals[..., 2])
    level = (normals[..., 1] > normals[..., 2]) & ~aside
    u = np.where(aside, points[..., 2], points[..., 0])
    v = np.where(level, points[..., 2], points[..., 1])
    u = u + 3.7 * view.thing
    texels = 4 * SCALE[materials]
    # Grain finer than a pixel would flicker: fade it out with distance.
    strength = GRAIN[materials] / (1 + np.square(footprint * texels * 0.25))
    fine = sample_noise((u * texels).astype(np.float32), (v * texels).astype(np.float32))
    broad = sample_noise((u * 9).astype(np.float32), (v * 9).astype(np.float32))
    return np.clip(1 + strength * fine + 0.35 * GRAIN[materials] * broad, 0.25, 1.9)

"""The light of both looks: one plain lamp for the synthetic look; sun, sky, lamps and shadows for the photo look."""

import dataclasses

import cv2
import numpy as np

from xdomain_keras.data.scenes.materials import GLOSS, GLOW
from xdomain_keras.data.scenes.surfaces import sample_noise
from xdomain_keras.data.scenes.tracing import trace


def light_plainly(scene, view, surfaces):
    """Light the synthetic look: each face has one brightness, by its direction alone.

    Args:
        scene: `Scene`.
        view: `View`.
        surfaces: `Surfaces`.

    Returns:
        float32 `[H, W, 3]`, sRGB.

    Example:

    >>> from xdomain_keras.data.scenes.room import lay_out_room
    >>> from xdomain_keras.data.scenes.scene import look
    >>> from xdomain_keras.data.scenes.surfaces import paint_surfaces
    >>> scene = lay_out_room(np.random.default_rng(0), (8, 8))
    >>> light_plainly(scene, look(scene), paint_surfaces(scene, look(scene), "synthetic")).dtype
    dtype('float32')
    """
    toward = np.array([0.35, 0.8, -0.48], np.float32)
    brightness = np.maximum(0.76 + 0.3 * (view.normals @ toward), -0.92 * view.normals[..., 1])
    brightness[view.sky] = 1.0
    brightness = np.maximum(brightness, GLOW[surfaces.materials] * 1.05)
    return surfaces.colours * brightness[..., None]


def cast_shadow(scene, view, random):
    """Return how much of the shadow-casting light reaches each pixel, float32 `[H, W]` in [0, 1].

    The light is a camera: a point is in shadow where the light sees something nearer. Four taps at
    jittered places make the border soft.
    """
    eye = scene.light
    # What lies flat on the ground casts no shadow worth its time.
    solids = view.solids
    upright = solids.centre[:, 1] + solids.half[:, 1] > 0.2
    nearest, _ = trace(dataclasses.replace(solids, **{k: v[upright] for k, v in vars(solids).items()}), eye)
    texel = np.float32(1 / eye.focal)
    start = view.points + view.normals * np.float32(0.03 if scene.world == "room" else 0.06)
    local = (start - eye.position.astype(np.float32)) @ eye.rotation.T.astype(np.float32)
    depth = np.maximum(local[..., 2], 1e-3)
    x, y = (local[..., axis] / depth * np.float32(eye.focal) + eye.size[1 - axis] / 2 for axis in (0, 1))
    jitter = random.random((2, *x.shape), np.float32) - 0.5
    x, y = x + 0.6 * jitter[0], y + 0.6 * jitter[1]
    # A surface seen at a slant spans several depths within one texel.
    slant = 1 - np.abs(np.einsum("hwc,hwc->hw", view.normals, local @ eye.rotation.astype(np.float32))) / np.maximum(
        np.linalg.norm(local, axis=-1), 1e-3
    )
    limit = local[..., 2] - texel * depth * (0.8 + 2.2 * slant)
    padded = cv2.copyMakeBorder(nearest, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=np.inf)
    lit = np.zeros(x.shape, np.float32)
    for shift_x, shift_y in ((-0.4, -0.4), (0.4, -0.4), (-0.4, 0.4), (0.4, 0.4)):
        column = np.clip(x + (shift_x + 1), 0, eye.size[1] + 1).astype(np.int32)
        row = np.clip(y + (shift_y + 1), 0, eye.size[0] + 1).astype(np.int32)
        lit += padded[row, column] >= limit
    return lit / 4


def find_creases(depth):
    """Return the share of ambient light that reaches each pixel: corners and contacts are darker.

    Depth darkening after Luft, Colditz and Deussen, "Image enhancement by unsharp masking the depth
    buffer", 2006: a pixel that lies behind its surroundings is darker.
    """
    depth = np.minimum(depth, 200)
    size = max(3, depth.shape[1] // 14 | 1)
    behind = np.maximum(depth - cv2.blur(depth, (size, size)), 0) / (0.035 * depth)
    return 1 - 0.75 * behind / (1 + behind * behind)


def light_street(scene, view, surfaces, random):
    """Light the photo look of a street with sun, sky, light from the ground, and haze; returns linear RGB."""
    sun_toward = (scene.light.position - np.array([0, 0, 13.0])).astype(np.float32)
    sun_toward /= np.linalg.norm(sun_toward)
    clear, warm = random.uniform(0.2, 1.0), 1 - sun_toward[1]
    sun = np.float32([1.0, 0.93 - 0.15 * warm, 0.82 - 0.32 * warm]) * np.float32(3.4 * clear)
    sky = np.float32([0.5, 0.62, 0.8]) * (1 - 0.25 * clear) + np.float32([0.12, 0.06, 0.0]) * (1 - clear)
    bounce = np.float32([0.3, 0.27, 0.24]) * (0.5 + 0.5 * clear)
    shadow = cast_shadow(scene, view, random)
    direct = np.maximum(view.normals @ sun_toward, 0) * shadow
    upward = (0.5 + 0.5 * view.normals[..., 1])[..., None]
    creases = find_creases(view.depth)[..., None]
    light = direct[..., None] * sun + (upward * sky + (1 - upward) * bounce) * creases
    image = linear(surfaces.colours) * light
    horizon = 1.1 * linear(np.float32([0.80, 0.85, 0.90]) * (0.9 + 0.1 * clear) - np.float32([0, 0.02, 0.07]) * warm)
    shine(image, view, surfaces, scene, sun_toward, sun * 0.8, shadow, horizon * 0.8)
    haze = 1 - np.exp(-view.depth / np.float32(random.uniform(110, 420) * (0.5 + 0.7 * clear)))
    image += haze[..., None] * (horizon - image)
    open_sky = view.sky
    if open_sky.any():
        image[open_sky] = paint_sky(
            view.rays[open_sky] @ scene.camera.rotation.astype(np.float32), horizon, random, clear
        )
    return image


def paint_sky(toward, horizon, random, clear):
    """Return the colours `[n, 3]` of a sky with clouds, in the directions `[n, 3]`."""
    up = np.clip(toward[:, 1] / np.linalg.norm(toward, axis=1), 0.02, 1)
    zenith = linear(np.float32([0.30, 0.48, 0.74]) * clear + np.float32([0.62, 0.66, 0.70]) * (1 - clear))
    colour = horizon + (zenith - horizon) * (1 - (1 - up) ** 3.0)[:, None]
    place = toward[:, (0, 2)] / (toward[:, 1:2].clip(0.04) + 0.15) * 14 + random.uniform(0, 512, 2).astype(np.float32)
    clouds = sample_noise(*np.ascontiguousarray(place.T.astype(np.float32))[:, :, None])[:, 0]
    cover = np.clip((clouds - random.uniform(-0.3, 1.0)) * 0.9, 0, 0.9)[:, None]
    return colour * (1 - cover) + np.float32([0.92, 0.92, 0.93]) * cover


def light_room(scene, view, surfaces, random):
    """Light the photo look of a room with a ceiling lamp, daylight from one side, and what the walls return."""
    lamp = np.float32([1.0, 0.8, 0.56]) * np.float32(random.uniform(1.2, 2.6))
    day = np.float32([0.72, 0.86, 1.0]) * np.float32(random.uniform(0.1, 0.9))
    from_lamp = scene.light.position.astype(np.float32) - view.points
    distance = np.linalg.norm(from_lamp, axis=-1, keepdims=True)
    from_lamp /= distance
    shadow = cast_shadow(scene, view, random)
    facing = np.maximum(np.einsum("hwc,hwc->hw", view.normals, from_lamp), 0)
    direct = facing * shadow / (0.6 + 0.35 * distance[..., 0] ** 2) * 1.6
    side = np.float32([random.choice((-1, 1)), 0.35, -0.25])
    daylight = np.clip(0.35 + 0.65 * (view.normals @ (side / np.linalg.norm(side))), 0, 1)
    creases = find_creases(view.depth)[..., None]
    ambient = np.float32(0.25) * (lamp * 0.6 + day) * (0.95 + 0.1 * view.normals[..., 1:2])
    light = direct[..., None] * lamp + (daylight[..., None] * day * 0.55 + ambient) * creases
    image = linear(surfaces.colours) * light
    shine(image, view, surfaces, scene, from_lamp, lamp, shadow, day * 0.35 + 0.08)
    glow = GLOW[surfaces.materials][..., None]
    image += linear(surfaces.colours) * glow * (0.9 + day * 0.6)
    return image


def shine(image, view, surfaces, scene, toward, colour, shadow, surroundings):
    """Add to glossy pixels the highlight of a light (Blinn-Phong) and the reflection of the surroundings."""
    glossy = GLOSS[surfaces.materials] > 0
    if not glossy.any():
        return
    gloss = GLOSS[surfaces.materials[glossy]][:, None]
    normals = view.normals[glossy]
    to_eye = scene.camera.position.astype(np.float32) - view.points[glossy]
    to_eye /= np.linalg.norm(to_eye, axis=1, keepdims=True)
    halfway = to_eye + (toward if toward.ndim == 1 else toward[glossy])
    halfway /= np.linalg.norm(halfway, axis=1, keepdims=True) + 1e-6
    highlight = np.maximum(np.einsum("nc,nc->n", normals, halfway), 0) ** 40 * shadow[glossy]
    slant = 1 - np.maximum(np.einsum("nc,nc->n", normals, to_eye), 0)
    mirrored = (0.06 + 0.7 * slant**4)[:, None] * (0.4 + 0.6 * np.clip(normals[:, 1:2] + 0.5, 0, 1))
    image[glossy] += gloss * (highlight[:, None] * colour + mirrored * surroundings)


def linear(colours):
    """Return sRGB colours as linear light (power 2.2)."""
    return np.power(colours, np.float32(2.2))

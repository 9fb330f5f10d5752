"""One labelled picture from a seed."""

from typing import Literal

import numpy as np

from xdomain_keras.data.scenes.fixations import simulate_gaze
from xdomain_keras.data.scenes.labels import read_labels
from xdomain_keras.data.scenes.lighting import light_plainly, light_room, light_street
from xdomain_keras.data.scenes.names import SEMANTIC_NAMES
from xdomain_keras.data.scenes.photo import develop
from xdomain_keras.data.scenes.room import lay_out_room
from xdomain_keras.data.scenes.scene import look as see
from xdomain_keras.data.scenes.street import lay_out_street
from xdomain_keras.data.scenes.surfaces import paint_surfaces
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices

LAYOUTS = {"street": lay_out_street, "room": lay_out_room}
LIGHTS = {"street": light_street, "room": light_room}


def render(
    world: Literal["street", "room"],
    look: Literal["synthetic", "photo"],
    size=(128, 128),
    seed=0,
    class_frequencies=None,
    camera=None,
):
    """Render one picture with all its labels.

    The scene depends on the world, the seed and the knobs, not on the look: the same seed in both looks
    is the same scene with the same geometric labels. Use different seeds for unpaired domains.

    Args:
        world: str, `"street"` or `"room"`.
        look: str, `"synthetic"` (plain colours, one lamp) or `"photo"` (textures, shadows, haze, lens, noise).
        size: `(height, width)` in pixels, each at least 16.
        seed: int >= 0, or a tuple of them.
        class_frequencies: `dict` of class name to a multiplier of how often it is placed.
        camera: `dict` of camera knobs, each a number or `(low, high)`: `height_meters`, `pitch_degrees`
            (below 0 looks down), `yaw_degrees`, `roll_degrees`, `field_of_view_degrees` (of the longer side).

    Returns:
        Sample `dict` (see `data/sample.py`) with `image`, `id` and all labels but `saliency_map`;
        `fixations_xy` and `salient_object` are simulated (see `fixations.py`).

    Raises:
        ConfigError: an unknown world, look, class or camera knob, or a value out of range.

    Example:

    >>> sample = render("street", "photo", (48, 64), seed=3)
    >>> sample["id"], sample["image"].shape
    ('street/photo/3', (48, 64, 3))
    """
    check_choices(render, world=world, look=look)
    size, seed = read_size(size), read_seed(seed)
    place = list(SEMANTIC_NAMES).index(world)
    scene = LAYOUTS[world](np.random.default_rng([*seed, place, 0]), size, class_frequencies, camera)
    view = see(scene)
    surfaces = paint_surfaces(scene, view, look)
    if look == "synthetic":
        picture = light_plainly(scene, view, surfaces)
    else:
        random = np.random.default_rng([*seed, place, 1])
        picture = develop(LIGHTS[world](scene, view, surfaces, random), random)
    image = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    labels = read_labels(scene, view)
    gaze = simulate_gaze(world, image, labels, np.random.default_rng([*seed, place, 2]))
    name = "/".join([world, look, *map(str, seed)])
    return {"image": image, "id": name, **labels, **gaze}


def read_size(size):
    """Return `(height, width)` as ints of at least 16; raise `ConfigError` otherwise."""
    try:
        height, width = (int(length) for length in size)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < 16:
        raise ConfigError(f"size: {size!r} is not a picture size; give (height, width), each at least 16.")
    return height, width


def read_seed(seed):
    """Return the seed as a tuple of ints >= 0; raise `ConfigError` otherwise."""
    parts = seed if isinstance(seed, tuple) else (seed,)
    if not parts or not all(isinstance(part, (int, np.integer)) and part >= 0 for part in parts):
        raise ConfigError(f"seed: {seed!r} is not a seed; give an integer from 0 up, or a tuple of them.")
    return tuple(int(part) for part in parts)

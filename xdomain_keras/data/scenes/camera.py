"""The pinhole camera, which also serves as the eye of every light that casts shadows."""

import dataclasses

import numpy as np

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import require_known

# Ranges drawn uniformly; a pitch below 0 looks down, a yaw above 0 looks to the right.
CAMERA_DEFAULTS = {
    "street": {
        "height_meters": (1.4, 2.0),
        "pitch_degrees": (-6.0, 1.0),
        "yaw_degrees": (-10.0, 10.0),
        "roll_degrees": (-1.0, 1.0),
        "field_of_view_degrees": (58.0, 70.0),
    },
    "room": {
        "height_meters": (1.3, 1.8),
        "pitch_degrees": (-16.0, -7.0),
        "yaw_degrees": (-12.0, 12.0),
        "roll_degrees": (-1.5, 1.5),
        "field_of_view_degrees": (62.0, 76.0),
    },
}


@dataclasses.dataclass(frozen=True)
class Camera:
    """A pinhole camera in a world of x right, y up, z forward (metres).

    A pixel centre `(column + 0.5, row + 0.5)` looks along `ray = ((x - W/2) / f, (y - H/2) / f, 1)` in
    the camera frame (x right, y down, z forward), so that a point is `depth * ray`.

    Args:
        position: `[3]`, in the world.
        rotation: `[3, 3]`, takes world directions to the camera frame.
        focal: focal length in pixels.
        size: `(height, width)` in pixels.

    Example:

    >>> camera = Camera(np.zeros(3), np.diag([1.0, -1.0, 1.0]), focal=50.0, size=(10, 20))
    >>> camera.project(np.array([[0.0, 1.0, 10.0]]))[0].tolist()
    [10.0, 0.0, 10.0]
    """

    position: np.ndarray
    rotation: np.ndarray
    focal: float
    size: tuple

    def columns_and_rows(self):
        """Return the x of each column and the y of each row, on the plane at depth 1."""
        height, width = self.size
        columns = (np.arange(width, dtype=np.float32) + (0.5 - width / 2)) / np.float32(self.focal)
        rows = (np.arange(height, dtype=np.float32) + (0.5 - height / 2)) / np.float32(self.focal)
        return columns, rows

    def rays(self):
        """Return the ray of each pixel in the camera frame, float32 `[H, W, 3]`, z = 1."""
        columns, rows = self.columns_and_rows()
        rays = np.ones((*self.size, 3), np.float32)
        rays[..., 0], rays[..., 1] = columns, rows[:, None]
        return rays

    def to_camera(self, points):
        """Return world points `[..., 3]` in the camera frame."""
        return (points - self.position) @ self.rotation.T

    def project(self, points):
        """Return x, y in pixels and depth in metres of world points `[N, 3]`."""
        local = self.to_camera(points)
        depth = local[:, 2]
        scale = self.focal / np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        return np.stack([local[:, 0] * scale + self.size[1] / 2, local[:, 1] * scale + self.size[0] / 2, depth], -1)


def aim(position, target, field_of_view_degrees, size):
    """Return the camera at `position` that looks at `target`, as the lights do.

    Args:
        position: `[3]` in metres.
        target: `[3]` in metres.
        field_of_view_degrees: of the longer side of the picture.
        size: `(height, width)` in pixels.

    Returns:
        `Camera`.

    Example:

    >>> aim((0, 5, 0), (0, 0, 0), 90, (8, 8)).project(np.zeros((1, 3)))[0].round(3).tolist()
    [4.0, 4.0, 5.0]
    """
    position = np.asarray(position, np.float64)
    forward = np.asarray(target, np.float64) - position
    forward /= np.linalg.norm(forward)
    upward = np.array([0.0, 0.0, 1.0]) if abs(forward[1]) > 0.9 else np.array([0.0, 1.0, 0.0])
    right = np.cross(upward, forward)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, -np.cross(forward, right), forward])
    return Camera(position, rotation, focal_length(field_of_view_degrees, size), size)


def focal_length(field_of_view_degrees, size):
    """Return the focal length in pixels for a field of view across the longer side."""
    return max(size) / 2 / np.tan(np.radians(field_of_view_degrees) / 2)


def draw_camera(world, random, size, position_xz, knobs=None):
    """Draw a camera from the ranges of a world.

    Args:
        world: str, `"street"` or `"room"`.
        random: `numpy.random.Generator`.
        size: `(height, width)` in pixels.
        position_xz: where it stands on the ground, metres.
        knobs: `dict` that replaces some of `CAMERA_DEFAULTS[world]`, each a number or `(low, high)`.

    Returns:
        `Camera`.

    Raises:
        ConfigError: an unknown knob, or a value that is neither a number nor a range.

    Example:

    >>> camera = draw_camera("street", np.random.default_rng(0), (64, 64), (0, 0), {"height_meters": 3})
    >>> float(camera.position[1])
    3.0
    """
    ranges = dict(CAMERA_DEFAULTS[world])
    for name, value in (knobs or {}).items():
        require_known("knob", name, ranges, "camera")
        ranges[name] = read_range(f"camera.{name}", value)
    low, high = ranges["height_meters"][0], ranges["field_of_view_degrees"]
    if low < 0.1 or high[0] < 5 or high[1] > 150:
        raise ConfigError(
            f"camera: height {low:g} m, field of view {high[0]:g} to {high[1]:g} degrees; "
            "keep the height at 0.1 m or more and the field of view within 5 to 150 degrees."
        )
    drawn = {name: random.uniform(*ends) for name, ends in ranges.items()}
    pitch, yaw, roll = (np.radians(drawn[f"{name}_degrees"]) for name in ("pitch", "yaw", "roll"))
    cosine, sine = np.cos([pitch, yaw, roll]), np.sin([pitch, yaw, roll])
    about_y = np.array([[cosine[1], 0, -sine[1]], [0, 1, 0], [sine[1], 0, cosine[1]]])
    about_x = np.array([[1, 0, 0], [0, cosine[0], -sine[0]], [0, sine[0], cosine[0]]])
    about_z = np.array([[cosine[2], -sine[2], 0], [sine[2], cosine[2], 0], [0, 0, 1]])
    rotation = about_z @ np.diag([1.0, -1.0, 1.0]) @ about_x @ about_y
    position = np.array([position_xz[0], drawn["height_meters"], position_xz[1]], np.float64)
    return Camera(position, rotation, focal_length(drawn["field_of_view_degrees"], size), tuple(size))


def read_range(field, value):
    """Return `(low, high)` from a number or a pair; raise `ConfigError` otherwise."""
    pair = (value, value) if np.isscalar(value) else tuple(value)
    try:
        low, high = (float(end) for end in pair)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not low <= high:
        raise ConfigError(f"{field}: {value!r} is not a range; give a number or (low, high) with low <= high.")
    return low, high

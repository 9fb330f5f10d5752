"""Ray casting against closed forms and finite differences."""

import numpy as np
import pytest

from xdomain_keras.data.scenes.camera import Camera, aim
from xdomain_keras.data.scenes.room import lay_out_room
from xdomain_keras.data.scenes.scene import look, meet_shell
from xdomain_keras.data.scenes.solids import Placed, box, ellipsoid, frustum, place_solids
from xdomain_keras.data.scenes.street import lay_out_street
from xdomain_keras.data.scenes.tracing import surface_normals, trace

AHEAD = Camera(np.array([0.0, 0.0, 0.0]), np.diag([1.0, -1.0, 1.0]), focal=60.0, size=(64, 80))


def cast(part, position=(0, 0, 0), yaw=0.0, camera=AHEAD):
    """Return the solids, the mask, and the points and normals met in the world."""
    solids = place_solids([Placed("thing", [part], position, yaw)])
    depth, which = trace(solids, camera)
    hit = which >= 0
    assert np.array_equal(hit, np.isfinite(depth))
    points = (depth[hit][:, None] * camera.rays()[hit] @ camera.rotation + camera.position).astype(np.float32)
    return hit, points, surface_normals(solids, points, which[hit])[0]


def test_sphere_is_met_where_the_quadratic_says():
    hit, points, normals = cast(ellipsoid((0, -1, 0), (2, 2, 2), "paint"), (0.3, 0.2, 5.0))
    centre = np.array([0.3, 0.2, 5.0])
    rays = AHEAD.rays() @ AHEAD.rotation
    b, square = rays @ centre, (rays**2).sum(-1)
    expected = b**2 - square * (centre @ centre - 1) > 0
    assert np.array_equal(hit, expected) and hit.sum() > 300
    np.testing.assert_allclose(np.linalg.norm(points - centre, axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(normals, points - centre, atol=1e-3)


def test_box_front_is_a_plane_at_its_depth():
    hit, points, normals = cast(box((0, -1, 0), (2, 2, 2), "paint"), (0, 0, 6))
    assert hit.sum() == 24 * 24
    np.testing.assert_allclose(points[:, 2], 5, atol=1e-5)
    np.testing.assert_allclose(normals, np.tile([0, 0, -1], (len(normals), 1)), atol=1e-6)


@pytest.mark.parametrize("yaw", [0, 30, 75, 200])
def test_tapered_box_points_lie_on_its_leaning_faces(yaw):
    _, points, normals = cast(box((0, -1, 0), (2, 2, 3), "paint", taper=(0.5, 0.2)), (0.4, -0.3, 7), yaw)
    turn = np.radians(yaw)
    local = points - (0.4, -0.3, 7)
    x = local[:, 0] * np.cos(turn) - local[:, 2] * np.sin(turn)
    z = local[:, 0] * np.sin(turn) + local[:, 2] * np.cos(turn)
    rise = (local[:, 1] + 1) / 2
    gaps = np.stack([1 - 0.5 * rise - np.abs(x), 1.5 * (1 - 0.2 * rise) - np.abs(z), 1 - np.abs(local[:, 1])])
    np.testing.assert_allclose(gaps.min(axis=0), 0, atol=1e-4)
    assert (np.einsum("nc,nc->n", normals, points) < 1e-4).all()


def test_cone_and_cylinder_points_lie_on_their_sides_or_caps():
    for taper in (0.0, 0.4, 1.0, -0.3):
        part = frustum((0, -1, 0), (2, 2, 2), "paint", taper=(taper, taper))
        camera = aim((1.0, 3.0, -4.0), (0, 0, 0), 50, (64, 64))
        hit, points, normals = cast(part, camera=camera)
        radius = 1 - taper * (points[:, 1] + 1) / 2
        side = radius - np.hypot(points[:, 0], points[:, 2])
        np.testing.assert_allclose(np.minimum(np.abs(side), 1 - np.abs(points[:, 1])), 0, atol=1e-4)
        assert hit.sum() > 400 and np.einsum("nc,nc->n", normals, camera.position - points).min() > -1e-3


def test_the_nearer_solid_wins_and_the_screen_box_loses_no_pixel():
    random = np.random.default_rng(0)
    parts = [ellipsoid(random.uniform(-2, 2, 3), random.uniform(0.3, 2, 3), "paint") for _ in range(20)]
    objects = [Placed("ball", [part], (0, 0, 6), 20 * number) for number, part in enumerate(parts)]
    depth, which = trace(place_solids(objects), AHEAD)
    alone = np.stack([trace(place_solids([thing]), AHEAD)[0] for thing in objects])
    np.testing.assert_allclose(depth, alone.min(axis=0), rtol=1e-6)
    assert np.array_equal(which >= 0, np.isfinite(alone).any(axis=0))
    assert np.array_equal(which[which >= 0], alone.argmin(axis=0)[which >= 0])


def test_solids_that_reach_behind_the_camera_are_still_met():
    hit, points, _ = cast(box((0, -2.0, 0), (4, 0.5, 100), "paint"))
    np.testing.assert_allclose(points[points[:, 2] > 3][:, 1], -1.5, atol=1e-4)
    assert hit[-1].all() and not hit[:32].any()


def test_shell_is_left_through_the_nearest_side():
    rays = AHEAD.rays() @ AHEAD.rotation.astype(np.float32)
    time, side = meet_shell(np.zeros(3, np.float32), rays, (-9, -1, -9), (9, 9, 4))
    below = side == 2
    np.testing.assert_allclose((time[..., None] * rays)[below][:, 1], -1, atol=1e-5)
    np.testing.assert_allclose(time[side == 5], 4, atol=1e-5)
    assert set(np.unique(side)) == {2, 5}


@pytest.mark.parametrize("lay_out", [lay_out_street, lay_out_room])
def test_normals_agree_with_differences_of_the_depth(lay_out):
    scene = lay_out(np.random.default_rng(2), (128, 128))
    view = look(scene)
    points = (view.depth[..., None] * view.rays).astype(np.float64)
    normals = view.normals @ scene.camera.rotation.T
    across, down = points[:, 2:] - points[:, :-2], points[2:] - points[:-2]
    measured = np.cross(across[1:-1], down[:, 1:-1])
    measured /= np.linalg.norm(measured, axis=-1, keepdims=True) + 1e-12
    inner = normals[1:-1, 1:-1]
    same = np.ones(inner.shape[:2], bool)
    for rows, columns in ((slice(0, -2), slice(1, -1)), (slice(2, None), slice(1, -1)),
                          (slice(1, -1), slice(0, -2)), (slice(1, -1), slice(2, None))):  # fmt: skip
        # Flat: the neighbours belong to the same solid and share the normal.
        same &= view.part[rows, columns] == view.part[1:-1, 1:-1]
        same &= np.abs(normals[rows, columns] - inner).max(axis=-1) < 1e-6
    same &= ~view.sky[1:-1, 1:-1] & (view.depth[1:-1, 1:-1] < 30)
    assert same.mean() > 0.3
    # Image y grows downwards and the normals point to the camera, against the cross product.
    assert np.abs(np.einsum("hwc,hwc->hw", measured, inner)[same] + 1).max() < 1e-3


def test_points_project_back_to_their_pixels():
    scene = lay_out_room(np.random.default_rng(1), (40, 56))
    view = look(scene)
    projected = scene.camera.project(view.points.reshape(-1, 3)).reshape(40, 56, 3)
    np.testing.assert_allclose(projected[..., 0], np.broadcast_to(np.arange(56) + 0.5, (40, 56)), atol=1e-2)
    np.testing.assert_allclose(projected[..., 1], np.broadcast_to(np.arange(40)[:, None] + 0.5, (40, 56)), atol=1e-2)
    np.testing.assert_allclose(projected[..., 2], view.depth, rtol=1e-4)

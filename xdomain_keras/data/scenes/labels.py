"""The exact labels of a view: classes, instances, boxes, depth, normals, edges, keypoints."""

import numpy as np

from xdomain_keras.data.scenes.names import KEYPOINT_NAMES, SEMANTIC_NAMES, THING_NAMES

# Objects that show fewer pixels are left out of boxes and instances.
MIN_VISIBLE_PIXELS = 12


def read_labels(scene, view):
    """Read every label that geometry alone decides.

    Args:
        scene: `Scene`.
        view: `View` of it.

    Returns:
        `dict` in the sample format: `semantic_ids`, `instance_ids` (k + 1 marks row k of `boxes_xyxy`,
        largest first), `boxes_xyxy`, `classes`, `depth_meters`, `normals`, `edges`, `regions`, `keypoints`.

    Example:

    >>> from xdomain_keras.data.scenes.room import lay_out_room
    >>> from xdomain_keras.data.scenes.scene import look
    >>> scene = lay_out_room(np.random.default_rng(0), (32, 32))
    >>> sorted(read_labels(scene, look(scene)))[:4]
    ['boxes_xyxy', 'classes', 'depth_meters', 'edges']
    """
    names = [thing.name for thing in scene.objects]
    semantic_of = {name: number for number, name in enumerate(SEMANTIC_NAMES[scene.world])}
    # Index -1, the shell, falls on the last entry here and below.
    owner_class = np.array([semantic_of[name] for name in names] + [-1], np.int32)
    side_class = np.array([semantic_of[name] for name, _, _ in scene.shell], np.int32)
    side = np.maximum(view.part - len(view.solids.kind), 0)
    semantic = np.where(view.thing >= 0, owner_class[view.thing], side_class[side])
    instances, shown = number_instances(scene, view)
    thing_of = {name: number for number, name in enumerate(THING_NAMES[scene.world])}
    return {
        "semantic_ids": semantic,
        "instance_ids": instances,
        "boxes_xyxy": find_boxes(instances, len(shown)),
        "classes": np.array([thing_of[names[thing]] for thing in shown], np.int32),
        "depth_meters": np.where(view.sky, np.float32(0), view.depth),
        "normals": turn_normals(scene, view),
        "edges": find_edges(semantic, instances),
        "regions": find_regions(semantic, instances),
        "keypoints": find_keypoints(scene, view, instances, shown),
    }


def number_instances(scene, view):
    """Return `instance_ids` and the indices of the objects that they number, largest visible first."""
    countable = np.array([thing.name in THING_NAMES[scene.world] for thing in scene.objects] + [False])
    area = np.bincount(view.thing.ravel() + 1, minlength=len(countable))[1:]
    area = np.append(area, 0) * countable
    shown = np.flatnonzero(area >= MIN_VISIBLE_PIXELS)
    shown = shown[np.argsort(-area[shown], kind="stable")]
    number = np.zeros(len(countable), np.int32)
    number[shown] = np.arange(1, len(shown) + 1)
    return number[view.thing], shown


def find_boxes(instance_ids, count):
    """Return the tight box of each instance, float32 `[count, 4]`: left, top, right, bottom in pixels.

    Example:

    >>> find_boxes(np.array([[0, 1, 1], [0, 0, 1]]), 1).tolist()
    [[1.0, 0.0, 3.0, 2.0]]
    """
    rows, columns = np.nonzero(instance_ids)
    number = instance_ids[rows, columns] - 1
    boxes = np.zeros((count, 4), np.int64)
    boxes[:, :2] = np.iinfo(np.int32).max
    for axis, place in ((0, columns), (1, rows)):
        np.minimum.at(boxes[:, axis], number, place)
        np.maximum.at(boxes[:, axis + 2], number, place + 1)
    return boxes.astype(np.float32)


def turn_normals(scene, view):
    """Return unit normals in the camera frame, towards the camera; 0 in the sky and exactly edge-on."""
    normals = view.normals @ scene.camera.rotation.T.astype(np.float32)
    toward = np.einsum("hwc,hwc->hw", normals, view.rays)
    normals[view.sky | (toward >= 0)] = 0
    return normals


def find_edges(semantic_ids, instance_ids):
    """Return uint8 1 where the class or the instance differs from the pixel to the right or below.

    Example:

    >>> find_edges(np.array([[1, 1, 2]]), np.zeros((1, 3), np.int32)).tolist()
    [[0, 1, 0]]
    """
    joint = join(semantic_ids, instance_ids)
    edges = np.zeros(joint.shape, np.uint8)
    edges[:, :-1] |= joint[:, :-1] != joint[:, 1:]
    edges[:-1] |= joint[:-1] != joint[1:]
    return edges


def find_regions(semantic_ids, instance_ids):
    """Return int16 `[H, W, 1]`: 0, 1, … for every class and instance that is seen.

    Example:

    >>> find_regions(np.array([[7, 7, 2]]), np.array([[0, 1, 0]]))[..., 0].tolist()
    [[1, 2, 0]]
    """
    numbers = np.unique(join(semantic_ids, instance_ids), return_inverse=True)[1]
    return numbers.reshape(*semantic_ids.shape, 1).astype(np.int16)


def join(semantic_ids, instance_ids):
    """One number for every pair of class and instance."""
    return semantic_ids.astype(np.int64) * (int(instance_ids.max()) + 1) + instance_ids


def find_keypoints(scene, view, instance_ids, shown):
    """Return the keypoints of the most visible object of each class, float32 `[K, 4]`.

    A point is visible where its own object is seen at its pixel, not deeper inside than the part that
    it is the centre of; hidden where something is in front; absent where it is out of the picture.
    """
    places = {name: place for place, name in enumerate(KEYPOINT_NAMES[scene.world])}
    keypoints = np.zeros((len(places), 4), np.float32)
    first_part = np.cumsum([0, *(len(thing.parts) for thing in scene.objects)])
    rows, parts, numbers, done = [], [], [], set()
    for number, thing in enumerate(shown):
        name = scene.objects[thing].name
        if name in done:
            continue
        done.add(name)
        for offset, part in enumerate(scene.objects[thing].parts):
            if part.keypoint:
                rows.append(places[part.keypoint])
                parts.append(first_part[thing] + offset)
                numbers.append(number + 1)
    if not rows:
        return keypoints
    rows, parts, numbers = np.array(rows), np.array(parts), np.array(numbers)
    points = scene.camera.project(view.solids.centre[parts]).astype(np.float32)
    height, width = scene.camera.size
    x, y, depth = points.T
    present = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (depth > 0.05)
    rows, parts, numbers, points = rows[present], parts[present], numbers[present], points[present]
    pixel = (points[:, 1].astype(int), points[:, 0].astype(int))
    inset = 0.15 + np.minimum(view.solids.half[parts].max(axis=1), 0.5)
    visible = (instance_ids[pixel] == numbers) & (view.depth[pixel] > points[:, 2] - inset)
    keypoints[rows, :3] = points
    keypoints[rows, 3] = 1 + visible
    return keypoints

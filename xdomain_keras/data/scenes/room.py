"""The layout of a room: furniture along three walls, pictures and windows on them, a group in the middle."""

import numpy as np

from xdomain_keras.data.scenes import room_objects as make
from xdomain_keras.data.scenes.camera import aim, draw_camera
from xdomain_keras.data.scenes.layout import Ground, read_frequencies
from xdomain_keras.data.scenes.scene import Scene
from xdomain_keras.data.scenes.solids import Placed

# Relative chance of standing (or hanging) at a wall, and the room to keep there: half width, depth.
AT_WALL = {
    "sofa": (1.2, 1.25, 1.0),
    "bed": (0.8, 1.0, 2.15),
    "cabinet": (1.2, 0.75, 0.6),
    "shelf": (1.1, 0.7, 0.4),
    "television": (0.9, 0.9, 0.45),
    "plant": (0.7, 0.4, 0.6),
    "lamp": (0.8, 0.35, 0.5),
    "chair": (0.4, 0.4, 0.6),
    "door": (0.6, 0.65, 0.1),
}
ON_WALL = {"picture": (1.2, 0.6, 1.35), "window": (0.8, 1.15, 0.95)}
CENTRED = ("plant", "lamp", "chair", "table", "rug")


def lay_out_room(random, size, class_frequencies=None, camera=None, shadow_size=160):
    """Draw a room, seen from the middle of its near end.

    Args:
        random: `numpy.random.Generator`.
        size: `(height, width)` in pixels.
        class_frequencies: `dict` of class name to multiplier of how often it is placed.
        camera: `dict` of camera knobs (see `camera.CAMERA_DEFAULTS`).
        shadow_size: side of the shadow map in texels.

    Returns:
        `Scene`.

    Example:

    >>> scene = lay_out_room(np.random.default_rng(0), (32, 32), {"chair": 0})
    >>> any(thing.name == "chair" for thing in scene.objects)
    False
    """
    often = read_frequencies("room", class_frequencies)
    wide, deep, tall = random.uniform(3.8, 6.2), random.uniform(4.6, 7.0), random.uniform(2.4, 3.0)
    stand = random.uniform(-0.5, 0.5)
    eye = draw_camera("room", random, size, (stand, 0.0), camera)
    tall = max(tall, eye.position[1] + 0.25)
    ground = Ground([(stand, 0.2, 1.0)])
    objects = []
    walls = (  # Where the wall starts, which way it runs, how long it is, and the turn that faces the room.
        ((-wide / 2, deep), (1, 0), wide, 180),
        ((-wide / 2, 0.9), (0, 1), deep - 0.9, 90),
        ((wide / 2, 0.9), (0, 1), deep - 0.9, -90),
    )
    for wall in walls:
        standing, covered = furnish_wall(random, wall, often, ground)
        objects += standing + hang_on_wall(random, wall, often, tall, covered)
    objects += furnish_middle(random, wide, deep, often, ground)
    above = np.array([random.uniform(-0.3, 0.3) * wide, tall - 0.05, random.uniform(0.35, 0.7) * deep])
    lamp = aim(above, above * (1, 0, 1), 142, (shadow_size, shadow_size))
    paint, floor = random.random(2)
    side = ("wall", "wallpaper" if random.random() < 0.35 else "plaster", paint)
    planks = ("floor", "carpet" if random.random() < 0.3 else "parquet", floor)
    shell = (side, side, planks, ("ceiling", "ceiling", 0.5), side, side)
    return Scene("room", objects, (-wide / 2, 0, -0.8), (wide / 2, tall, deep), shell, eye, lamp)


def choose(random, table, often, empty=0.0):
    """Return one name of `table` by chance, or `""` with the share `empty` of the unmodified total."""
    names = list(table)
    shares = np.array([table[name][0] * often[name] for name in names] + [empty])
    if not shares.sum():
        return ""
    return [*names, ""][random.choice(len(shares), p=shares / shares.sum())]


def furnish_wall(random, wall, often, ground):
    """Return the furniture along one wall, and the stretches of wall that it covers up to eye level."""
    (start_x, start_z), (run_x, run_z), length, yaw = wall
    facing = np.array([np.sin(np.radians(yaw)), np.cos(np.radians(yaw))])
    objects, covered, along = [], [], random.uniform(0.0, 0.5)
    while along < length - 0.7:
        name = choose(random, AT_WALL, often, empty=0.45)
        if not name:
            along += random.uniform(0.4, 0.9)
            continue
        _, half, deep = AT_WALL[name]
        if along + 2 * half > length:
            along += 0.4
            continue
        inset = 0.3 if name in CENTRED else 0.02
        x = start_x + run_x * (along + half) + facing[0] * inset
        z = start_z + run_z * (along + half) + facing[1] * inset
        middle = (x + facing[0] * deep / 2, z + facing[1] * deep / 2)
        if ground.take(*middle, max(0.25, (half + deep / 2) / 2 - 0.15)):
            objects.append(Placed(name, MAKERS[name](random), (x, 0, z), yaw))
            if name in ("door", "shelf", "cabinet", "television"):
                covered.append((along, along + 2 * half))
        along += 2 * half + random.uniform(0.0, 0.3)
    return objects, covered


def hang_on_wall(random, wall, often, tall, covered):
    """Return the pictures and windows of one wall."""
    (start_x, start_z), (run_x, run_z), length, yaw = wall
    objects, along = [], random.uniform(0.1, 1.0)
    while along < length - 1.2:
        name = choose(random, ON_WALL, often, empty=0.35)
        half = ON_WALL[name][1] if name else 0.4
        free = all(along + 2 * half < first or along > last for first, last in covered)
        if name and free and along + 2 * half < length:
            x, z = start_x + run_x * (along + half), start_z + run_z * (along + half)
            up = ON_WALL[name][2] + random.uniform(-0.1, min(0.2, tall - 2.3))
            objects.append(Placed(name, MAKERS[name](random), (x, up, z), yaw))
        along += 2 * half + random.uniform(0.2, 0.8)
    return objects


def furnish_middle(random, wide, deep, often, ground):
    """Return a table with chairs, a rug, and what else stands free."""
    objects = []
    middle = np.array([random.uniform(-0.2, 0.2) * wide, random.uniform(0.42, 0.62) * deep])
    if random.random() < 0.5 * often["rug"]:
        objects.append(Placed("rug", make.make_rug(random), (middle[0], 0, middle[1])))
    for _ in range(random.poisson(0.8 * often["table"])):
        if ground.take(*middle, 0.85):
            objects.append(Placed("table", make.make_table(random), (middle[0], 0, middle[1])))
        middle = np.array([random.uniform(-0.35, 0.35) * wide, random.uniform(0.35, 0.75) * deep])
    middle = np.array([objects[-1].position[0], objects[-1].position[2]]) if objects else middle
    for name, mean in (("chair", 2.2), ("lamp", 0.2), ("plant", 0.25)):
        for _ in range(random.poisson(mean * often[name])):
            turn = random.uniform(0, 360)
            away = np.array([np.sin(np.radians(turn)), np.cos(np.radians(turn))]) * random.uniform(0.95, 1.25)
            x, z = middle - away
            if abs(x) < wide / 2 - 0.35 and 1.2 < z < deep - 0.35 and ground.take(x, z, 0.28):
                objects.append(Placed(name, MAKERS[name](random), (x, 0, z), turn + random.normal(0, 12)))
    return objects


MAKERS = {name: getattr(make, f"make_{name}") for name in (*AT_WALL, *ON_WALL, "table", "rug")}

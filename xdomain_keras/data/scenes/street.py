"""The layout of a street: a road between two pavements, frontages behind, and the traffic."""

import numpy as np

from xdomain_keras.data.scenes import street_objects as make
from xdomain_keras.data.scenes.camera import aim, draw_camera
from xdomain_keras.data.scenes.layout import Ground, read_frequencies
from xdomain_keras.data.scenes.scene import FAR, Scene
from xdomain_keras.data.scenes.solids import Placed, box

KERB = 0.14
END = 62.0
# How many of each are tried on average, before `class_frequencies` multiplies them.
MEAN_COUNTS = {"vehicle": 6.5, "person": 7.0, "pole": 4.0, "sign": 2.8, "vegetation": 5.0}


def lay_out_street(random, size, class_frequencies=None, camera=None, shadow_size=160):
    """Draw a street.

    Args:
        random: `numpy.random.Generator`.
        size: `(height, width)` in pixels.
        class_frequencies: `dict` of class name to multiplier of how often it is placed.
        camera: `dict` of camera knobs (see `camera.CAMERA_DEFAULTS`).
        shadow_size: side of the shadow map in texels.

    Returns:
        `Scene`.

    Example:

    >>> scene = lay_out_street(np.random.default_rng(0), (32, 32), {"vehicle": 0})
    >>> any(thing.name == "vehicle" for thing in scene.objects)
    False
    """
    often = read_frequencies("street", class_frequencies)
    road, pavement = random.uniform(3.4, 4.8), random.uniform(2.6, 4.0)
    stand = random.uniform(-0.75, 1.05) * road
    eye = draw_camera("street", random, size, (stand, 0.0), camera)
    ground = Ground([(stand, 0.0, 2.2)])
    objects = lay_surfaces(random, road, pavement)
    for side in (-1, 1):
        objects += lay_frontage(random, side, road + pavement, often)
    if often["building"]:
        objects.append(Placed("building", make.make_building(random, 44.0, 8.0), (0, 0, END + 14)))
    objects += lay_traffic(random, road, pavement, often, ground)
    height, turn = random.uniform(0.75, 1.9), random.uniform(-2.4, 2.4)
    target = np.array([0.0, 0.0, 13.0])
    sun = aim(target + 90 * np.array([np.sin(turn), height, -np.cos(turn)]), target, 24, (shadow_size, shadow_size))
    shell = [("sky", "sky", 0.5)] * 6
    shell[2] = ("road", "asphalt", random.random())
    return Scene("street", objects, (-FAR, 0, -FAR), (FAR, FAR, FAR), tuple(shell), eye, sun)


def lay_surfaces(random, road, pavement):
    """Return the pavements, the verges behind them, and the paint on the road."""
    tint, length = random.random(), END + 24
    objects = []
    for side in (-1, 1):
        slab = [box((0, 0, 0), (pavement, KERB, length), "paving", tint)]
        objects.append(Placed("sidewalk", slab, (side * (road + pavement / 2), 0, length / 2 - 14)))
        verge = [box((0, 0, 0), (60, KERB - 0.01, length), "grass", tint)]
        objects.append(Placed("vegetation", verge, (side * (road + pavement + 29.8), 0, length / 2 - 14)))
    dashes = [box((0, 0, z), (0.14, 0.004, 2.2), "white", 0.3) for z in np.arange(random.uniform(0, 5), 48, 5.0)]
    if random.random() < 0.4:
        near = random.uniform(6, 16)
        bars = np.arange(-road + 0.5, road - 0.3, 0.95)
        dashes += [box((x, 0, near), (0.5, 0.005, 2.6), "white", 0.3) for x in bars]
    objects.append(Placed("road", dashes, (0, 0, 0)))
    return objects


def lay_frontage(random, side, line, often):
    """Return what stands along one side of the street: houses, and gardens behind a wall or a fence."""
    kinds = ("building", "wall", "fence")
    weights = np.array([often[kind] * share for kind, share in zip(kinds, (0.68, 0.16, 0.16), strict=True)] + [0.05])
    objects, z = [], random.uniform(-6, -2)
    while z < END:
        kind = (*kinds, "")[random.choice(4, p=weights / weights.sum())]
        length = random.uniform(7, 13) if kind == "building" else random.uniform(5, 9)
        middle = z + length / 2
        if kind == "building":
            width = random.uniform(7, 10)
            x = side * (line + width / 2 + random.uniform(0.1, 0.8))
            objects.append(Placed(kind, make.make_building(random, width, length), (x, 0, middle)))
        elif kind:
            parts = make.make_wall(random, length) if kind == "wall" else make.make_fence(random, length)
            objects.append(Placed(kind, parts, (side * (line + 0.3), KERB, middle), 0 if side > 0 else 180))
        if kind != "building" and often["vegetation"] > 0:
            garden = make.make_tree if random.random() < 0.6 else make.make_bush
            objects.append(Placed("vegetation", garden(random), (side * (line + 3), KERB, middle)))
        z += length
    return objects


def lay_traffic(random, road, pavement, often, ground):
    """Return the vehicles, people, lamps, signs and trees, none standing in another."""
    objects = []
    for name, mean in MEAN_COUNTS.items():
        for _ in range(random.poisson(mean * often[name])):
            side = random.choice((-1, 1))
            z = 3.5 + (END - 8) * random.beta(1.1, 2.9)
            lift = KERB
            if name == "vehicle":
                lane = random.choice((road - 1.05, road / 2 - 0.2))
                x, z, lift, yaw, radius = side * lane, z + 2.5, 0.0, (180 if side < 0 else 0) + random.normal(0, 2), 2.3
                if random.random() < 0.12:
                    yaw += random.choice((-60, 60))
            elif name == "person":
                crossing = random.random() < 0.2
                x = random.uniform(-road, road) if crossing else side * (road + random.uniform(0.8, pavement - 0.3))
                lift, yaw, radius = 0.0 if crossing else KERB, random.uniform(0, 360), 0.45
            elif name == "vegetation":
                x, yaw, radius = side * (road + pavement - random.uniform(0.5, 0.9)), random.uniform(0, 360), 0.9
            else:
                x, yaw, radius = side * (road + 0.4), 0 if side < 0 else 180, 0.35
            if not ground.take(x, z, radius):
                continue
            if name == "sign":
                objects.append(Placed("pole", make.make_post(), (x, lift, z)))
                objects.append(Placed("sign", make.make_sign(random), (x, lift, z)))
            else:
                maker = {
                    "vehicle": make.make_car,
                    "person": make.make_person,
                    "pole": make.make_pole,
                    "vegetation": make.make_tree if random.random() < 0.75 else make.make_bush,
                }[name]
                objects.append(Placed(name, maker(random), (x, lift, z), yaw))
    return objects

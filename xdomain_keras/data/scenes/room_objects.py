"""The objects of a room, each a few parts; they stand on y = 0 with their back at z = 0 and face +z."""

from xdomain_keras.data.scenes.solids import box, ellipsoid, frustum


def make_legs(wide, deep, tall, material, tint, thick=0.06):
    """Return four legs at the corners of a rectangle centred on the origin."""
    return [
        box((x * (wide - thick) / 2, 0, z * (deep - thick) / 2), (thick, tall, thick), material, tint)
        for x in (-1, 1)
        for z in (-1, 1)
    ]


def make_chair(random):
    """Return a chair around its own centre."""
    tint, seat, cover = random.random(), random.uniform(0.42, 0.5), random.random()
    tall = random.uniform(0.42, 0.6)
    legs = make_legs(0.44, 0.44, seat, "wood", tint, 0.05)
    legs[1] = legs[1]._replace(keypoint="chair_left_front_leg")
    legs[3] = legs[3]._replace(keypoint="chair_right_front_leg")
    back = [
        box((x * 0.19, seat, -0.2), (0.05, tall, 0.05), "wood", tint, keypoint=f"chair_{name}_back")
        for x, name in ((-1, "left"), (1, "right"))
    ]
    slats = [box((0, seat + tall * up, -0.2), (0.4, tall * 0.24, 0.03), "wood", tint) for up in (0.35, 0.72)]
    return [box((0, seat, 0), (0.46, 0.06, 0.46), "fabric", cover, keypoint="chair_seat"), *legs, *back, *slats]


def make_table(random):
    """Return a table around its own centre, and what lies on it."""
    tint, wide, deep, tall = (
        random.random(),
        random.uniform(0.9, 1.6),
        random.uniform(0.7, 1.0),
        random.uniform(0.68, 0.78),
    )
    if random.random() < 0.3:
        top = [
            frustum((0, tall, 0), (wide, 0.05, wide), "wood", tint, keypoint="table_top"),
            frustum((0, 0, 0), (0.12, tall, 0.12), "wood", tint),
            frustum((0, 0, 0), (0.55, 0.05, 0.55), "wood", tint),
        ]
    else:
        top = [box((0, tall, 0), (wide, 0.05, deep), "wood", tint, keypoint="table_top")]
        top += make_legs(wide - 0.1, deep - 0.1, tall, "wood", tint, 0.07)
    top.append(frustum((-0.15, tall + 0.05, 0.1), (0.16, 0.2, 0.16), "ceramic", random.random(), (-0.4, -0.4)))
    top.append(ellipsoid((0.2, tall + 0.05, -0.1), (0.3, 0.12, 0.3), "ceramic", random.random()))
    return top


def make_sofa(random):
    """Return a sofa, its back at z = 0."""
    cover, wide = random.random(), random.uniform(1.5, 2.3)
    parts = [
        box((0, 0.1, 0.45), (wide, 0.26, 0.85), "fabric", cover),
        box((0, 0.1, 0.12), (wide, 0.75, 0.24), "fabric", cover, (0.02, 0.3)),
    ]
    for side, name in ((-1, "left"), (1, "right")):
        parts += [
            box((side * (wide / 2 - 0.1), 0.1, 0.45), (0.22, 0.5, 0.88), "fabric", cover, keypoint=f"sofa_{name}_arm"),
            box((side * wide * 0.2, 0.36, 0.52), (wide * 0.38, 0.15, 0.66), "fabric", (cover + 0.03) % 1, (0.05, 0.05)),
            box((side * wide * 0.28, 0.5, 0.32), (0.42, 0.4, 0.14), "fabric", random.random(), (0.1, 0.3), tilt=-14),
        ]
    return parts


def make_bed(random):
    """Return a bed, its head at z = 0."""
    tint, cover, wide = random.random(), random.random(), random.uniform(1.1, 1.8)
    return [
        box((0, 0, 0.04), (wide, 1.0, 0.08), "wood", tint),
        box((0, 0.12, 1.05), (wide, 0.22, 2.0), "wood", tint),
        box((0, 0.34, 1.05), (wide - 0.06, 0.18, 1.96), "linen", 0.1, (0.02, 0.01)),
        box((0, 0.37, 1.35), (wide + 0.02, 0.18, 1.38), "fabric", cover, (0.03, 0.03)),
        ellipsoid((-wide * 0.23, 0.5, 0.35), (wide * 0.42, 0.18, 0.4), "linen", 0.1),
        ellipsoid((wide * 0.23, 0.5, 0.35), (wide * 0.42, 0.18, 0.4), "linen", 0.1),
        *[box((x * (wide / 2 - 0.06), 0, z), (0.08, 0.14, 0.08), "wood", tint) for x in (-1, 1) for z in (0.2, 1.95)],
    ]


def make_lamp(random):
    """Return a standing lamp around its own centre."""
    tall, tint = random.uniform(1.3, 1.7), random.random()
    return [
        frustum((0, 0, 0), (0.3, 0.03, 0.3), "metal", tint),
        frustum((0, 0, 0), (0.035, tall, 0.035), "metal", tint),
        frustum((0, tall - 0.15, 0), (0.44, 0.32, 0.44), "shade", tint, (0.4, 0.4), keypoint="lamp_shade"),
    ]


def make_cabinet(random):
    """Return a chest of drawers or a wardrobe, its back at z = 0."""
    tint, wide = random.random(), random.uniform(0.8, 1.3)
    tall, deep = (random.uniform(1.7, 2.1), 0.55) if random.random() < 0.35 else (random.uniform(0.7, 1.0), 0.42)
    rows = 1 if tall > 1.5 else 3
    step = (tall - 0.12) / rows
    parts = [
        box((0, 0, deep / 2), (wide, tall, deep), "wood", tint),
        box((0, tall, deep / 2), (wide + 0.05, 0.03, deep + 0.03), "wood", (tint + 0.2) % 1),
    ]
    for row in range(rows):
        for side in (-1, 1):
            x, y = side * wide / 4, 0.08 + row * step
            parts.append(box((x, y, deep + 0.01), (wide / 2 - 0.05, step - 0.04, 0.025), "wood", (tint + 0.1) % 1))
            parts.append(ellipsoid((x - side * 0.12, y + step * 0.45, deep + 0.03), (0.05, 0.05, 0.05), "metal", 0.8))
    return parts


def make_shelf(random):
    """Return a book shelf, its back at z = 0."""
    tint, wide, rows = random.random(), random.uniform(0.8, 1.2), int(random.integers(3, 6))
    tall, deep = 0.38 * rows, 0.3
    parts = [box((x * wide / 2, 0, deep / 2), (0.04, tall, deep), "wood", tint) for x in (-1, 1)]
    parts.append(box((0, 0, 0.02), (wide, tall, 0.03), "wood", (tint + 0.15) % 1))
    for row in range(rows + 1):
        parts.append(box((0, row * 0.38 - 0.02 * (row > 0), deep / 2), (wide + 0.04, 0.035, deep), "wood", tint))
        if row < rows:
            share, shift = random.uniform(0.45, 0.95), random.choice((-1, 1))
            books = (wide - 0.06) * share
            x = shift * (wide - 0.06 - books) / 2
            parts.append(
                box((x, row * 0.38 + 0.02, 0.14), (books, random.uniform(0.2, 0.28), 0.2), "books", random.random())
            )
    return parts


def make_plant(random):
    """Return a pot plant around its own centre."""
    leaf, tall = random.random(), random.uniform(0.6, 1.2)
    parts = [
        frustum((0, 0, 0), (0.28, 0.3, 0.28), "ceramic", random.random(), (-0.3, -0.3)),
        frustum((0, 0.28, 0), (0.04, tall * 0.6, 0.04), "bark"),
    ]
    for turn in range(5):
        x, z = random.uniform(-0.17, 0.17, 2)
        at = (x, 0.3 + tall * (0.18 + 0.13 * turn), z)
        parts.append(ellipsoid(at, (0.5 - 0.04 * turn, 0.26, 0.45 - 0.04 * turn), "foliage", leaf, lean=50 * x / 0.17))
    return [*parts[:-1], parts[-1]._replace(keypoint="plant_top")]


def make_television(random):
    """Return a television on a low stand, its back at z = 0."""
    tint, wide = random.random(), random.uniform(0.9, 1.4)
    return [
        box((0, 0, 0.2), (wide + 0.25, 0.42, 0.4), "wood", tint),
        box((0, 0.42, 0.2), (0.4, 0.06, 0.2), "rubber", 0.1),
        box((0, 0.47, 0.2), (wide, wide * 0.58, 0.06), "rubber", 0.1),
        box((0, 0.5, 0.205), (wide - 0.06, wide * 0.58 - 0.06, 0.06), "screen", tint),
    ]


def make_picture(random):
    """Return a framed picture around the middle of its base, flat on z = 0."""
    wide, tall = random.uniform(0.45, 1.0), random.uniform(0.4, 0.75)
    return [
        box((0, 0, 0.02), (wide, tall, 0.04), "wood", random.random()),
        box((0, 0.05, 0.025), (wide - 0.1, tall - 0.1, 0.04), "painting", random.random(), keypoint="picture_centre"),
    ]


def make_window(random):
    """Return a window with its frame and curtains, flat on z = 0."""
    wide, tall, cloth = random.uniform(0.9, 1.6), random.uniform(1.0, 1.4), random.random()
    parts = [
        box((0, 0, 0.015), (wide, tall, 0.03), "daylight", random.random()),
        box((0, 0, 0.03), (0.05, tall, 0.05), "white", 0.3),
        box((0, tall * 0.6, 0.03), (wide, 0.05, 0.05), "white", 0.3),
        box((0, -0.06, 0.06), (wide + 0.14, 0.06, 0.14), "white", 0.3),
        box((0, tall, 0.03), (wide + 0.14, 0.07, 0.07), "white", 0.3),
    ]
    parts += [box((x * (wide / 2 + 0.03), 0, 0.03), (0.07, tall, 0.06), "white", 0.3) for x in (-1, 1)]
    return parts + [
        box((x * (wide / 2 + 0.18), -0.3, 0.1), (0.32, tall + 0.5, 0.1), "fabric", cloth, (0.2, 0)) for x in (-1, 1)
    ]


def make_door(random):
    """Return a door, flat on z = 0."""
    tint = random.random()
    return [
        box((0, 0, 0.015), (1.0, 2.08, 0.03), "white", 0.5),
        box((0, 0, 0.03), (0.86, 2.0, 0.04), "wood", tint),
        box((0, 1.15, 0.05), (0.6, 0.7, 0.02), "wood", (tint + 0.1) % 1),
        box((0, 0.2, 0.05), (0.6, 0.75, 0.02), "wood", (tint + 0.1) % 1),
        ellipsoid((0.34, 0.98, 0.08), (0.09, 0.06, 0.06), "metal", 0.7),
    ]


def make_rug(random):
    """Return a rug, rectangular or round, around its own centre."""
    wide, deep, tint = random.uniform(1.4, 2.4), random.uniform(1.1, 1.7), random.random()
    solid = frustum if random.random() < 0.3 else box
    deep = wide if solid is frustum else deep
    return [
        solid((0, 0, 0), (wide, 0.012, deep), "rug", tint),
        solid((0, 0, 0), (wide - 0.25, 0.016, deep - 0.25), "rug", (tint + 0.35) % 1),
    ]

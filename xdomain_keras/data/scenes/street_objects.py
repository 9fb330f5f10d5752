"""The objects of a street, each a few parts; every function draws the object's own variety."""

from xdomain_keras.data.scenes.solids import box, ellipsoid, frustum


def make_car(random):
    """Return the parts of a car, van or bus; its front is towards +z."""
    style = random.random()
    paint = random.random()
    width, length, height = random.uniform(1.7, 1.9), random.uniform(3.9, 4.7), random.uniform(1.4, 1.55)
    cabin, back, lean = 0.55, -0.06, (0.25, 0.42)
    if style > 0.8:
        width, length, height, cabin, back, lean = (
            2.0,
            random.uniform(5, 6),
            random.uniform(2.1, 2.6),
            0.92,
            0,
            (0.1, 0.1),
        )
    waist = 0.28 + 0.36 * height
    glass_length = length * cabin
    wheel, axle = 0.34, length * 0.31
    parts = [
        box((0, 0.28, 0), (width, waist - 0.28, length), "paint", paint, (0.06, 0.03)),
        box((0, waist, back * length), (width * 0.92, height - waist, glass_length), "glass", paint, lean),
        box((0, height - 0.05, back * length), (width * 0.72, 0.09, glass_length * (1 - lean[1])), "paint", paint,
            keypoint="vehicle_roof"),
        box((0, 0.24, 0), (width * 0.96, 0.14, length * 1.02), "rubber", 0.9),
        box((0, 0.4, length / 2), (0.6, 0.12, 0.04), "rubber", 0.1),
        box((0, 0.5, -length / 2), (0.5, 0.12, 0.04), "white", 0.1),
    ]  # fmt: skip
    for side, name in ((-1, "left"), (1, "right")):
        x = side * (width / 2 - 0.08)
        for end, place in ((1, "front"), (-1, "rear")):
            at = (x, 0, end * axle)
            parts.append(
                frustum(at, (2 * wheel, 0.24, 2 * wheel), "rubber", lean=90, keypoint=f"vehicle_{name}_{place}_wheel")
            )
            parts.append(frustum((x + side * 0.03, 0, end * axle), (wheel, 0.21, wheel), "metal", lean=90))
        parts.append(box((side * width * 0.36, waist - 0.28, length / 2 - 0.04), (0.36, 0.14, 0.12), "lamp", 0.1))
        parts.append(box((side * width * 0.37, waist - 0.25, -length / 2 + 0.04), (0.3, 0.16, 0.12), "red", 0.1))
    # A lying cylinder rests on its rim: its centre is a radius up, not half a width.
    return [
        part._replace(at=(part.at[0], wheel - part.size[1] / 2, part.at[2])) if part.lean else part for part in parts
    ]


def make_person(random):
    """Return the parts of a standing or walking person."""
    height = random.uniform(1.5, 1.9)
    shirt, trousers, skin, hair = random.random(4)
    stride = random.uniform(4, 24)
    hip, shoulder = 0.48 * height, 0.82 * height
    wide = random.uniform(0.38, 0.48)
    parts = [
        box((0, hip - 0.06, 0), (wide, shoulder - hip + 0.06, 0.24), "cloth", shirt, (-0.12, 0)),
        ellipsoid((0, shoulder - 0.1, 0), (wide * 1.12, 0.2, 0.25), "cloth", shirt),
        frustum((0, shoulder, 0), (0.12, 0.08, 0.12), "skin", skin),
        ellipsoid((0, 0.855 * height, 0), (0.19, 0.145 * height, 0.22), "skin", skin, keypoint="person_head"),
        ellipsoid((0, 0.91 * height, -0.025), (0.21, 0.1 * height, 0.22), "hair", hair),
    ]
    for side, name in ((-1, "left"), (1, "right")):
        swing = side * stride
        reach = 0.5 * hip * swing / 57.3
        parts += [
            frustum((side * 0.1, 0.03, 0), (0.2, hip, 0.2), "trousers", trousers, (-0.2, -0.2), tilt=swing),
            box((side * 0.1, 0, 0.06 - reach), (0.11, 0.09, 0.27), "rubber", 0.3, keypoint=f"person_{name}_foot"),
            frustum((side * (wide / 2 + 0.05), hip, 0), (0.11, shoulder - hip, 0.11), "cloth", shirt,
                    (-0.1, -0.1), tilt=-swing, lean=side * 7),
            ellipsoid((side * (wide / 2 + 0.09), hip - 0.07, reach * 0.6), (0.1, 0.14, 0.1), "skin", skin,
                      keypoint=f"person_{name}_hand"),
        ]  # fmt: skip
    return parts


def make_pole(random):
    """Return the parts of a street lamp, its arm over +x, or of a plain post."""
    tall, tint = random.uniform(3.2, 6.5), random.random()
    parts = [
        frustum((0, 0, 0), (0.17, tall, 0.17), "metal", tint, (0.4, 0.4)),
        frustum((0, 0, 0), (0.28, 0.5, 0.28), "metal", tint),
    ]
    if random.random() < 0.75:
        parts.append(frustum((0.5, tall - 0.6, 0), (0.09, 1.1, 0.09), "metal", tint, lean=90))
        parts.append(box((1.0, tall - 0.14, 0), (0.65, 0.14, 0.25), "lamp", tint, (0.3, 0.3)))
    return parts


def make_sign(random):
    """Return the plate of a traffic sign or a traffic light; it faces -z, its post is a pole."""
    tall = random.uniform(2.1, 2.7)
    style, colour = random.random(), ("red", "blue", "yellow", "green")[random.integers(4)]
    if style < 0.35:
        plate = [
            frustum((0, tall - 0.05, 0), (0.8, 0.05, 0.8), colour, tilt=90, keypoint="sign_centre"),
            frustum((0, tall - 0.05, -0.02), (0.56, 0.05, 0.56), "white", 0.1, tilt=90),
            box((0, tall - 0.1, -0.05), (0.4, 0.12, 0.02), "rubber", 0.1),
        ]
        return [part._replace(at=(0, tall - part.size[1] / 2, part.at[2])) for part in plate]
    if style < 0.6:
        return [
            box((0, tall - 0.4, 0), (0.95, 0.8, 0.05), "red", taper=(0.98, 0), keypoint="sign_centre"),
            box((0, tall - 0.33, -0.02), (0.66, 0.55, 0.05), "white", 0.1, (0.98, 0)),
        ]
    if style < 0.8:
        return [
            box((0, tall - 0.35, 0), (0.75, 0.75, 0.05), "white", 0.1, keypoint="sign_centre"),
            box((0, tall - 0.3, -0.02), (0.65, 0.65, 0.05), colour),
            box((0, tall - 0.18, -0.03), (0.16, 0.42, 0.05), "white", 0.1),
        ]
    parts = [box((0, tall - 0.4, -0.1), (0.36, 1.0, 0.3), "rubber", 0.3, keypoint="sign_centre")]
    lamps = zip((0.28, -0.02, -0.32), ("red", "yellow", "green"), strict=True)
    return parts + [ellipsoid((0, tall + up, -0.24), (0.25, 0.25, 0.12), name) for up, name in lamps]


def make_post(tall=2.6):
    """Return the post that a sign hangs on."""
    return [frustum((0, 0, 0.06), (0.08, tall, 0.08), "metal", 0.6)]


def make_tree(random):
    """Return a broad-leaved tree or, one in four, a conifer."""
    leaf, tall = random.random(), random.uniform(3.8, 6.5)
    trunk = tall * random.uniform(0.35, 0.5)
    if random.random() < 0.25:
        wide = tall * 0.45
        layers = [
            frustum((0, tall * low, 0), (wide * size, tall * 0.45, wide * size), "foliage", leaf, (0.95, 0.95))
            for low, size in ((0.15, 1), (0.37, 0.8), (0.58, 0.55))
        ]
        return [frustum((0, 0, 0), (0.24, tall * 0.3, 0.24), "bark"), *layers]
    parts = [frustum((0, 0, 0), (0.3, trunk + 0.5, 0.3), "bark", taper=(0.4, 0.4))]
    for _ in range(5):
        x, z = random.uniform(-0.75, 0.75, 2)
        wide, up = random.uniform(1.5, 2.5), random.uniform(-0.3, 0.25) * tall
        parts.append(ellipsoid((x, trunk + 0.1 * tall + up * 0.5, z), (wide, wide * 0.85, wide), "foliage", leaf))
    return parts


def make_bush(random):
    """Return a bush of two balls of leaves."""
    leaf, wide = random.random(), random.uniform(0.8, 1.4)
    return [
        ellipsoid((0, -0.2, 0), (wide, wide, wide), "foliage", leaf),
        ellipsoid((0.4 * wide, -0.2, 0.2), (wide * 0.8, wide * 0.7, wide), "foliage", leaf),
    ]


def make_wall(random, length):
    """Return a garden wall along z."""
    tall, tint = random.uniform(1.1, 1.9), random.random()
    return [
        box((0, 0, 0), (0.3, tall, length), "brick", tint),
        box((0, tall, 0), (0.42, 0.1, length), "concrete", tint),
    ]


def make_fence(random, length):
    """Return a fence of pickets and two rails along z."""
    tall, tint, count = random.uniform(1.0, 1.5), random.random(), max(2, int(length / 0.42))
    parts = [box((0, tall * up, 0), (0.05, 0.09, length), "timber", tint) for up in (0.25, 0.75)]
    pickets = [(number + 0.5) / count * length - length / 2 for number in range(count)]
    return parts + [box((-0.04, 0, z), (0.05, tall, 0.2), "timber", tint, (0, 0.3)) for z in pickets]


def make_building(random, width, length):
    """Return a house with its facade towards -x and +x, length along z."""
    tall = random.uniform(2.6, 3.3) * random.integers(2, 6)
    tint, roof = random.random(), random.random()
    parts = [
        box((0, 0, 0), (width, tall, length), "facade", tint),
        box((0, 0, 0), (width + 0.16, 0.5, length + 0.02), "concrete", tint),
    ]
    if roof < 0.6:
        parts.append(
            box((0, tall, 0), (width + 0.5, random.uniform(1.5, 3), length + 0.1), "roof", roof / 0.6, (0.95, 0))
        )
    else:
        parts.append(box((0, tall, 0), (width + 0.4, 0.35, length + 0.1), "concrete", tint))
    if random.random() < 0.4:
        awning = ("red", "green", "blue", "cloth")[random.integers(4)]
        for side in (-1, 1):
            parts.append(
                box((side * (width / 2 + 0.5), 2.5, 0), (1.0, 0.25, length * 0.7), awning, tint, lean=-side * 14)
            )
    return parts

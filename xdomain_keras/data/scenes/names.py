"""What the scenes contain: the class, thing and keypoint names of both worlds."""

LOOKS = ("synthetic", "photo")

SEMANTIC_NAMES = {
    "street": (
        "road", "sidewalk", "wall", "fence", "person", "pole", "vegetation", "vehicle", "sign", "building", "sky",
    ),
    "room": (
        "wall", "floor", "ceiling", "door", "rug", "window", "picture", "chair", "table", "sofa", "bed", "lamp",
        "cabinet", "shelf", "plant", "television",
    ),
}  # fmt: skip

# Countable classes: they get instance ids and boxes; the others are surfaces.
THING_NAMES = {
    "street": ("person", "pole", "vehicle", "sign"),
    "room": (
        "window", "picture", "chair", "table", "sofa", "bed", "lamp", "cabinet", "shelf", "plant", "television",
    ),
}  # fmt: skip

# Keypoints of the most visible object of each class named first.
KEYPOINT_NAMES = {
    "street": (
        "vehicle_left_front_wheel", "vehicle_right_front_wheel", "vehicle_left_rear_wheel",
        "vehicle_right_rear_wheel", "vehicle_roof", "person_head", "person_left_hand", "person_right_hand",
        "person_left_foot", "person_right_foot", "sign_centre",
    ),
    "room": (
        "chair_seat", "chair_left_back", "chair_right_back", "chair_left_front_leg", "chair_right_front_leg",
        "table_top", "lamp_shade", "sofa_left_arm", "sofa_right_arm", "plant_top", "picture_centre",
    ),
}  # fmt: skip

# Classes that the layout places in some number, hence what `class_frequencies` may name. The grass behind the
# pavements is vegetation too, and stays.
PLACED_NAMES = {
    "street": ("wall", "fence", "person", "pole", "vegetation", "vehicle", "sign", "building"),
    "room": SEMANTIC_NAMES["room"][3:],
}

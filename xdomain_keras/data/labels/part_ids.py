"""Part ids: which part of a human body every pixel shows."""

from xdomain_keras.data.labels.class_ids import ClassIds

# int32 [H, W]: 0 = none of the parts, -1 = ignored.
PART_IDS = ClassIds("part_ids")

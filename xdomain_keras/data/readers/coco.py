"""Reader of boxes in the COCO format."""

import dataclasses
from typing import Literal

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels import BOXES
from xdomain_keras.data.readers.boxes import clip_box, find_overshoot, is_finite
from xdomain_keras.data.readers.image_folder import ImageFolder
from xdomain_keras.data.readers.json_file import read_json
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices, require_known

KNOWN = ("neg_category_ids", "not_exhaustive_category_ids", "annotated_category_ids")


class Coco(ImageFolder):
    """Images and boxes listed in a COCO instances file.

    Only images that the file lists are used, in the order of their names; an image may have no box.
    Boxes marked `iscrowd` surround groups (`num_crowd` counts them), and `area` is that of an object's outline. An
    image entry may say for which categories it is annotated, as LVIS does: those that have a box in it or are among its
    `neg_category_ids`, without its `not_exhaustive_category_ids` (Gupta et al. 2019, §3); or its
    `annotated_category_ids`. Faulty entries are left out, each with a line in `faults`.

    Args:
        images: path of the folder that the `file_name`s are relative to.
        annotations: path of the JSON file with `images`, `annotations` (`bbox` is x, y, width, height in
            pixels) and `categories`.
        categories: names to keep, in this order; all by default, in the order of their COCO ids. Boxes of other
            categories are to be ignored: they are neither objects nor background.
        outside: `"error"` makes a box that reaches over the border by more than 1 px a fault, `"clip"` cuts
            every box at the border. A box wholly outside is always a fault.

    Raises:
        ConfigError: a category is unknown to the file.
        DataError: the file cannot be read, or nothing in it can be used.

    Example:

    >>> import json, os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((20, 30, 3), np.uint8))
    >>> content = {"images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 30}],
    ...            "annotations": [{"image_id": 1, "category_id": 7, "bbox": [2, 4, 10, 5]}],
    ...            "categories": [{"id": 7, "name": "face"}]}
    >>> with open(os.path.join(folder, "boxes.json"), "w") as file:
    ...     json.dump(content, file)
    >>> source = Coco(folder, os.path.join(folder, "boxes.json"))
    >>> source.names["boxes"], source[0]["boxes_xyxy"]
    (('face',), array([[ 2.,  4., 12.,  9.]], dtype=float32))
    """

    def __init__(
        self,
        images: str,
        annotations: str,
        categories: list | None = None,
        outside: Literal["error", "clip"] = "error",
    ):
        check_choices(Coco, outside=outside)
        super().__init__(images, ids=(), labels=[BOXES])
        self.annotations, self.outside, self.num_crowd = annotations, outside, 0
        content = read_json(annotations)
        for key in ("images", "annotations", "categories"):
            entries = content.get(key) if isinstance(content, dict) else None
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                raise DataFault(annotations, key, "missing, or no list of objects; expected a COCO instances file.")
            if not entries and key != "annotations":
                raise DataFault(annotations, key, "empty list; expected at least one entry.")
        class_indices = self._read_categories(content["categories"], categories)
        entries = self._read_images(content["images"], class_indices)
        self._read_boxes(content["annotations"], entries, class_indices)
        self._entries = sorted((entry for entry in entries.values() if entry), key=lambda entry: entry.name)
        self.ids = [entry.name for entry in self._entries]
        self.require_images()

    def read_image(self, index):
        image, entry = super().read_image(index), self._entries[index]
        if image.shape[:2] != (entry.height, entry.width):
            raise DataFault(
                self.annotations,
                f"images[{entry.row}].width",
                f"{entry.width} x {entry.height} px, but {entry.name} has {image.shape[1]} x {image.shape[0]} "
                "(width x height); correct the entry, and scale its boxes if the image was resized.",
            )
        return image

    def read_labels(self, index):
        entry = self._entries[index]
        boxes = np.array(entry.boxes, np.float32).reshape(-1, 4)
        labels = {"boxes_xyxy": boxes, "classes": np.array(entry.classes, np.int32)}
        if any(entry.crowd):
            labels["crowd"] = np.array(entry.crowd)
        if None not in entry.areas:
            labels["areas"] = np.array(entry.areas, np.float32)
        if entry.known is not None:
            labels["known_classes"] = np.array(sorted(entry.known - {-1}), np.int32)
        return labels

    def _read_categories(self, categories, chosen):
        """Set the class names, and return the class index of each category id; -1 where not chosen."""
        names = {}
        for row, category in enumerate(categories):
            number, name, field = category.get("id"), category.get("name"), f"categories[{row}]"
            if type(number) is not int or not isinstance(name, str):
                self.add_fault(self.annotations, field, f"id {number!r}, name {name!r}; expected a number and a name.")
            elif number in names or name in names.values():
                self.add_fault(self.annotations, field, f"id {number} or name {name!r} comes twice; remove one.")
            else:
                names[number] = name
        in_order = tuple(names[number] for number in sorted(names))
        for name in chosen or ():
            require_known("category", name, in_order, "categories")
        if chosen and len(set(chosen)) < len(chosen):
            raise ConfigError(f"categories: `{max(chosen, key=list(chosen).count)}` is named twice; name each once.")
        self.names = {"boxes": tuple(chosen or in_order)}
        return {n: self.names["boxes"].index(name) if name in self.names["boxes"] else -1 for n, name in names.items()}

    def _read_images(self, images, class_indices):
        """Return an `_Image` for each image id; None where the entry is faulty."""
        entries, names = {}, set()
        for row, image in enumerate(images):
            number, name, field = image.get("id"), image.get("file_name"), f"images[{row}]"
            size = image.get("height"), image.get("width")
            if type(number) not in (int, str):
                self.add_fault(self.annotations, f"{field}.id", f"{number!r}; expected a number.")
            elif number in entries:
                self.add_fault(self.annotations, f"{field}.id", f"{number!r} comes twice; give each image its own.")
            else:
                entries[number] = None
                stored = self.files.find(name) if isinstance(name, str) else None
                if not isinstance(name, str) or stored in names:
                    wrong = "comes twice; remove one entry" if stored in names else "is not a file name"
                    self.add_fault(self.annotations, f"{field}.file_name", f"{name!r} {wrong}.")
                elif stored is None:
                    message = f"{name!r} is not in {self.images}; add the image or remove the entry."
                    self.add_fault(self.annotations, f"{field}.file_name", message)
                elif not all(type(side) is int and side > 0 for side in size):
                    message = f"height {size[0]!r}, width {size[1]!r}; expected whole numbers of pixels."
                    self.add_fault(self.annotations, f"{field}.height", message)
                else:
                    names.add(stored)
                    sets = {key: self._read_ids(image.get(key), class_indices, f"{field}.{key}") for key in KNOWN}
                    entries[number] = _Image(row, stored, *size, **sets)
        return entries

    def _read_ids(self, ids, class_indices, field):
        """Return the class indices of some category ids, a set; None where there are no ids."""
        if ids is None:
            return None
        known = [number for number in ids if type(number) is int] if isinstance(ids, list) else []
        if not isinstance(ids, list) or not all(number in class_indices for number in known) or len(known) < len(ids):
            self.add_fault(self.annotations, field, f"{ids!r:.80}; expected a list of ids of categories.")
            return None
        return {class_indices[number] for number in known}

    def _read_boxes(self, annotations, entries, class_indices):
        """Put each sound box into its image."""
        for row, annotation in enumerate(annotations):
            image_id, category_id = annotation.get("image_id"), annotation.get("category_id")
            field = f"annotations[{row}]"
            if type(image_id) not in (int, str) or image_id not in entries:
                self.add_fault(self.annotations, f"{field}.image_id", f"{image_id!r} is the id of no image.")
            elif type(category_id) is not int or category_id not in class_indices:
                self.add_fault(self.annotations, f"{field}.category_id", f"{category_id!r} is the id of no category.")
            elif entries[image_id] is not None:  # else its image has a fault already
                box = self._read_box(annotation.get("bbox"), entries[image_id], f"{field}.bbox")
                class_index = class_indices[category_id]
                if box:
                    crowd, area, entry = annotation.get("iscrowd", 0), annotation.get("area"), entries[image_id]
                    if crowd not in (0, 1):
                        self.add_fault(self.annotations, f"{field}.iscrowd", f"{crowd!r}; expected 0 or 1.")
                        continue
                    if class_index >= 0 and class_index in (entry.neg_category_ids or ()):
                        message = f"{category_id}, which neg_category_ids of {entry.name} says is not there."
                        self.add_fault(self.annotations, f"{field}.category_id", message)
                        continue
                    self.num_crowd += bool(crowd)
                    entry.boxes.append(box)
                    entry.classes.append(class_index)
                    entry.crowd.append(bool(crowd))
                    entry.areas.append(area if is_finite(area) and area > 0 else None)

    def _read_box(self, bbox, entry, field):
        """Return left, top, right, bottom; None, with a fault noted, where the box cannot be used."""
        if not isinstance(bbox, list) or len(bbox) != 4 or not all(map(is_finite, bbox)):
            message = f"{bbox!r}; expected four finite numbers: x, y, width, height in pixels."
        elif bbox[2] <= 0 or bbox[3] <= 0:
            message = f"width {bbox[2]:g} and height {bbox[3]:g}; both must be above 0: redraw or remove the box."
        else:
            box = (bbox[0], bbox[1], bbox[0] + bbox[2], bbox[1] + bbox[3])
            message, inside = find_overshoot(box, entry.height, entry.width, 1, " px")
            if inside and self.outside == "clip":
                return clip_box(box, entry.height, entry.width)
            if not message:
                return box
            message += "; correct the box, or set outside: clip." if inside else "; correct or remove the box."
        self.add_fault(self.annotations, field, message)
        return None


@dataclasses.dataclass
class _Image:
    """One sound entry of `images`, with the boxes found for it."""

    row: int
    name: str
    height: int
    width: int
    neg_category_ids: set | None
    not_exhaustive_category_ids: set | None
    annotated_category_ids: set | None
    boxes: list = dataclasses.field(default_factory=list)
    classes: list = dataclasses.field(default_factory=list)
    crowd: list = dataclasses.field(default_factory=list)
    areas: list = dataclasses.field(default_factory=list)

    @property
    def known(self):
        """Class indices that are annotated in the image, or None where the file says nothing of it."""
        if self.annotated_category_ids is not None:
            return self.annotated_category_ids
        if self.neg_category_ids is None and self.not_exhaustive_category_ids is None:
            return None
        return ({*self.classes} | (self.neg_category_ids or set())) - (self.not_exhaustive_category_ids or set())

"""Reader of boxes in the YOLO text format."""

import os
from typing import Literal

import numpy as np

from xdomain_keras.data.labels import BOXES
from xdomain_keras.data.readers.boxes import clip_box, find_overshoot, is_finite
from xdomain_keras.data.readers.class_names import read_class_names, require_consecutive
from xdomain_keras.data.readers.file_pattern import FilePattern
from xdomain_keras.data.readers.image_folder import ImageFolder, list_files
from xdomain_keras.data.readers.pairing import pair_by_stem
from xdomain_keras.signatures import check_choices

# Rounding to three or more digits passes: in an image of 500 px this is 1 px.
TOLERANCE = 0.002


class Yolo(ImageFolder):
    """Images with one text file each, a line a box: `class cx cy w h`, relative to the image size.

    `photos/a.jpg` belongs to `labels/a.txt`, and `photos/x/a.jpg` to `labels/x/a.txt`. An image without a text
    file has no box, which is legal in YOLO. Faulty lines are left out, each with a line in `faults`.

    Args:
        images: path of the folder of images.
        labels: path of the folder of text files; a `classes.txt` is not read.
        names: class names, or the path of a YAML file with `names:` as a list or as `{0: name, …}`.
        outside: `"error"` makes a box that reaches over the border by more than 0.002 a fault, `"clip"` cuts
            every box at the border. A box wholly outside is always a fault.
        unpaired: `"error"` makes a text file without an image a fault, `"drop"` leaves it out.

    Raises:
        DataError: a folder or the names cannot be read.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((20, 30, 3), np.uint8))
    >>> with open(os.path.join(folder, "a.txt"), "w") as file:
    ...     _ = file.write("1 0.5 0.5 0.2 0.4")
    >>> sample = Yolo(folder, folder, ["cat", "dog"])[0]
    >>> sample["boxes_xyxy"], sample["classes"]
    (array([[12.,  6., 18., 14.]], dtype=float32), array([1], dtype=int32))
    """

    def __init__(
        self,
        images: str,
        labels: str,
        names: str | list,
        outside: Literal["error", "clip"] = "error",
        unpaired: Literal["error", "drop"] = "error",
    ):
        check_choices(Yolo, outside=outside, unpaired=unpaired)
        class_names = require_consecutive(read_class_names(names), names if isinstance(names, str) else "names")
        super().__init__(images, labels=[BOXES], names=class_names)
        self.outside = outside
        stem = FilePattern(labels).stem
        pairing = pair_by_stem(self.ids, list_files(labels, (".txt",)), self.pattern.stem, stem)
        for name, twin in pairing.twin_images.items():
            self.add_fault(os.path.join(images, name), "", f"shares its labels with {twin}; rename one of them.")
        self._boxes = {name: self._read_file(os.path.join(labels, text)) for name, text in pairing.files.items()}
        for text in pairing.lone_files.values() if unpaired == "error" else ():
            if os.path.basename(text) != "classes.txt":
                message = f"no image {stem(text)}.* in {images}; add it, remove the file, or set unpaired: drop."
                self.add_fault(os.path.join(labels, text), "", message)

    def read_labels(self, index):
        rows = self._boxes.get(self.ids[index], np.zeros((0, 5)))
        height, width = self.read_image_size(index)
        boxes = rows[:, 1:] * (width, height, width, height)
        return {"boxes_xyxy": boxes.astype(np.float32), "classes": rows[:, 0].astype(np.int32)}

    def _read_file(self, path):
        """Return rows of class, left, top, right, bottom, relative to the image size."""
        try:
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            self.add_fault(path, "", f"cannot be read ({error}); expected UTF-8 text.")
            return np.zeros((0, 5))
        rows = []
        for number, line in enumerate(lines, start=1):
            if line.strip():
                message, row = self._read_line(line.split())
                if message:
                    self.add_fault(path, f"line {number}", message)
                else:
                    rows.append(row)
        return np.array(rows, np.float64).reshape(-1, 5)

    def _read_line(self, fields):
        """Return `(message, row)`; the message is empty where the line is sound."""
        if len(fields) != 5:
            return f"{len(fields)} fields; expected 5: class cx cy w h.", None
        try:
            class_index = int(fields[0])
        except ValueError:
            return f"class {fields[0]!r}; expected a whole number.", None
        if not 0 <= class_index < len(self.names["boxes"]):
            return f"class {class_index}; expected 0 to {len(self.names['boxes']) - 1}, as there are names.", None
        values = []
        for name, field in zip(("cx", "cy", "w", "h"), fields[1:], strict=True):
            try:
                values.append(float(field))
            except ValueError:
                return f"{name} {field!r}; expected a number.", None
            if not is_finite(values[-1]) or not -TOLERANCE <= values[-1] <= 1 + TOLERANCE:
                return f"{name} {field}; expected 0 to 1, as a part of the image size.", None
        cx, cy, w, h = values
        if w <= 0 or h <= 0:
            return f"w {w:g} and h {h:g}; both must be above 0: redraw or remove the box.", None
        box = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
        message, inside = find_overshoot(box, 1, 1, TOLERANCE, "")
        if inside and self.outside == "clip":
            return "", (class_index, *clip_box(box, 1, 1))
        if message:
            message += "; correct the box, or set outside: clip." if inside else "; correct or remove the box."
        return message, (class_index, *box)

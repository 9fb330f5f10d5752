"""A reader of your own: boxes as PASCAL VOC's xml files hold them.

xdomain check docs/examples/voc_xml.yaml --parts docs/examples/voc_xml.py
"""

import os
import xml.etree.ElementTree as ElementTree

import numpy as np

from xdomain_keras.data.labels import BOXES
from xdomain_keras.data.readers import ImageFolder
from xdomain_keras.data.readers.image_folder import list_files
from xdomain_keras.data.readers.pairing import pair_by_stem


def stem(name):
    """The name of a file without its suffix."""
    return os.path.splitext(name)[0]


class VocXml(ImageFolder):
    """Images with one xml file each, of the same stem: `object/name` and `object/bndbox`, pixels counted from 1.

    Args:
        images: path of the folder of images.
        annotations: path of the folder of xml files.
        names: of the classes; an object of another class is a fault.
    """

    def __init__(self, images: str, annotations: str, names: list[str]):
        super().__init__(images, labels=[BOXES], names=names)
        pairing = pair_by_stem(self.ids, list_files(annotations, (".xml",)), stem, stem)
        for image in pairing.lone_images:
            self.add_fault(os.path.join(images, image), "", f"no {stem(image)}.xml in {annotations}; add it.")
        self.boxes = {image: self.read(os.path.join(annotations, file)) for image, file in pairing.files.items()}
        self.ids = list(self.boxes)
        self.require_images()

    def read(self, path):
        """Rows of left, top, right, bottom, class; what is wrong becomes a fault, and reading goes on."""
        rows, names = [], self.names["boxes"]
        try:
            objects = ElementTree.parse(path).findall("object")
        except (OSError, ElementTree.ParseError) as error:
            self.add_fault(path, "", f"cannot be read ({error}); expected an annotation of PASCAL VOC.")
            return rows
        for number, thing in enumerate(objects):
            name, corners = thing.findtext("name"), [thing.findtext(f"bndbox/{side}") for side in SIDES]
            if name not in names or None in corners:
                wanted = f"one of {', '.join(names)} with a bndbox"
                self.add_fault(path, f"object[{number}]", f"{name!r}, {corners}; expected {wanted}.")
            else:
                left, top, right, bottom = map(float, corners)
                rows.append([left - 1, top - 1, right, bottom, names.index(name)])
        return rows

    def read_labels(self, index):
        rows = np.array(self.boxes[self.ids[index]], np.float32).reshape(-1, 5)
        labels = {"boxes_xyxy": rows[:, :4], "classes": rows[:, 4]}
        return BOXES.check(labels, self.read_image_size(index), self.image_path(index), names=self.names["boxes"])


SIDES = ("xmin", "ymin", "xmax", "ymax")
PARTS = {"readers": {"voc_xml": VocXml}}

"""Base of the readers of images with one label file each."""

import os
from typing import Literal

from xdomain_keras.data.fault import DataFault, other_size
from xdomain_keras.data.images import read_image_size
from xdomain_keras.data.readers.file_pattern import FilePattern
from xdomain_keras.data.readers.image_folder import ImageFolder, list_files
from xdomain_keras.data.readers.pairing import pair_by_stem
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.signatures import check_choices

# JPEG changes the numbers that a map holds.
LOSSLESS_SUFFIXES = (".bmp", ".png", ".tif", ".tiff")
# What is done about an image without its file.
Missing = Literal["error", "absent", "drop"]


class LabelFiles(ImageFolder):
    """Images with one label file each, of the same stem and size: what the readers of dense labels share.

    `images/x/a.jpg` belongs to `maps/x/a.png`. Where names differ otherwise, stars stand for what they share:
    `images/*_left.png` and `maps/*_depth.png`, or `*/rgb/*.jpg` and `*/depth/*.png`. A reader built on this one
    implements `read_file`.

    Args:
        images: path of the folder of images, or a `FilePattern`.
        files: path of the folder of label files, or a `FilePattern`.
        labels: list of `Label`, the kinds that the files carry.
        suffixes: of the label files, where `files` is a folder.
        missing: `"error"` makes an image without a label file, and a label file without an image, a fault;
            `"absent"` lets such an image lack the label; `"drop"` leaves both out.
        names: of the classes, as of `Source`.

    Raises:
        DataError: a folder cannot be read, or nothing in it belongs together.

    Example:

    >>> import os, tempfile, cv2
    >>> from xdomain_keras.data.labels import SALIENCY_MAP
    >>> class Brightness(LabelFiles):
    ...     def read_file(self, path):
    ...         return {"saliency_map": np.float32(cv2.imread(path, 0)) / 255}
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("a_photo.png", "a_map.png", "b_photo.png"):
    ...     _ = cv2.imwrite(os.path.join(folder, name), np.full((2, 3), 255, np.uint8))
    >>> paths = [os.path.join(folder, end) for end in ("*_photo.png", "*_map.png")]
    >>> source = Brightness(*paths, labels=[SALIENCY_MAP], missing="absent")
    >>> [sorted(source[index]) for index in range(2)]
    [['id', 'image', 'saliency_map'], ['id', 'image']]
    """

    def __init__(self, images, files, labels, suffixes=LOSSLESS_SUFFIXES, missing: Missing = "error", names=()):
        check_choices(LabelFiles, missing=missing)
        super().__init__(images, labels=labels, names=names)
        pattern = FilePattern(files)
        folder, found = pattern.folder, [name for name in list_files(pattern.folder) if pattern.matches(name, suffixes)]
        one_folder = os.path.realpath(folder) == os.path.realpath(self.images)
        if one_folder and set(found) & set(self.ids):
            raise ConfigError(
                f"{folder} holds images and maps; tell them apart by their names, as {folder}/*.jpg and {folder}/*.png."
            )
        pairing = pair_by_stem(self.ids, found, self.pattern.stem, pattern.stem)
        for file, twin in pairing.twin_files.items():
            self.add_fault(os.path.join(folder, file), "", f"same stem as {twin}; remove one of them.")
        for name, twin in pairing.twin_images.items():
            self.add_fault(os.path.join(self.images, name), "", f"shares its labels with {twin}; rename one of them.")
        for name in pairing.lone_images if missing == "error" else ():
            stem = self.pattern.stem(name)
            wanted = pattern.name(stem) or f"{stem}.* ({', '.join(suffixes)})"
            mend = "add it." if one_folder else find_lossy(folder, stem) or "add it."
            self.add_fault(os.path.join(self.images, name), "", f"no map {wanted} in {folder}; {mend}")
        for stem, file in pairing.lone_files.items() if missing != "drop" else ():
            wanted = self.pattern.name(stem) or f"{stem}.*"
            message = f"no image {wanted} in {self.images}; add it or remove the map."
            self.add_fault(os.path.join(folder, file), "", message)
        if missing != "error" and not pairing.files:
            first = self.pattern.stem(self.ids[0])
            ends = pattern.end or ", ".join(suffixes)
            message = f"none of its {len(found)} files ({ends}) belongs to an image in {self.images}"
            raise DataFault(
                folder, "", f"{message}; the first image, {self.ids[0]}, wants {pattern.name(first) or first}…"
            )
        rows = {name: row for row, name in enumerate(self.ids)}
        paths = {name: os.path.join(folder, file) for name, file in pairing.files.items()}
        self.paths = {name: path for name, path in paths.items() if self._has_size_of_image(path, rows[name])}
        kept = self.paths.keys() | (set(pairing.lone_images) if missing == "absent" else set())
        self.ids = [name for name in self.ids if name in kept]
        self.require_images()

    def read_file(self, path):
        """Return the arrays in one file under sample keys; raises `DataFault` where it holds something else."""
        raise NotImplementedError

    def read_file_size(self, path):
        """Return the `(height, width)` in a file's header, or None where only reading it all tells."""
        return read_image_size(path)

    def labels_of(self, index):
        return self.labels.keys() if self.ids[index] in self.paths else frozenset()

    def read_labels(self, index):
        path = self.paths.get(self.ids[index])
        if path is None:
            return {}
        stored, size, labels = self.read_file(path), self.read_image_size(index), {}
        for name, kind in self.labels.items():
            if arrays := kind.take(stored):
                labels |= kind.check(arrays, size, path, "", self.names.get(name, ()))
        return labels

    def _has_size_of_image(self, path, row):
        try:
            size = self.read_file_size(path)
            message = other_size(size, self.read_image_size(row)) if size else ""
        except DataError as error:
            self.faults.append(error.fault)
            return False
        if message:
            self.add_fault(path, "", message)
        return not message


def find_lossy(folder, stem):
    """What to do where a map was saved as JPEG; empty where none was."""
    for suffix in (".jpg", ".jpeg"):
        if os.path.exists(os.path.join(folder, stem + suffix)):
            return (
                f"{stem}{suffix} is JPEG, which changes what a map holds: export it as PNG, or name the files, as "
                f"{folder}/*{suffix}."
            )
    return ""

"""Base of the readers of images with one label file each."""

import os
from typing import Literal

from xdomain_keras.data.images import read_image_size
from xdomain_keras.data.readers.file_pattern import FilePattern
from xdomain_keras.data.readers.image_folder import ImageFolder, list_files
from xdomain_keras.data.source import DataError, DataFault, other_size
from xdomain_keras.errors import ConfigError
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
        labels: sample keys that the files carry.
        suffixes: of the label files, where `files` is a folder.
        missing: `"error"` makes an image without a label file, and a label file without an image, a fault;
            `"absent"` lets such an image lack the label; `"drop"` leaves both out.
        class_names: names of the classes.

    Raises:
        DataError: a folder cannot be read, or nothing in it belongs together.

    Example:

    >>> import os, tempfile, cv2
    >>> class Brightness(LabelFiles):
    ...     def read_file(self, path):
    ...         return {"saliency_map": np.float32(cv2.imread(path, 0)) / 255}
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("a_photo.png", "a_map.png", "b_photo.png"):
    ...     _ = cv2.imwrite(os.path.join(folder, name), np.full((2, 3), 255, np.uint8))
    >>> paths = [os.path.join(folder, end) for end in ("*_photo.png", "*_map.png")]
    >>> source = Brightness(*paths, labels=["saliency_map"], missing="absent")
    >>> [sorted(source[index]) for index in range(2)]
    [['id', 'image', 'saliency_map'], ['id', 'image']]
    """

    def __init__(
        self,
        images,
        files,
        labels,
        suffixes=LOSSLESS_SUFFIXES,
        missing: Missing = "error",
        class_names=(),
    ):
        check_choices(LabelFiles, missing=missing)
        super().__init__(images, class_names=class_names, labels=labels)
        pattern = FilePattern(files)
        folder, found = pattern.folder, self._find_files(pattern, suffixes)
        one_folder = os.path.realpath(folder) == os.path.realpath(self.images)
        if one_folder and set(found.values()) & set(self.ids):
            raise ConfigError(
                f"{folder} holds images and maps; tell them apart by their names, as {folder}/*.jpg and {folder}/*.png."
            )
        self.paths, unlabelled, number = {}, [], len(found)
        for row, name in enumerate(self.ids):
            stem = self.pattern.stem(name)
            file = found.pop(stem, None)
            if file is None:
                unlabelled.append(name)
                if missing == "error":
                    wanted = pattern.name(stem) or f"{stem}.* ({', '.join(suffixes)})"
                    mend = "add it." if one_folder else find_lossy(folder, stem) or "add it."
                    self.add_fault(self.image_path(row), "", f"no map {wanted} in {folder}; {mend}")
            elif self._has_size_of_image(os.path.join(folder, file), row):
                self.paths[name] = os.path.join(folder, file)
        for stem, file in found.items() if missing != "drop" else ():
            wanted = self.pattern.name(stem) or f"{stem}.*"
            message = f"no image {wanted} in {self.images}; add it or remove the map."
            self.add_fault(os.path.join(folder, file), "", message)
        if missing != "error" and len(unlabelled) == len(self.ids):
            first = self.pattern.stem(self.ids[0])
            ends = pattern.end or ", ".join(suffixes)
            message = f"none of its {number} files ({ends}) belongs to an image in {self.images}"
            raise DataFault(
                folder, "", f"{message}; the first image, {self.ids[0]}, wants {pattern.name(first) or first}…"
            )
        kept = self.paths.keys() | (set(unlabelled) if missing == "absent" else set())
        self.ids = [name for name in self.ids if name in kept]
        self.require_images()

    def read_file(self, path):
        """Return the labels in one file; raises `DataFault` where it holds something else."""
        raise NotImplementedError

    def read_file_size(self, path):
        """Return the `(height, width)` in a file's header, or None where only reading it all tells."""
        return read_image_size(path)

    def label_keys(self, index):
        return self.labels if self.ids[index] in self.paths else frozenset()

    def read_labels(self, index):
        path = self.paths.get(self.ids[index])
        if path is None:
            return {}
        labels = self.read_file(path)
        for label in labels.values():
            if message := other_size(label.shape[:2], self.read_image_size(index)):
                raise DataFault(path, "", message)
        return labels

    def _find_files(self, pattern, suffixes):
        """Return the label files by their stem."""
        found = {}
        for file in (name for name in list_files(pattern.folder) if pattern.matches(name, suffixes)):
            stem, path = pattern.stem(file), os.path.join(pattern.folder, file)
            if stem in found:
                self.add_fault(path, "", f"same stem as {found[stem]}; remove one of them.")
            found.setdefault(stem, file)
        return found

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

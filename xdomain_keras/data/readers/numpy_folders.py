"""Reader of folders of numbered .npy files."""

import os
import re
from typing import Literal

import numpy as np

from xdomain_keras.data.fault import DataFault, Fault
from xdomain_keras.data.labels import LABELS
from xdomain_keras.data.readers.class_names import read_class_names, require_consecutive
from xdomain_keras.data.readers.image_folder import list_files
from xdomain_keras.data.readers.normal_maps import check_axes, turn
from xdomain_keras.data.readers.npy_file import read_npy
from xdomain_keras.data.source import Source
from xdomain_keras.signatures import check_choices, require_known

USUAL = {"label": "semantic_ids", "depth": "depth_meters", "normal": "normals"}


class NumpyFolders(Source):
    """The layout of Liu et al. (2019) and of paper 002: `image/0.npy`, `label/0.npy`, `depth/0.npy`, `normal/0.npy`.

    Files are sorted by their number. Images are `[H, W, 3]`, floats in [0, 1] or uint8; labels `[H, W]`, whole
    numbers, -1 where ignored; depth `[H, W, 1]`, 0 where unknown; normals `[H, W, 3]`, 0 where unknown.

    Args:
        folder: path of the folder of a split, as `nyuv2/train`.
        labels: dict of folder → sample key, as `{label_7: semantic_ids, depth: depth_meters}`; left out, `label`,
            `depth` and `normal` as far as they are there.
        names: class names, or the path of a YAML file with `names:`; left out, ids are checked by the task alone.
        image: name of the folder of images.
        missing: `"error"` makes an image without one of its labels a fault, `"absent"` lets it lack the label.
        axes: three factors, 1 or -1, that turn normals as stored into x right, y down, z forward.
        kinds: dict of kind → `Label`, whose maps the folders may hold.

    Raises:
        ConfigError: an unknown sample key.
        DataError: a folder cannot be read, or holds no image.

    Example:

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for name, array in (("image", np.full((2, 3, 3), 0.5)), ("depth", np.full((2, 3, 1), 4.0))):
    ...     os.mkdir(os.path.join(folder, name))
    ...     np.save(os.path.join(folder, name, "0.npy"), array)
    >>> sample = NumpyFolders(folder)[0]
    >>> sample["image"][0, 0], sample["depth_meters"][0]
    (array([128, 128, 128], dtype=uint8), array([4., 4., 4.], dtype=float32))
    """

    def __init__(
        self,
        folder: str,
        labels: dict[str, str] | None = None,
        names: str | list | None = None,
        image: str = "image",
        missing: Literal["error", "absent"] = "error",
        axes: list[int] = (1, 1, 1),
        kinds=LABELS,
    ):
        check_choices(NumpyFolders, missing=missing)
        there = [name for name in USUAL if os.path.isdir(os.path.join(folder, name))]
        self.folders = {name: USUAL[name] for name in there} if labels is None else labels
        for key in self.folders.values():
            known = [key for kind in kinds.values() if kind.is_map for key in kind.keys]
            require_known("sample key", key, known, "labels")
        class_names = ()
        if names is not None:
            place = names if isinstance(names, str) else "names"
            class_names = require_consecutive(read_class_names(names), place)
        self.folder, self.image, self.axes = folder, image, check_axes(axes)
        ids = sorted(list_files(os.path.join(folder, image), (".npy",)), key=natural)
        if not ids:
            raise DataFault(os.path.join(folder, image), "", "no .npy file in this folder; expected one an image.")
        carried = [kind for kind in kinds.values() if kind.take(dict.fromkeys(self.folders.values()))]
        super().__init__(ids, carried, class_names)
        self.files = {name: frozenset(list_files(os.path.join(folder, name), (".npy",))) for name in self.folders}
        for name, files in self.files.items():
            lacking = [file for file in ids if file not in files] if missing == "error" else []
            for file in lacking:
                message = "missing; add it, or set missing: absent."
                self.faults.append(Fault(os.path.join(folder, name, file), "", message))
            for file in sorted(files - set(ids), key=natural):
                message = f"no image {image}/{file}; add it or remove the label."
                self.faults.append(Fault(os.path.join(folder, name, file), "", message))
            if not files & set(ids):
                message = f"no file has the name of an image, as {ids[0]}; strike the folder from labels."
                raise DataFault(os.path.join(folder, name), "", message)

    def read_image(self, index):
        path = os.path.join(self.folder, self.image, self.ids[index])
        image = read_npy(path)
        if image.ndim != 3 or image.shape[-1] != 3:
            raise DataFault(path, "", f"shape {image.shape}; expected an image of [H, W, 3].")
        if image.dtype == np.uint8:
            return image
        low, high = image.min(initial=0), image.max(initial=0)
        if image.dtype.kind != "f" or not (low >= -1e-3 and high <= 1 + 1e-3):
            message = f"{image.dtype} from {low:g} to {high:g}; expected uint8, or floats in [0, 1]."
            raise DataFault(path, "", message)
        return (image * 255 + 0.5).clip(0, 255).astype(np.uint8)

    def labels_of(self, index):
        there = [key for name, key in self.folders.items() if self.ids[index] in self.files[name]]
        return {name for name, kind in self.labels.items() if kind.present(there)}

    def read_labels(self, index):
        labels = {}
        paths = {
            key: os.path.join(self.folder, name, self.ids[index])
            for name, key in self.folders.items()
            if self.ids[index] in self.files[name]
        }
        if not paths:
            return labels
        size = read_npy(os.path.join(self.folder, self.image, self.ids[index]), mmap_mode="r").shape[:2]
        for name, kind in self.labels.items():
            for key, path in kind.take(paths).items():
                array = self.as_stored(read_npy(path), key, kind.keys[key][1])
                labels |= kind.check({key: array}, size, path, "", self.names.get(name, ()))
        return labels

    def as_stored(self, array, key, rank):
        """An array without a last axis of one channel, where samples have none; normals in the frame of samples."""
        if key == "normals":
            return turn(array, self.axes)
        return array[..., 0] if array.ndim == rank + 1 and array.shape[-1] == 1 else array


def natural(name):
    """A key that sorts 2.npy before 10.npy."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]

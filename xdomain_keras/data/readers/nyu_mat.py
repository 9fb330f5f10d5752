"""Reader of the labelled part of NYUv2 as it is published."""

import os
from typing import Literal

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels import DEPTH, SEMANTIC_IDS
from xdomain_keras.data.readers.class_names import read_class_names, require_consecutive
from xdomain_keras.data.readers.mat_file import read_mat
from xdomain_keras.data.source import Source
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices

# Variables of the published files that hold a row of class numbers (40 classes: Gupta et al., 13: Couprie et al.).
MAPPINGS = ("mapClass", "classMapping13", "labels13", "mapping")
SPLITS = {"train": "trainNdxs", "test": "testNdxs"}


class NYUMat(Source):
    """`nyu_depth_v2_labeled.mat` (Silberman et al. 2012), a file of MATLAB 7.3: images, depth in metres, classes.

    Seen from Python the arrays are `images` uint8 `[N, 3, W, H]`, `depths` float32 `[N, W, H]` and `labels` uint16
    `[N, W, H]`, 0 where unlabelled. The `ids` are the numbers of the images, from 1.

    Args:
        file: path of the file.
        splits: path of `splits.mat`, with `trainNdxs` and `testNdxs` that count from 1; left out, all images.
        split: `train` or `test`, where `splits` is given.
        classes: list with the new number of each class from 1 up, 0 for none; the path of a YAML file with such a list
            under `classes`, or of a .mat file with a row (`classMapping40.mat`, `class13Mapping.mat`); or a list of
            paths, one after another. Left out, the 894 classes stay.
        names: of the new classes, from number 1 up; or the path of a YAML file with `names:`.

    Raises:
        ConfigError: an unknown split.
        DataError: a file cannot be read, or its arrays do not fit.

    Example:

    >>> import os, tempfile, h5py
    >>> path = os.path.join(tempfile.mkdtemp(), "nyu.mat")
    >>> with h5py.File(path, "w") as file:
    ...     file["images"] = np.zeros((1, 3, 4, 2), np.uint8)
    ...     file["depths"] = np.ones((1, 4, 2), np.float32)
    ...     file["labels"] = np.tile(np.uint16([0, 3]), (1, 4, 1))
    >>> NYUMat(path, classes=[1, 0, 2], names=["bed", "wall"])[0]["semantic_ids"][:, 0]
    array([-1,  1], dtype=int32)
    """

    def __init__(
        self,
        file: str,
        splits: str | None = None,
        split: Literal["train", "test"] = "train",
        classes: str | list | None = None,
        names: str | list | None = None,
    ):
        check_choices(NYUMat, split=split)
        self.file, self._handle = file, None
        sizes = self._check_arrays()
        self.rows = range(sizes["images"][0]) if splits is None else self._read_split(splits, SPLITS[split], sizes)
        self.mapping = None if classes is None else compose(classes)
        class_names = ()
        if names is not None:
            class_names = require_consecutive(read_class_names(names), names if isinstance(names, str) else "names")
            if self.mapping is not None and self.mapping.max() > len(class_names):
                message = f"leads to class {self.mapping.max()}, but there are {len(class_names)} names; give as many."
                raise DataFault(classes if isinstance(classes, str) else file, "classes", message)
        super().__init__([str(row + 1) for row in self.rows], [SEMANTIC_IDS, DEPTH], class_names)

    def read_image(self, index):
        return np.ascontiguousarray(self._read("images", index).transpose(2, 1, 0))

    def read_labels(self, index):
        depth, labels = (np.ascontiguousarray(self._read(name, index).T) for name in ("depths", "labels"))
        field = f"depths[{self.rows[index]}]"
        checked = DEPTH.check({"depth_meters": depth}, depth.shape, self.file, field)
        return {**checked, "semantic_ids": self._map(labels, index)}

    def _map(self, labels, index):
        """Classes from 0, -1 where there is none."""
        known = len(self.mapping) if self.mapping is not None else len(self.names.get("semantic_ids", ())) + 1
        if known > 1 and labels.max() >= known:
            message = f"class {labels.max()}; expected 0 to {known - 1}: give classes or names of all."
            raise DataFault(self.file, f"labels[{self.rows[index]}]", message)
        mapped = labels if self.mapping is None else self.mapping[labels]
        return mapped.astype(np.int32) - 1

    def _read(self, name, index):
        try:
            return self._open()[name][self.rows[index]]
        except OSError as error:  # a cut file opens, and fails where its bytes end
            raise DataFault(
                self.file, f"{name}[{self.rows[index]}]", f"cannot be read ({error}); copy it again."
            ) from None

    def _open(self):
        if self._handle is None:
            import h5py

            if not os.path.isfile(self.file):
                raise DataFault(self.file, "", "missing; expected nyu_depth_v2_labeled.mat, a file of MATLAB 7.3.")
            try:
                self._handle = h5py.File(self.file, "r")
            except OSError as error:
                reason = str(error).partition("\n")[0]
                message = f"cannot be read ({reason}); expected nyu_depth_v2_labeled.mat, a file of MATLAB 7.3."
                raise DataFault(self.file, "", message) from None
        return self._handle

    def _check_arrays(self):
        """Shapes of the three arrays, that must fit each other."""
        content = self._open()
        for name in ("images", "depths", "labels"):
            if name not in content:
                raise DataFault(self.file, name, f"missing; the file has {', '.join(list(content)[:8]) or 'nothing'}.")
        sizes = {name: content[name].shape for name in ("images", "depths", "labels")}
        count, *rest = sizes["images"]
        wanted = {"images": (count, 3, *rest[1:]), "depths": (count, *rest[1:]), "labels": (count, *rest[1:])}
        for name, size in sizes.items():
            if len(sizes["images"]) != 4 or size != wanted[name]:
                message = f"shape {size}; expected images [N, 3, W, H], depths and labels [N, W, H] of as many."
                raise DataFault(self.file, name, message)
        return sizes

    def _read_split(self, path, variable, sizes):
        numbers = read_mat(path).get(variable)
        if numbers is None or not numbers.size:
            raise DataFault(path, variable, "missing or empty; expected the numbers of the images, from 1.")
        numbers, count = numbers.reshape(-1).astype(int), sizes["images"][0]
        if numbers.min() < 1 or numbers.max() > count:
            wrong = numbers.min() if numbers.min() < 1 else numbers.max()
            raise DataFault(path, variable, f"image {wrong}; {self.file} has 1 to {count}.")
        return (numbers - 1).tolist()

    def __getstate__(self):
        return {**self.__dict__, "_handle": None}  # an open file cannot go to another process


def compose(classes):
    """One table of old → new class from one mapping, or from several one after another.

    Args:
        classes: as of `NYUMat`.

    Returns:
        int array `[1 + number of old classes]`; its first entry, unlabelled, is 0.

    Raises:
        ConfigError: neither numbers nor paths.
        DataError: a file cannot be read, or a mapping is too short for the one before it.

    Example:

    >>> compose([2, 0, 1])
    array([0, 2, 0, 1])
    """
    if isinstance(classes, str):
        classes = [classes]
    if all(isinstance(value, int) for value in classes):
        return np.array([0, *classes])
    if not all(isinstance(value, str) for value in classes):
        raise ConfigError(f"classes: {classes!r:.80}; expected whole numbers, or paths of files.")
    table = None
    for path in classes:
        row = np.array([0, *read_mapping(path)])
        if table is not None and table.max() >= len(row):
            raise DataFault(path, "", f"maps {len(row) - 1} classes, but the file before it leads to {table.max()}.")
        table = row if table is None else row[table]
    return table


def read_mapping(path):
    """The row of class numbers in a .mat or YAML file, as a list of int."""
    if not path.endswith(".mat"):
        numbers = require_consecutive(read_class_names(path, repeated=True), path)
        wrong = [number for number in numbers if not number.isdigit()]
        if wrong:
            raise DataFault(path, "classes", f"{wrong[0]!r}; expected whole numbers from 0, one for each old class.")
        return [int(number) for number in numbers]
    content = read_mat(path)
    found = next((content[name] for name in MAPPINGS if name in content), None)
    if found is not None and found.dtype.names:
        found = found[found.dtype.names[0]].item()
    if found is None or found.dtype.kind not in "uif":
        raise DataFault(path, "", f"no mapping; expected one of the variables {', '.join(MAPPINGS)}.")
    return found.reshape(-1).astype(int).tolist()

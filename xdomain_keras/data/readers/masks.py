"""Reader of masks: a number or a colour a pixel."""

import re
from typing import Literal

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.images import read_image, read_stored
from xdomain_keras.data.labels import EDGES, REGIONS, SALIENT_OBJECT, SEMANTIC_IDS
from xdomain_keras.data.readers.class_names import read_class_names, require_consecutive
from xdomain_keras.data.readers.label_files import LabelFiles, Missing
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices, require_known

KINDS = {
    "ids": SEMANTIC_IDS,
    "colors": SEMANTIC_IDS,
    "salient_object": SALIENT_OBJECT,
    "edges": EDGES,
    "regions": REGIONS,
}
IGNORED, UNKNOWN = -1, -2
MOST_REGIONS = np.iinfo(np.int16).max
NOUNS = {"ids": "one number a pixel", "colors": "colours"}


class Masks(LabelFiles):
    """Images with one mask each, of the same stem and size (`LabelFiles`): classes, salient objects or edges.

    Args:
        images: path of the folder of images, or a `FilePattern`.
        masks: path of the folder of masks (PNG, BMP or TIFF), or a `FilePattern`.
        kind: `"ids"`: the number stored in every pixel, be it a grey level or an index into a palette, says the
            class; `"colors"`: its colour does. `"regions"`: pixels of one number or colour belong together, which
            says nothing of other images. `"salient_object"` and `"edges"`: 0 and 1, or 0 and 255, and of levels
            between these the upper half is 1.
        names: class names as a list; as numbers with names, `{7: road, 23: sky}`, of which the samples' ids are the
            order; or the path of a YAML file with either under `names` or `classes`.
        ids: dict of number, or of colour as `"#ff0000"` or `"255 0 0"`, → class name or index, where the numbers of
            `names` are not those in the masks; several may share a class.
        ignore: list of numbers or colours that stand for no class or region; `"others"` for all that are not named.
        missing: `"error"`, `"absent"` or `"drop"` where image or mask has no partner (see `LabelFiles`).
        top: the level that stands for 1 in graded masks of objects or edges, which need not reach it in every image.

    Raises:
        ConfigError: options that do not fit each other.
        DataError: a folder or the names cannot be read, or no image has a mask.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.jpg"), np.zeros((2, 3, 3), np.uint8))
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.uint8([[7, 7, 0], [8, 23, 0]]))
    >>> options = {"names": ["flat", "sky"], "ids": {7: "flat", 8: "flat", 23: "sky"}, "ignore": [0]}
    >>> Masks(os.path.join(folder, "*.jpg"), os.path.join(folder, "*.png"), **options)[0]["semantic_ids"]
    array([[ 0,  0, -1],
           [ 0,  1, -1]], dtype=int32)
    """

    def __init__(
        self,
        images: str,
        masks: str,
        kind: Literal["ids", "colors", "salient_object", "edges", "regions"] = "ids",
        names: str | list | dict | None = None,
        ids: dict | None = None,
        ignore: list | str = (),
        missing: Missing = "error",
        top: int | None = None,
    ):
        check_choices(Masks, kind=kind)
        if isinstance(ignore, str) and ignore != "others":
            raise ConfigError(f"ignore: {ignore!r}; expected a list, as [255], or `others`.")
        self.kind, class_names = kind, ()
        if KINDS[kind] is SEMANTIC_IDS:
            self.others = IGNORED if ignore == "others" else UNKNOWN
            self.table, class_names = make_table(kind, names, ids, () if ignore == "others" else ignore)
        elif kind == "regions" and not (names or ids or isinstance(ignore, str)):
            self.ignored = {"ids": [], "colors": []}
            for each in ignore:
                coded = "colors" if isinstance(each, str) else "ids"
                self.ignored[coded].append(parse_code(each, coded, "ignore"))
        elif names or ids or ignore:
            given = "names" if names else "ids" if ids else "ignore"
            raise ConfigError(f"{given}: goes with kind: ids or colors, not {kind}; leave it out.")
        if top is not None and kind not in ("salient_object", "edges"):
            raise ConfigError(f"top: goes with kind: salient_object or edges, not {kind}; leave it out.")
        self.top = top
        super().__init__(images, masks, [KINDS[kind]], missing=missing, names=class_names)

    def read_file(self, path):
        if self.kind == "regions":
            return {"regions": read_regions(path, self.ignored)}
        if KINDS[self.kind] is not SEMANTIC_IDS:
            return {self.kind: read_binary(path, self.top)}
        if self.kind == "ids":
            codes = require_one_channel(read_stored(path), path, "; set kind: colors, or export the ids")
        else:
            codes = read_image(path).astype(np.int32) @ np.int32([1 << 16, 1 << 8, 1])
        keys, indices = self.table
        places = np.searchsorted(keys, codes).clip(max=len(keys) - 1)
        ids = np.where(keys[places] == codes, indices[places], self.others).astype(np.int32)
        if (ids == UNKNOWN).any():
            row, column = np.argwhere(ids == UNKNOWN)[0]
            unknown = [describe(code, self.kind) for code in np.unique(codes[ids == UNKNOWN])]
            more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
            message = f"{describe(codes[row, column], self.kind)}{more} is not a class; {self._say_known()}"
            raise DataFault(path, f"pixel [{column}, {row}]", f"{message}: name it in names, ids or ignore.")
        return {"semantic_ids": ids}

    def _say_known(self):
        known = [describe(code, self.kind).removeprefix("class id ") for code in self.table[0]]
        return f"expected {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"


def make_table(kind, names, ids, ignore):
    """What numbers or colours of a mask mean.

    Args:
        kind: `"ids"` or `"colors"`.
        names, ids, ignore: as of `Masks`.

    Returns:
        `((codes, indices), class_names)`: two int arrays `[n]`, the codes sorted, and a list of str.

    Raises:
        ConfigError: a name, index or colour that does not exist, or a value with two meanings.

    Example:

    >>> make_table("ids", {7: "road", 23: "sky", 0: "void"}, None, [0])
    ((array([ 0,  7, 23]), array([-1,  0,  1])), ['road', 'sky'])
    """
    named = read_class_names(names)
    meaning = {parse_code(value, kind, "ignore"): IGNORED for value in ignore}
    if ids is None:
        if kind == "colors":
            raise ConfigError('ids: missing; kind: colors needs the colour of every class, as {"#804080": road}.')
        class_names = []
        for number in sorted(named.keys() - meaning):
            meaning[number] = len(class_names)
            class_names.append(named[number])
    else:
        class_names = require_consecutive(named, names if isinstance(names, str) else "names")
        for value, wanted in ids.items():
            code = parse_code(value, kind, "ids")
            if code in meaning:
                raise ConfigError(f"ids: {value!r} stands in ignore, too, or twice; strike one.")
            if wanted not in class_names and wanted not in range(len(class_names)):
                require_known("class", wanted, class_names, "ids")
            meaning[code] = class_names.index(wanted) if wanted in class_names else wanted
    codes = sorted(meaning)
    return (np.array(codes), np.array([meaning[code] for code in codes])), class_names


def parse_code(value, kind, field):
    """A number as it is; a colour such as `"#ff0000"`, `"255 0 0"` or `[255, 0, 0]` as one number."""
    if kind == "ids":
        if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
            return int(value)
        raise ConfigError(f"{field}: {value!r}; expected a whole number, as masks hold it.")
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if re.fullmatch("#[0-9a-fA-F]{6}", text):
        return int(text[1:], 16)
    parts = [int(part) for part in re.findall(r"\d+", text)]
    if not re.fullmatch(r"\s*\d+[\s,]+\d+[\s,]+\d+\s*", text) or max(parts) > 255:
        raise ConfigError(f'{field}: {value!r} is not a colour; write it as "#ff0000" or "255 0 0".')
    return parts[0] << 16 | parts[1] << 8 | parts[2]


def describe(code, kind):
    """A number or colour as a config writes it."""
    return f"class id {code}" if kind == "ids" else f"#{code:06x}"


def require_one_channel(pixels, path, hint):
    """The map `[H, W]` of a file; colours that are all grey are one."""
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    if pixels.ndim == 3:
        raise DataFault(path, "", f"holds colours; expected one number a pixel{hint}.")
    return pixels


def read_regions(path, ignored):
    """Read a map of region numbers or colours.

    Args:
        path: of the file.
        ignored: dict of `"ids"` and `"colors"` → numbers, or colours as one number, that are not a region.

    Returns:
        int16 `[H, W, 1]`: 0, 1, … in the order of the numbers; -1 = ignored.

    Raises:
        DataFault: as `read_stored`, where nothing is left, where `ignored` is of the other kind, and for more regions
            than int16 counts.
    """
    stored = read_stored(path)
    own, other, hint = ("ids", "colors", "[255]") if stored.ndim == 2 else ("colors", "ids", '["#e0e0c0"]')
    if ignored[other] and not ignored[own]:
        raise DataFault(path, "", f"holds {NOUNS[own]}, and ignore names {NOUNS[other]}; give it as ignore: {hint}.")
    codes = stored if stored.ndim == 2 else stored[..., :3].astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    known = ~np.isin(codes, ignored[own])
    if not known.any():
        raise DataFault(path, "", "no region; expected pixels that are not ignored: look at ignore, or leave it out.")
    numbers, places = np.unique(codes[known], return_inverse=True)
    if len(numbers) > MOST_REGIONS:
        raise DataFault(path, "", f"{len(numbers)} regions; expected at most {MOST_REGIONS}: is it a photograph?")
    regions = np.full(codes.shape, -1, np.int16)
    regions[known] = places
    return regions[..., None]


def read_binary(path, top=None):
    """Read a mask of two values.

    Args:
        path: of a file of 0 and 1, or 0 and its largest level; of levels between them the upper half is 1.
        top: the level that stands for 1; None where each file has it.

    Returns:
        uint8 `[H, W]` of 0 and 1.

    Raises:
        DataFault: as `read_stored`, and for colours, levels that do not reach the upper half, and a photograph.
    """
    levels = require_one_channel(read_stored(path), path, "")
    found = np.unique(levels)
    shown = f"holds {', '.join(map(str, found[:3]))}{', …' if len(found) > 3 else ''} ({levels.dtype})"
    if levels.dtype.kind != "u" or (top is not None and found[-1] > top):
        raise DataFault(path, "", f"{shown}; expected levels from 0 to {top or 255}: export it again.")
    full = top or (1 if found[-1] <= 1 else np.iinfo(levels.dtype).max)
    if top is None and 1 < found[-1] <= full // 2:
        mend = f"export it again, or name the level that stands for 1, as top: {found[-1]}"
        raise DataFault(path, "", f"{shown}; expected 0 and 1, or 0 and {full}: {mend}.")
    between = (levels > 0.05 * full) & (levels < 0.95 * full)
    if len(found) > 64 and between.mean() > 0.2:  # soft borders are few pixels, and grades few levels
        raise DataFault(path, "", f"{shown}, {between.mean():.0%} neither black nor white; is it a photograph?")
    return (levels > full / 2).astype(np.uint8)

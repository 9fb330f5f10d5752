"""Reader of TensorFlow Datasets."""

import importlib.util

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels import LABELS
from xdomain_keras.data.source import Source
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.extras import install
from xdomain_keras.signatures import require_known

USUAL_KEYS = {"image": "image", "boxes_xyxy": "objects.bbox", "classes": "objects.label"}


class Tfds(Source):
    """One split of a data set of TensorFlow Datasets (https://www.tensorflow.org/datasets).

    A data set that is prepared here is stored for random access (ArrayRecord). One that lies there as
    TFRecord has no random access and is held in memory, decoded: height · width · 3 bytes an image.
    Boxes marked `is_crowd` surround groups. Boxes without class labels are all of the class `object`.

    Args:
        name: name of the data set, with a config as in `"voc/2007"`.
        split: split, as `"train"` or `"train[:10%]"`.
        keys: dict of sample key → feature, with dots into nested features, as
            `{"semantic_ids": "segmentation_mask"}`. Given ones go before the usual ones: `image` → `image`,
            `boxes_xyxy` → `objects.bbox`, `classes` → `objects.label`, and every feature that has the name of a
            sample key, where the data set has them; `None` leaves a usual one out.
        data_dir: folder of the prepared data sets; `~/tensorflow_datasets` by default.
        download: whether to download and prepare the data set if it is not there.
        kinds: dict of kind → `Label`, whose keys the features may hold.

    Raises:
        ConfigError: tensorflow-datasets is not installed, or a key, feature or split is unknown.
        DataError: the data set is unknown, cannot be downloaded, or is not prepared.

    Example:

    >>> Tfds("mnist", keys={"imagee": "image"})
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: keys: unknown sample key `imagee`; did you mean `image`?
    """

    def __init__(
        self,
        name: str,
        split: str = "train",
        keys: dict | None = None,
        data_dir: str | None = None,
        download: bool = True,
        kinds=LABELS,
    ):
        known = ["image", *(key for kind in kinds.values() for key in kind.keys)]
        for key in keys or ():
            require_known("sample key", key, known, "keys")
        builder = _prepare(name, data_dir, download)
        features = _flatten(builder.info.features)
        usual = {key: feature for key, feature in USUAL_KEYS.items() if feature in features}
        usual |= {key: key for key in known if key in features}
        self.keys = {key: feature for key, feature in {**usual, **(keys or {})}.items() if feature is not None}
        for feature in self.keys.values():
            require_known("feature", feature, features, "keys")
        if "image" not in self.keys:
            raise ConfigError(f"{name} has no feature `image`; name one in keys: {', '.join(features)}.")
        if "boxes_xyxy" not in self.keys:
            self.keys.pop("classes", None)
        labels = [kind for kind in kinds.values() if kind.present({*self.keys, "classes"})]
        boxes = features.get(self.keys.get("boxes_xyxy"))
        # TFDS' own box feature is relative ymin, xmin, ymax, xmax; a plain tensor holds what the sample holds.
        self.relative = type(getattr(boxes, "feature", boxes)).__name__ == "BBoxFeature"
        self.records = _read_records(builder, split)
        names = {kind.name: self._names_of(kind, features) for kind in labels}
        super().__init__([f"{split}/{row}" for row in range(len(self.records))], labels, names)
        self.name = f"tfds {name}"
        self._last = (None, None)

    def read_image(self, index):
        image = np.asarray(self._find(index, self.keys["image"]))
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] not in (1, 3, 4):
            found = f"{image.dtype} {image.shape}; expected uint8 [H, W, 1, 3 or 4]."
            raise DataFault(self.name, f"{self.ids[index]}.{self.keys['image']}", found)
        return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image[..., :3]

    def read_labels(self, index):
        labels = {}
        for name, kind in self.labels.items():
            labels |= self._read_boxes(index) if name == "boxes" else self._read_arrays(index, kind)
        return labels

    def _names_of(self, kind, features):
        """Names of the classes that a feature declares, or of the one class that boxes without classes have."""
        declared = [getattr(features[self.keys[key]], "names", None) for key in kind.keys if key in self.keys]
        named = next((names for names in declared if names), ())
        return named or (("object",) if kind.name == "boxes" else ())

    def _read_boxes(self, index):
        """Boxes in pixels, with their classes."""
        boxes = np.asarray(self._find(index, self.keys["boxes_xyxy"]), np.float32).reshape(-1, 4)
        if self.relative:
            height, width = np.shape(self._find(index, self.keys["image"]))[:2]
            boxes = boxes[:, [1, 0, 3, 2]] * np.array([width, height, width, height], np.float32)
        classes = np.zeros(len(boxes), np.int32)
        if "classes" in self.keys:
            classes = np.asarray(self._find(index, self.keys["classes"]), np.int32).reshape(-1)
        if len(classes) != len(boxes):
            message = f"{len(classes)} classes for {len(boxes)} boxes; expected one each: correct keys."
            raise DataFault(self.name, f"{self.ids[index]}.{self.keys['classes']}", message)
        parent = self._find(index, self.keys["boxes_xyxy"].rpartition(".")[0])
        crowd = parent.get("is_crowd") if isinstance(parent, dict) else None
        labels, kind = {"boxes_xyxy": boxes, "classes": classes}, self.labels["boxes"]
        more = {} if crowd is None else {"crowd": crowd}
        more |= {key: self._find(index, name) for key, name in kind.take(self.keys).items() if key not in labels}
        return labels | {key: np.asarray(value, kind.keys[key][0]).reshape(-1) for key, value in more.items()}

    def _read_arrays(self, index, kind):
        """The arrays of a kind, without a last axis of one channel where samples have none."""
        arrays = {}
        for key, feature in kind.take(self.keys).items():
            value, (dtype, rank) = np.asarray(self._find(index, feature)), kind.keys[key]
            value = value[..., 0] if value.ndim == rank + 1 and value.shape[-1] == 1 else value
            if value.ndim != rank or value.dtype.kind not in "biuf":
                message = (
                    f"{value.dtype} of rank {value.ndim}; expected numbers of rank {rank} for {key}: correct keys."
                )
                raise DataFault(self.name, f"{self.ids[index]}.{feature}", message)
            arrays[key] = value.astype(dtype)
        return arrays

    def _find(self, index, feature):
        """Return one feature of a record; the last record is kept, as image and labels are asked in turn."""
        row, value = self._last
        if row != index:
            value = self.records[index]
            self._last = (index, value)
        for part in feature.split(".") if feature else ():
            value = value[part]
        return value


def _flatten(features, prefix=""):
    """Return all features by their path, the nested ones too."""
    flat = {}
    for name in features:
        path, feature = f"{prefix}{name}", features[name]
        flat[path] = feature
        inner = getattr(feature, "feature", feature)  # that of a Sequence
        if hasattr(inner, "keys"):
            flat |= _flatten(inner, f"{path}.")
    return flat


def _prepare(name, data_dir, download):
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise ConfigError(
            f"tfds needs tensorflow and tensorflow-datasets ({error}); {install('tensorflow')}."
        ) from None
    if name.startswith("xdomain_scenes"):
        from xdomain_keras.data.scenes import tfds_builder  # noqa: F401  importing it makes the name known
    try:
        builder = tensorflow_datasets.builder(name, data_dir=data_dir)
        if builder.is_prepared():
            return builder
        if not download:
            raise DataError(f"tfds {name}: not prepared in {builder.data_dir}; set download: true, or data_dir.")
        if importlib.util.find_spec("array_record"):
            builder = tensorflow_datasets.builder(name, data_dir=data_dir, file_format="array_record")
        builder.download_and_prepare()
        return builder
    except DataError:
        raise
    except tensorflow_datasets.core.registered.DatasetNotFoundError:
        try:
            require_known("name", name, tensorflow_datasets.list_builders(with_community_datasets=False), "tfds")
        except ConfigError as error:
            raise DataError(str(error)) from None
        raise DataError(f"tfds {name}: not found in {data_dir}.") from None
    except ImportError as error:  # many builders need more than they declare (tensorflow/datasets#11212)
        raise ConfigError(f"tfds {name} needs another package ({error}); pip install {error.name}.") from None
    except Exception as error:  # whatever the builder's own code raises: network, disk, archive, parser
        reason = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        raise DataError(
            f"tfds {name}: cannot be prepared ({reason}); check the name and the network, or prepare it elsewhere "
            "and give data_dir."
        ) from None


def _read_records(builder, split):
    """Return a sequence of records: read from disk where the format allows, else from memory."""
    import tensorflow_datasets

    try:
        builder.info.splits[split]
    except (KeyError, ValueError, AssertionError):
        known = ", ".join(builder.info.splits)
        raise ConfigError(f"split: {split!r} is unknown to {builder.name}; known are {known}.") from None
    try:
        return builder.as_data_source(split=split)
    except NotImplementedError:
        return list(tensorflow_datasets.as_numpy(builder.as_dataset(split=split)))

import sys

import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, faults_of, raised_fault
from xdomain_keras.data.readers import Tfds
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError, DataError

tfds = pytest.importorskip("tensorflow_datasets")


class TinyScenes(tfds.core.GeneratorBasedBuilder):
    """Image i has i boxes; one box of image 2 is a crowd."""

    # A module in no package: TFDS 4.9.10 then does without importlib_resources (tensorflow/datasets#11212).
    __module__ = "tiny_scenes"
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        image, mask = tfds.features.Image(shape=(None, None, 3)), tfds.features.Image(shape=(None, None, 1))
        label = tfds.features.ClassLabel(names=["cat", "dog"])
        objects = tfds.features.Sequence({"bbox": tfds.features.BBoxFeature(), "label": label, "is_crowd": np.bool_})
        faces = tfds.features.Sequence({"bbox": tfds.features.BBoxFeature()})
        depth = tfds.features.Tensor(shape=(None, None), dtype=np.float32, encoding="zlib")
        features = {"image": image, "objects": objects, "faces": faces, "mask": mask, "depth": depth}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, manager):
        return {"train": self._generate_examples(3), "test": self._generate_examples(1)}

    def _generate_examples(self, count):
        for i in range(count):
            box = tfds.features.BBox(ymin=0.25, xmin=0.1, ymax=0.5, xmax=0.6)
            yield (
                i,
                {
                    "image": np.full((8, 10 * (i + 1), 3), (i, 100, 200), np.uint8),
                    "objects": [{"bbox": box, "label": (i + 1) % 2, "is_crowd": j == 1} for j in range(i)],
                    "faces": [{"bbox": box}] * (i + 1),
                    "mask": np.full((8, 10 * (i + 1), 1), i, np.uint8),
                    "depth": np.full((8, 10 * (i + 1)), i / 2, np.float32),
                },
            )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The data set in both file formats; without progress bars."""
    tfds.disable_progress_bar()
    folders = {}
    for file_format in ("array_record", "tfrecord"):
        folders[file_format] = str(tmp_path_factory.mktemp(file_format))
        TinyScenes(data_dir=folders[file_format], file_format=file_format).download_and_prepare()
    return folders


@pytest.fixture(params=["array_record", "tfrecord"])
def folder(request, folders):
    return folders[request.param]


def find_row(source, width):
    """The row of the image of a width; the order in the file is that of TFDS."""
    return next(row for row in range(len(source)) if source.read_image(row).shape[1] == width)


def test_usual_features_become_samples(folder):
    source = Tfds("tiny_scenes", data_dir=folder, download=False)
    assert len(source) == 3 and source.names["boxes"] == ("cat", "dog") and source.faults == []
    assert source.ids == ["train/0", "train/1", "train/2"] and source.labels.keys() == {"boxes"}
    assert [find_faults(source[row]) for row in range(3)] == [[], [], []] and faults_of(source) == []
    sample = source[find_row(source, 20)]
    np.testing.assert_array_equal(sample["image"], np.full((8, 20, 3), (1, 100, 200)))
    np.testing.assert_allclose(sample["boxes_xyxy"], [[2, 2, 12, 4]], rtol=1e-6)
    np.testing.assert_array_equal(sample["classes"], [0])
    assert source[find_row(source, 10)]["boxes_xyxy"].shape == (0, 4)


def test_crowd_boxes_are_marked(folder):
    source = Tfds("tiny_scenes", data_dir=folder, download=False)
    sample = source[find_row(source, 30)]
    np.testing.assert_allclose(sample["boxes_xyxy"], [[3, 2, 18, 4]] * 2, rtol=1e-6)
    assert sorted(sample["crowd"].tolist()) == [False, True]


def test_keys_give_further_features(folder):
    keys = {"semantic_ids": "mask", "depth_meters": "depth"}
    source = Tfds("tiny_scenes", "train", keys, folder, download=False)
    sample = source[find_row(source, 30)]
    assert not find_faults(sample) and source.labels.keys() == {"boxes", "semantic_ids", "depth"}
    np.testing.assert_array_equal(sample["semantic_ids"], np.full((8, 30), 2))
    np.testing.assert_array_equal(sample["depth_meters"], np.ones((8, 30)))


def test_all_that_belongs_to_boxes_may_be_a_feature(folder):
    keys = {"areas": "objects.label", "crowd": "objects.label"}
    source = Tfds("tiny_scenes", "train", keys, folder, download=False)
    sample = source[find_row(source, 30)]
    assert sample["areas"].tolist() == sample["classes"].tolist() and not find_faults(sample)
    np.testing.assert_array_equal(sample["crowd"], sample["classes"] > 0)


def test_boxes_without_classes_are_objects(folders):
    class_free = {"boxes_xyxy": "faces.bbox", "classes": None}
    source = Tfds("tiny_scenes", "train", class_free, folders["array_record"], download=False)
    sample = source[find_row(source, 30)]
    assert source.names["boxes"] == ("object",)
    np.testing.assert_array_equal(sample["classes"], [0, 0, 0])


def test_grey_images_are_repeated(folders):
    source = Tfds("tiny_scenes", "train", {"image": "mask"}, folders["array_record"], download=False)
    assert source[find_row(source, 30)]["image"].shape == (8, 30, 3)


def test_features_that_do_not_fit_are_faults(folders):
    def read(keys):
        return Tfds("tiny_scenes", "train", keys, folders["array_record"], download=False)

    fault = raised_fault(read({"semantic_ids": "image"}).read_labels, 0)
    assert_fault(fault, "tfds tiny_scenes", "train/0.image", "uint8 of rank 3", "rank 2 for semantic_ids")
    fault = raised_fault(read({"image": "depth"}).read_image, 0)
    assert_fault(fault, "tfds tiny_scenes", "train/0.depth", "float32", "expected uint8")
    source = read({"boxes_xyxy": "faces.bbox"})
    row = find_row(source, 30)
    assert_fault(faults_of(source)[row], "tfds tiny_scenes", f"train/{row}.objects.label", "2 classes for 3 boxes")


def test_part_of_a_split(folders):
    assert len(Tfds("tiny_scenes", "train[:2]", data_dir=folders["array_record"], download=False)) == 2
    assert len(Tfds("tiny_scenes", "train+test", data_dir=folders["array_record"], download=False)) == 4
    assert Tfds("tiny_scenes", "test", data_dir=folders["tfrecord"], download=False).ids == ["test/0"]


@pytest.mark.parametrize("split", ["trian", "validation[:10%]", "train[", ""])
def test_unknown_split(folder, split):
    with pytest.raises(ConfigError, match="split: .* is unknown to tiny_scenes; known are .*train"):
        Tfds("tiny_scenes", split, data_dir=folder, download=False)


def test_unknown_keys_and_features(folders):
    with pytest.raises(ConfigError, match="keys: unknown sample key `semantic_id`; did you mean `semantic_ids`"):
        Tfds("tiny_scenes", keys={"semantic_id": "mask"}, data_dir=folders["array_record"])
    with pytest.raises(ConfigError, match="keys: unknown feature `object.bbox`; did you mean `objects.bbox`"):
        Tfds("tiny_scenes", keys={"boxes_xyxy": "object.bbox"}, data_dir=folders["array_record"])


def test_unknown_name(tmp_path):
    with pytest.raises(DataError, match="tfds: unknown name `mnits`; did you mean `mnist`") as caught:
        Tfds("mnits", data_dir=str(tmp_path))
    assert "\n" not in str(caught.value)


def test_not_prepared_and_not_to_be_downloaded(tmp_path):
    with pytest.raises(DataError, match="tfds tiny_scenes: not prepared in .*; set download: true"):
        Tfds("tiny_scenes", data_dir=str(tmp_path), download=False)


def test_data_set_is_prepared_for_random_access(tmp_path):
    source = Tfds("tiny_scenes", data_dir=str(tmp_path))
    assert len(source) == 3 and not isinstance(source.records, list)


def test_preparation_that_fails_is_one_line(tmp_path, monkeypatch):
    def fail(self, manager):
        raise ConnectionError("no route to host\nwith details")

    monkeypatch.setattr(TinyScenes, "_split_generators", fail)
    with pytest.raises(DataError, match="cannot be prepared .ConnectionError: no route to host.; check") as caught:
        Tfds("tiny_scenes", data_dir=str(tmp_path))
    assert "\n" not in str(caught.value) and "data_dir" in str(caught.value)


def test_builder_that_needs_another_package(tmp_path, monkeypatch):
    def fail(self, manager):
        raise ModuleNotFoundError("No module named 'pycountry'", name="pycountry")

    monkeypatch.setattr(TinyScenes, "_split_generators", fail)
    with pytest.raises(ConfigError, match="tfds tiny_scenes needs another package .*; pip install pycountry"):
        Tfds("tiny_scenes", data_dir=str(tmp_path))


def test_without_tensorflow_datasets(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ConfigError, match=r"tfds needs tensorflow .*; pip install 'xdomain-keras\[tensorflow\]'"):
        Tfds("mnist")

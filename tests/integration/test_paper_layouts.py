"""The configs of papers 001, 002 and 004 on tiny data laid out as the published sets are."""

import cv2
import h5py
import numpy as np
import pytest
import scipy.io

from tests.integration.packaged import open_config
from xdomain_keras.config import load_config
from xdomain_keras.experiments.data import Data
from xdomain_keras.parts import Parts

pytestmark = pytest.mark.backend_free
HEIGHT, WIDTH = 6, 10


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, pixels)
    else:
        assert cv2.imwrite(str(path), pixels)


def photo(seed):
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def ids(*values):
    """Stripes of class ids."""
    return np.resize(np.uint8(values), (HEIGHT, WIDTH))


def unit_normals():
    normals = np.zeros((HEIGHT, WIDTH, 3))
    normals[1:, :, 2] = -1
    return normals


def write_arrays(folder, label):
    for split in ("train", "val"):
        for number in range(3):
            part = folder / split
            write(part / f"image/{number}.npy", photo(number) / 255)
            write(part / f"{label}/{number}.npy", ids(0, 1, 6).astype(np.float32) - 1)
            write(part / f"depth/{number}.npy", np.full((HEIGHT, WIDTH, 1), 0.5))
            write(part / f"normal/{number}.npy", unit_normals())


def write_cityscapes(folder):
    for split, city in (("train", "aachen"), ("train", "bochum"), ("val", "lindau")):
        stem = f"{split}/{city}/{city}_000000_000019"
        write(folder / f"leftImg8bit/{stem}_leftImg8bit.png", photo(0))
        write(folder / f"gtFine/{stem}_gtFine_labelIds.png", ids(7, 11, 26, 0, 4))
        write(folder / f"gtFine/{stem}_gtFine_color.png", photo(1))
        write(folder / f"disparity/{stem}_disparity.png", ids(0, 1).astype(np.uint16) * 5000)


def write_nyu(folder):
    folder.mkdir(parents=True)
    with h5py.File(folder / "nyu_depth_v2_labeled.mat", "w") as file:
        file["images"] = np.stack([photo(number).T for number in range(4)])
        file["depths"] = np.full((4, WIDTH, HEIGHT), 3, np.float32)
        file["labels"] = np.resize(np.uint16([0, 1, 894]), (4, WIDTH, HEIGHT))
    scipy.io.savemat(folder / "splits.mat", {"trainNdxs": [[1], [2], [4]], "testNdxs": [[3]]})
    scipy.io.savemat(folder / "classMapping40.mat", {"mapClass": np.resize(np.arange(1.0, 41), (1, 894))})
    scipy.io.savemat(folder / "class13Mapping.mat", {"classMapping13": {"labels13": np.resize(np.arange(1.0, 14), 40)}})


def write_pascal(folder):
    person = {"class_ind": 15, "parts": [{"part_name": "torso", "mask": ids(1, 0)}]}
    for name in ("2008_000002", "2008_000003", "2008_000007"):
        write(folder / f"JPEGImages/{name}.jpg", photo(0))
        write(folder / f"semseg/{name}.png", ids(0, 15, 255))
        write(folder / f"sal/{name}.png", ids(0, 255))
        write(folder / f"edges/{name}.png", ids(0, 0, 255))
        write(folder / f"normals/{name}.png", np.uint8((unit_normals() + 1) / 2 * 255)[..., ::-1])
    write(folder / "JPEGImages/2012_000001.jpg", photo(1))  # of the detection challenge: no label at all
    (folder / "human_parts").mkdir()
    scipy.io.savemat(folder / "human_parts/2008_000003.mat", {"anno": {"imname": "x", "objects": [person]}})
    lists = folder / "ImageSets/Context"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2008_000007\n2008_000003\n")
    (lists / "val.txt").write_text("2008_000002\n")


def write_carla(folder):
    for split, number in (("train", 0), ("train", 1), ("test", 2)):
        write(folder / f"{split}/rgb/{number}.png", photo(number))
        write(folder / f"{split}/semantic/{number}.png", np.dstack([ids(0) * 0, ids(0) * 0, ids(7, 10, 0, 3)]))
        write(folder / f"{split}/depth/{number}.png", photo(number + 10))


def write_synthia(folder):
    road_and_car = np.resize(np.uint8([[128, 64, 128], [142, 0, 0], [50, 234, 157]]), (HEIGHT, WIDTH, 3))  # BGR
    for sequence, number in ((1, 7), (2, 7), (2, 9)):
        for kind, pixels in (("RGBLeft", photo(number)), ("GTLeft", road_and_car), ("DepthLeft", photo(3))):
            write(folder / f"SEQ{sequence}/{kind}/{number:07}.png", pixels)
        write(folder / f"SEQ{sequence}/RGBRight/{number:07}.png", photo(1))


def write_kitti(folder):
    for number in range(3):
        for view in (10, 11):  # of the second view there are no labels
            write(folder / f"image_2/{number:06}_{view}.png", photo(number))
        write(folder / f"semantic/{number:06}_10.png", ids(7, 24, 18, 0))
        write(folder / f"disp_occ_0/{number:06}_10.png", ids(0, 1).astype(np.uint16) * 2560)


def write_indoor(folder, split):
    for name in ("a", "b"):
        write(folder / split / f"images/{name}.jpg", photo(0))
        write(folder / split / f"classes/{name}.png", ids(0, 1, 22, 40))
        write(folder / split / f"normals/{name}.png", np.uint8((unit_normals() + 1) / 2 * 255)[..., ::-1])


def write_faces(folder, split):
    for name in ("a", "b"):
        points = np.random.default_rng(0).uniform(0, HEIGHT, (68, 3))
        write(folder / split / f"images/{name}.jpg", photo(0))
        write(folder / split / f"normals/{name}.png", np.uint8((unit_normals() + 1) / 2 * 255)[..., ::-1])
        write(folder / split / f"keypoints/{name}.npy", points)


LAYOUTS = {
    "paper_cityscapes": (lambda data: write_arrays(data / "cityscapes", "label_7"), 3, 3),
    "paper_nyuv2": (lambda data: write_arrays(data / "nyuv2", "label"), 3, 3),
    "cityscapes_official": (lambda data: write_cityscapes(data / "cityscapes"), 2, 1),
    "nyuv2_official": (lambda data: write_nyu(data / "nyuv2"), 3, 1),
    "paper_pascal": (lambda data: write_pascal(data / "pascal"), 2, 1),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_published_layout_is_read(name, tmp_path, monkeypatch):
    lay_out, train, test = LAYOUTS[name]
    lay_out(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    opened = open_config(f"pair_mapping/{name}", "image_size=[32, 32]")
    (domain,) = opened.config.domains
    # Five tasks share a handful of images, so that some get none: said, and not of the files.
    assert [placed for placed in opened.find_faults() if not placed.fault.file.endswith(".labels")] == []
    assert [opened.data.count(domain, split) for split in ("train", "test")] == [train, test]
    sample = opened.data.source(domain, "test")[0]
    labelled = {task: opened.tasks[task].has_labels(sample) for task in opened.config.domains[domain].tasks}
    assert [task for task, present in labelled.items() if not present] == (["human_parts"] if "pascal" in name else [])
    images, targets, weights = opened.batch(domain)
    assert images.shape[1:] == (32, 32, 3) and all(np.isfinite(target).all() for target in targets.values())
    assert sum(weights.values()).max() == 1  # regime: one


def test_cityscapes_has_seven_classes_and_disparity(tmp_path, monkeypatch):
    write_cityscapes(tmp_path / "data/cityscapes")
    monkeypatch.chdir(tmp_path)
    sample = open_config("pair_mapping/cityscapes_official").data.source("cityscapes", "test")[0]
    assert sample["id"] == "lindau/lindau_000000_000019_leftImg8bit.png"
    assert sample["semantic_ids"][0, :5].tolist() == [0, 1, 6, -1, -1]
    np.testing.assert_allclose(sample["depth_meters"][0, :2], [0, 0.01 * 4999 / 256], rtol=1e-6)


TRANSFERS = {
    "paper_segmentation_to_depth": {"carla": (2, 1), "cityscapes": (2, 1)},
    "paper_depth_to_segmentation": {"carla": (2, 1), "cityscapes": (2, 1)},
    "synthia_cityscapes": {"synthia": (3, None), "cityscapes": (2, 1)},
    "carla_kitti": {"carla": (2, 1), "kitti": (2, 1)},
}


@pytest.mark.parametrize("name", TRANSFERS)
def test_the_layouts_of_task_transfer_are_read(name, tmp_path, monkeypatch):
    data = tmp_path / "data"
    write_carla(data / "carla")
    write_cityscapes(data / "cityscapes")
    write_synthia(data / "synthia_sf")
    write_kitti(data / "kitti/training")
    monkeypatch.chdir(tmp_path)
    rows = ["domains.kitti.splits.train.rows=':2'", "domains.kitti.splits.test.rows='2:'"] if "kitti" in name else []
    opened = open_config(f"task_transfer/{name}", *rows)
    assert opened.find_faults() == []
    for domain, (train, test) in TRANSFERS[name].items():
        assert opened.data.count(domain, "train") == train
        assert "test" not in opened.splits(domain) if test is None else opened.data.count(domain, "test") == test
        sample = opened.data.source(domain, "train")[0]
        assert set(np.unique(sample["semantic_ids"])) <= {-1, *range(11)} and sample["semantic_ids"].max() >= 4
        assert 0 < sample["depth_meters"].max() <= 1000


def test_kitti_has_metres_and_synthia_its_classes(tmp_path, monkeypatch):
    write_kitti(tmp_path / "data/kitti/training")
    write_synthia(tmp_path / "data/synthia_sf")
    monkeypatch.chdir(tmp_path)
    kitti = Data(load_config("task_transfer/carla_kitti", ["domains.kitti.splits.test=null"]), Parts())
    sample = kitti.source("kitti", "train")[1]
    assert sample["id"] == "000001_10.png" and sample["semantic_ids"][0, :4].tolist() == [0, 4, -1, -1]
    np.testing.assert_allclose(sample["depth_meters"][0, :2], [0, 384.38 * 256 / 2559], rtol=1e-6)
    synthia = Data(load_config("task_transfer/synthia_cityscapes"), Parts()).source("synthia", "train")
    assert synthia.ids == ["SEQ1/RGBLeft/0000007.png", "SEQ2/RGBLeft/0000007.png", "SEQ2/RGBLeft/0000009.png"]
    assert synthia[0]["semantic_ids"][0, :3].tolist() == [0, 7, -1]


ANCHORS = {
    "paper_indoor": (write_indoor, ["suncg", "nyuv2"], "segmentation", {-1, 0, 21, 39}),
    "paper_faces": (write_faces, ["rendered", "facewarehouse"], "keypoints", None),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_the_layouts_of_head_freeze_are_read(name, tmp_path, monkeypatch):
    lay_out, domains, anchor, classes = ANCHORS[name]
    for domain, splits in zip(domains, (("train", "validation"), ("train", "validation", "test")), strict=True):
        for split in splits:
            lay_out(tmp_path / "data" / {"rendered": "sfsnet"}.get(domain, domain), split)
    monkeypatch.chdir(tmp_path)
    opened = open_config(f"head_freeze/{name}", "image_size=[64, 64]")
    assert opened.find_faults() == []
    source, target = (opened.batch(domain) for domain in domains)
    assert source[0].shape == target[0].shape == (8, 64, 64, 3)
    assert set(source[1]) == {"normals", anchor} and set(target[1]) == {anchor}
    assert all(np.isfinite(value).all() for value in (*source[1].values(), *target[1].values()))
    sample = opened.data.source(domains[1], "test")[0]
    np.testing.assert_allclose(sample["normals"][1, 0], [0, 0, -1], atol=0.01)
    assert "keypoints" not in sample or sample["keypoints"].shape == (68, 4)
    assert classes is None or set(np.unique(sample["semantic_ids"])) == classes

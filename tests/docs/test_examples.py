"""Parts from outside the package: each is one file and one YAML, trained through the command line."""

import importlib.util
import json

import cv2
import numpy as np
import pytest
from keras import ops

from tests.conftest import ROOT
from tests.integration.experiment import call
from xdomain_keras.data import flip, resize
from xdomain_keras.data.labels import LABELS
from xdomain_keras.terms import Step

EXAMPLES = ROOT / "docs" / "examples"
FEW = ["stages.0.epochs=1", "steps_per_epoch=2", "evaluation.every_epochs=0", "evaluation.pictures=1"]
TINY = {
    "coral": [
        *(f"domains.{domain}.splits.{split}.count=4" for domain in ("room", "street") for split in ("train", "test")),
        "domains.room.batch_size=2",
        "domains.street.batch_size=2",
        "image_size=[64, 64]",
        "model.backbone.width=0.125",
        "tasks.saliency.head={name: thin, filters: 8, decoder_filters: [8]}",
    ],
    "aligned_mtl": [
        *(f"domains.room.splits.{split}.count=4" for split in ("train", "validation", "test")),
        "image_size=[32, 32]",
        "model.backbone.width=0.125",
    ],
}


def load(name):
    """The module of an example."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_albedo(folder):
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for name in ("image", "albedo"):
            (folder / "data/albedo" / split / name).mkdir(parents=True)
        for number in range(4):
            albedo = rng.uniform(0, 1, (32, 32, 3)).astype(np.float32)
            np.save(folder / f"data/albedo/{split}/image/{number}.npy", albedo * 0.5)
            albedo[:4] = -1
            np.save(folder / f"data/albedo/{split}/albedo/{number}.npy", albedo)


def write_voc(folder):
    rng = np.random.default_rng(0)
    images, annotations = folder / "data/voc/JPEGImages", folder / "data/voc/Annotations"
    images.mkdir(parents=True)
    annotations.mkdir(parents=True)
    for number in range(6):
        cv2.imwrite(str(images / f"{number}.jpg"), rng.integers(0, 255, (48, 64, 3), np.uint8))
        box = "<xmin>5</xmin><ymin>6</ymin><xmax>30</xmax><ymax>40</ymax>"
        thing = f"<object><name>{'cat' if number % 2 else 'dog'}</name><bndbox>{box}</bndbox></object>"
        (annotations / f"{number}.xml").write_text(f"<annotation>{thing}</annotation>")


@pytest.mark.backend_free
@pytest.mark.parametrize("name", ["albedo", "voc_xml", "coral", "aligned_mtl"])
def test_a_part_from_outside_is_trained_by_one_file_and_one_yaml(name, tmp_path, monkeypatch):
    write_albedo(tmp_path)
    write_voc(tmp_path)
    monkeypatch.chdir(tmp_path)
    file, config = EXAMPLES / f"{name}.py", EXAMPLES / f"{name}.yaml"
    code, out, err = call("train", config, *FEW, *TINY.get(name, ()), "--run", "run", "--parts", file)
    assert code == 0, err
    facts = json.loads((tmp_path / "run/facts.json").read_text())
    assert [own["file"] for own in facts["parts"]] == [f"{name}.py"] and len(facts["parts"][0]["sha256"]) == 64
    image = next((tmp_path / "data/voc/JPEGImages").iterdir())
    assert call("predict", "run", image, "--out", "out", "--parts", file)[0] == 0
    code, _, err = call("predict", "run", image, "--out", "other")
    assert code == 2 and f"--parts {name}.py (sha256 {facts['parts'][0]['sha256']})" in err
    assert not (tmp_path / "other").exists()


@pytest.mark.backend_free
def test_the_albedo_flips_with_its_image():
    kinds = {**LABELS, **load("albedo").PARTS["labels"]}
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    sample = {"image": image, "albedo": image.astype(np.float32) / 255}
    flipped = flip(sample, kinds=kinds)
    np.testing.assert_allclose(flipped["albedo"], flipped["image"] / np.float32(255))
    assert (flipped["albedo"] != sample["albedo"]).any()
    assert resize(sample, (3, 4), kinds)["albedo"].shape == (3, 4, 3)


@pytest.mark.backend_free
def test_a_part_may_not_take_the_name_of_another(tmp_path):
    (tmp_path / "mine.py").write_text("PARTS = {'terms': {'mmd': None}}\n")
    code, _, err = call("list", "terms", "--parts", tmp_path / "mine.py")
    assert code == 2 and "terms has a `mmd` already (built in); give yours another name" in err


@pytest.mark.backend_free
def test_the_list_names_where_a_part_comes_from():
    code, out, _ = call("list", "terms/coral", "--parts", EXAMPLES / "coral.py")
    assert code == 0 and out.startswith("terms/coral (coral.py)") and "feature" in out


def test_coral_is_the_distance_of_the_covariances():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(8, 3)).astype(np.float32), 2 * rng.normal(size=(6, 3)).astype(np.float32)
    step = Step({}, {}, {}, {}, {"a": {"pooled": ops.array(first)}, "b": {"pooled": ops.array(second)}})
    value, _ = load("coral").Coral().compute(step)["a~b"]
    expected = ((np.cov(first.T) - np.cov(second.T)) ** 2).sum() / (4 * 3**2)
    np.testing.assert_allclose(float(value), expected, rtol=1e-5)


def test_aligned_gradients_are_orthogonal_and_as_long_as_the_shortest_singular_value():
    gradients = np.random.default_rng(0).normal(size=(3, 50))
    gramian = gradients @ gradients.T
    values, vectors = np.linalg.eigh(gramian)
    aligned = np.sqrt(values.min()) * vectors @ np.diag(values**-0.5) @ vectors.T
    weights = load("aligned_mtl").AlignedMTL(3).weigh(ops.ones(3), ops.ones(3), ops.array(gramian.astype("float32")))
    np.testing.assert_allclose(ops.convert_to_numpy(weights), aligned @ np.full(3, 1 / 3), rtol=1e-3, atol=1e-5)
    turned = aligned @ gradients
    np.testing.assert_allclose(turned @ turned.T, values.min() * np.eye(3), atol=1e-8)


def test_an_absent_task_weighs_nothing():
    gramian = np.diag([4.0, 0.0, 1.0]).astype("float32")
    present = ops.array([1.0, 0.0, 1.0])
    weights = ops.convert_to_numpy(load("aligned_mtl").AlignedMTL(3).weigh(ops.ones(3), present, ops.array(gramian)))
    assert weights[1] == 0 and np.isfinite(weights).all() and (weights[[0, 2]] > 0).all()

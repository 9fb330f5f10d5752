"""The packaged configs on the real data sets that they name, where those lie beside the checkout."""

import pathlib

import keras
import numpy as np
import pytest

from tests.integration.packaged import open_config
from tests.unit.training import tiny
from xdomain_keras.data.readers.bsds import BSDS
from xdomain_keras.data.sample import find_faults
from xdomain_keras.experiments.model import build_network
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.metrics.edge_matching import region_boundaries
from xdomain_keras.parts import Parts
from xdomain_keras.training import fit_stages

# Config → domain → split → number of images.
SPLITS = {
    "mmd_alignment/crowd_osie": {
        "crowd": {"train": 350, "validation": 50, "test": 100},
        "osie": {"train": 500, "validation": 100, "test": 100},
    },
    "mmd_alignment/coco128_osie": {
        "osie": {"train": 500, "validation": 100, "test": 100},
        "coco": {"train": 128, "test": 128},
    },
    "pair_mapping/bsds_sod": {"bsds": {"train": 200, "test": 100}},
    "pair_mapping/coco128_semantic": {"coco": {"train": 128, "test": 128}},
    "task_transfer/street_camvid": {
        "street": {"train": 360, "validation": 60, "test": 120},
        "camvid": {"train": 367, "validation": 101, "test": 233},
    },
    "class_agnostic/sod": {"sod": {"train": 160, "validation": 40, "test": 100}},
    "class_agnostic/bsds500": {"bsds": {"train": 300, "test": 200}},
}


@pytest.fixture(scope="module", autouse=True)
def in_the_checkout(real_data):
    """Paths in the configs are relative to the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(pathlib.Path(__file__).parents[2])
        yield


def read(name, *overrides):
    """A packaged config with its data, small enough to train a step of."""
    small = ["image_size=[32, 32]", "steps_per_epoch=1", "stages.0.epochs=1", "loader.workers=1"]
    return open_config(name, *small, *overrides)


def mixture_of(opened):
    """The training stream of all its domains."""
    return opened.mixture(opened.config.domains)


@pytest.mark.backend_free
@pytest.mark.parametrize("name", SPLITS)
def test_every_split_is_whole_and_sound(name):
    opened = read(name)
    assert opened.find_faults(decode=False) == []
    lengths = {
        domain: {split: opened.data.count(domain, split) for split in opened.splits(domain)}
        for domain in opened.config.domains
    }
    assert lengths == SPLITS[name]
    for source in opened.data.sources.values():
        assert find_faults(source[len(source) - 1]) == []
    for domain, splits in SPLITS[name].items():
        ids = [name for split in splits for name in opened.data.source(domain, split).ids]
        assert len(ids) == len(set(ids))


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("name", "override", "domain", "count", "wanted"),
    [
        (
            "mmd_alignment/crowd_osie",
            "domains.crowd.source.0.outside=error",
            "crowd",
            165,
            "annotations[69].bbox: right edge 513.15",
        ),
        (
            "mmd_alignment/crowd_osie",
            "domains.crowd.source.1.outside=error",
            "crowd",
            3,
            "393.jpg[6][6]: [328.4, 384.0] is outside",
        ),
        ("mmd_alignment/coco128_osie", "domains.coco.source.unpaired=error", "coco", 2, "000000000656.txt: no image"),
    ],
    ids=["faces beyond the border", "fixations on the border", "text files without an image"],
)
def test_the_known_faults_are_found(name, override, domain, count, wanted):
    opened = read(name, override, "domains.osie=null", "terms.mmd=null", "method=multi_task")
    faults = opened.find_faults(decode=False)
    assert len(faults) == count and {placed.domain for placed in faults} == {domain}
    assert wanted in str(faults[0].fault)


@pytest.mark.backend_free
@pytest.mark.parametrize("name", [name for name in SPLITS if name.startswith("mmd_alignment")])
def test_every_image_of_a_batch_is_labelled(name):
    images, targets, weights = mixture_of(read(name, "seed=3")).batch(0)
    assert all(batch.shape == (8, 32, 32, 3) and batch.std() > 10 for batch in images.values())
    assert all(np.all(weight == 1) for cells in weights.values() for weight in cells.values())
    assert all(
        np.isfinite(target).all() and target.max() > 0 for cells in targets.values() for target in cells.values()
    )


@pytest.mark.backend_free
def test_labels_are_hidden_as_drawn():
    opened = read("pair_mapping/bsds_sod")
    assert opened.data.availability("bsds").count() == {"edges": 100, "salient_object": 100}
    _, _, weights = mixture_of(opened).batch(0)
    np.testing.assert_array_equal(weights["bsds"]["edges"] + weights["bsds"]["salient_object"], np.ones(8))


@pytest.mark.backend_free
def test_images_without_a_mask_teach_boxes_alone():
    mixture = mixture_of(read("pair_mapping/coco128_semantic"))
    batches = [mixture.batch(step)[2]["coco"] for step in range(16)]
    assert sum(batch["detection"].sum() for batch in batches) == 128
    assert sum(batch["segmentation"].sum() for batch in batches) == 100


@pytest.mark.backend_free
def test_boundaries_of_regions_are_those_of_the_files(real_data):
    source = BSDS(str(real_data / "bsds500"), "val")
    for index in range(3):
        sample = source[index]
        derived = np.stack([region_boundaries(each) for each in np.moveaxis(sample["regions"], -1, 0)], axis=-1)
        np.testing.assert_array_equal(derived, sample["boundaries"] == 1)


def test_a_step_is_trained_on_them(monkeypatch):
    monkeypatch.setattr("xdomain_keras.experiments.model.build_backbone", lambda **options: tiny.make_backbone())
    opened, logs = read("mmd_alignment/crowd_osie"), []
    network, plan = build_network(opened.config, opened.tasks, Parts()), build_plan(opened.config, Parts(), 2)
    before = tiny.arrays_of(network)
    trainer = fit_stages(
        network,
        plan.matrix,
        plan.terms,
        plan.stages,
        opened.tasks,
        opened.mixture,
        callbacks=lambda index, stage, trainer: [Keep(logs)],
    )
    assert int(trainer.step.value) == 1 and not tiny.same(before, tiny.arrays_of(network))
    assert np.isfinite(logs[0]["loss"]) and logs[0]["mmd/crowd~osie"] >= 0
    assert logs[0]["labels/detection@crowd"] == logs[0]["labels/saliency@osie"] == 8


class Keep(keras.callbacks.Callback):
    """The logs of every epoch."""

    def __init__(self, logs):
        super().__init__()
        self.logs = logs

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(dict(logs))

import numpy as np
import pytest

from tests.unit.experiments.small import make_config, make_data, make_model
from tests.unit.training import tiny
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.data import Data
from xdomain_keras.parts import Parts


@pytest.fixture
def scenes():
    """Options of a rendered source."""
    return {"reader": "scenes", "world": "room", "size": [24, 32]}


def tasks_of(data):
    """The tasks of the network for some data."""
    return make_model(sources=data.sources).tasks


def test_a_source_is_read_once_and_shared(scenes):
    changes = {"domains": {"road": {"source": scenes, "splits": {"train": {"count": 2, "seed": 4}}}}}
    sources = {}
    data = make_data(changes, sources)
    source = data.source("road", "train")
    assert data.count("road", "train") == len(source) == 2 and source[0]["image"].shape == (24, 32, 3)
    assert data.source("road", "train") is source
    assert make_data(changes, sources).source("road", "train") is source
    assert set(source[0]) <= {"image", "id", "boxes_xyxy", "classes", "fixations_xy"}  # what no task reads is dropped
    assert not {"depth_meters", "normals"} & set(source[0])
    more = {**changes, "domains": {"road": {**changes["domains"]["road"], "tasks": ["detection", "depth"]}}}
    assert make_data(more, sources).source("road", "train") is source
    assert {"boxes_xyxy", "depth_meters"} <= set(source[0])  # another experiment reads more of it


def test_what_cannot_be_read_of_arrays_is_skipped_where_the_config_says_so():
    images = [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8)), np.zeros((8, 8, 3), np.uint8)]
    for rule, count in (("stop", 3), ("skip", 2)):
        sources = {("road", "train"): Arrays({"image": images, "id": ["a", "b", "c"]})}
        data = make_data({"loader": {"on_bad": rule}}, sources)
        source = data.source("road", "train")
        assert len(source) == count and data.source("road", "train") is source
    assert source.ids == ["a", "c"] and [fault.file for fault in source.faults] == ["b"]


def test_a_source_that_there_is_not_is_named():
    data = make_data(sources={})
    with pytest.raises(ConfigError, match="unknown domain `raod`; did you mean `road`"):
        data.source("raod", "train")
    with pytest.raises(ConfigError, match="domains.attic.splits: unknown split `validation`; known are test, train"):
        data.source("attic", "validation")
    with pytest.raises(ConfigError, match="domains.road.splits.train: `reader` is missing"):
        data.source("road", "train")


def test_samples_are_all_or_some_rows_and_labels_are_known_by_kind():
    data = make_data()
    assert [sample["id"] for sample in data.samples("road", "test")] == [str(row) for row in range(6)]
    assert [sample["id"] for sample in data.samples("road", "test", np.int64([4, 1]))] == ["4", "1"]
    assert set(data.kinds("road", "test")) == {"boxes", "fixations"}


def test_the_mixture_batches_each_domain_as_its_row_says():
    changes = {"domains": {"road": {"augment": {"noise": 0.2}}}, "steps_per_epoch": 7}
    data = [make_data(change) for change in ({}, changes)]
    plain, noisy = (each.mixture(dict.fromkeys(["road", "attic"], tasks_of(each))) for each in data)
    assert (plain.steps_per_epoch, noisy.steps_per_epoch) == (3, 7)
    images, targets, _ = plain.batch(0)
    assert images["road"].shape == (2, 32, 32, 3) and images["attic"].shape == (3, 32, 32, 3)
    assert {domain: set(cells) for domain, cells in targets.items()} == {"road": {"detection"}, "attic": {"saliency"}}
    other = noisy.batch(0)[0]
    assert not np.array_equal(other["road"], images["road"]) and np.array_equal(other["attic"], images["attic"])
    wrong = make_data({"domains": {"road": {"augment": {"nosie": 1}}}})
    with pytest.raises(ConfigError, match="domains.road.augment: unknown key `nosie`; did you mean `noise`"):
        wrong.mixture({"road": tasks_of(wrong)})


def test_objects_and_background_change_places_where_the_config_says_so():
    """In training alone."""
    masks = np.zeros((6, 32, 32), np.uint8)
    masks[:, 8:16] = 1
    changes = {
        "tasks": {
            "detection": None,
            "saliency": None,
            "salient_object": {"head": {"filters": 4, "decoder_filters": []}},
        },
        "domains": {"attic": None, "road": {"tasks": ["salient_object"], "batch_size": 6}},
    }
    sources = {("road", split): tiny.make_source(salient_object=masks) for split in ("train", "validation", "test")}
    tasks, shares = make_model(changes, sources).tasks, []
    for part in (0.0, 1.0):
        changes["domains"]["road"]["swap_objects"] = part
        data = make_data(changes, sources)
        _, targets, _ = data.domain("road", tasks).batch(0)
        shares.append(sorted(float(np.mean(target)) for target in targets["salient_object"]))
    assert shares == [[0.25] * 6, [0.75] * 6]
    assert all(sample["salient_object"].mean() == 0.25 for sample in data.samples("road", "train"))


def test_the_cache_is_shared_by_the_domains(scenes):
    changes = {
        "domains": {"road": {"source": scenes, "splits": {"train": {"count": 2}}}},
        "loader": {"cache_gigabytes": 1.0},
    }
    assert make_data(changes, {}).source("road", "train").max_bytes == 2**29
    assert Data(make_config(), Parts()).sources == {}


def test_a_network_for_one_task_can_have_the_labels_that_it_would_have_among_others():
    """The images that a draw among two tasks gives to the one; the others are left out where asked."""
    among = {"labels": {"regime": "one", "tasks": ["detection", "saliency"]}}
    data = make_data({"domains": {"road": among}})
    tasks, ids = tasks_of(data), data.source("road", "train").ids
    table = data.availability("road")
    labelled = [image for image in ids if table.has(image, "detection")]
    assert abs(2 * len(labelled) - len(ids)) <= 1
    assert len(data.domain("road", tasks).rows) == len(ids)
    among["labels"]["drop_unlabelled"] = True
    dropped = make_data({"domains": {"road": among}})
    assert len(dropped.domain("road", tasks).rows) == len(labelled)
    among["labels"]["tasks"] = ["detecton"]
    with pytest.raises(ConfigError, match="domains.road.labels.tasks: unknown task `detecton`; did you mean"):
        make_data({"domains": {"road": among}}).availability("road")


def test_hidden_labels_are_those_of_trained_domains_that_hide_some():
    labels = {"labels": {"regime": "one", "tasks": ["detection", "saliency"]}}
    data = make_data({"domains": {"road": labels}})
    assert list(data.hidden_labels()) == ["road"] and data.availability("attic") is None
    assert make_data({"domains": {"road": {**labels, "train": False}}}).hidden_labels() == {}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"regime": "one", "file": "l.json"}, "`file` says who is labelled; set `regime` to null beside it"),
        ({"tasks": 5}, r"tasks is 5; expected a list of names"),
        ({"tasks": "detection"}, "tasks is 'detection'; expected a list of names"),
        ({"tasks": [["detection"]]}, r"tasks is \[\['detection'\]\]; expected a list of names"),
        ({"file": 5}, "`file` is 5; input should be a valid string"),
        ({"file": "l.json", "drop": True}, "unknown key `drop`; known are drop_unlabelled, file."),
    ],
)
def test_labels_that_say_two_things_or_none(labels, message):
    with pytest.raises(ConfigError, match=f"domains.road.labels.*{message}"):
        make_data({"domains": {"road": {"labels": labels}}}).availability("road")

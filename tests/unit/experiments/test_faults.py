import pytest

from tests.unit.experiments.small import make_data, make_model, make_sources
from tests.unit.training import tiny
from xdomain_keras.data import LABELS, DataFault, Fault, Source
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments import faults as module
from xdomain_keras.experiments.faults import PlacedFault, find_open_faults, require_sound, try_image


class Broken(Source):
    """Some faults of the annotations, and some images that cannot be read."""

    def __init__(self, faults=(), unreadable=(), labels=("boxes",)):
        super().__init__(["a.png", "b.png", "c.png"], [LABELS[kind] for kind in labels], ["box", "disc"])
        self.faults, self.unreadable, self.read = list(faults), unreadable, []

    def read_image(self, index):
        self.read.append(index)
        if index in self.unreadable:
            raise DataFault(self.ids[index], "", "cut off.")
        return tiny.make_source(1)[0]["image"]

    def read_labels(self, index):
        return {}


FIRST = Fault("boxes.json", "annotations[3].bbox", "bad.")
SECOND = Fault("boxes.json", "annotations[7].bbox", "worse.")


def find_faults(changes=None, sources=None, decode=True):
    """Those of the data of a config, whose tasks know their names from sound sources."""
    data = make_data(changes, sources)
    return module.find_faults(data.config, data, make_model(changes), decode)


def find_with(decode=True, **road):
    """Faults where splits of `road` are other sources."""
    others = {("road", split): source for split, source in road.items()}
    return find_faults(sources={**make_sources(), **others}, decode=decode)


def test_sound_data_have_no_fault():
    assert find_faults() == [] and require_sound([]) == []


def test_faults_are_listed_once_where_they_are_met_first():
    faults = find_with(train=Broken([FIRST, SECOND], [1]), test=Broken([FIRST], [0, 1]))
    cut = {"field": "", "message": "cut off."}
    assert [placed.as_json() for placed in faults] == [
        {"domain": "road", "split": "train", "file": "boxes.json", "field": "annotations[3].bbox", "message": "bad."},
        {"domain": "road", "split": "train", "file": "boxes.json", "field": "annotations[7].bbox", "message": "worse."},
        {"domain": "road", "split": "train", "file": "b.png", **cut},
        {"domain": "road", "split": "test", "file": "a.png", **cut},
    ]
    assert str(faults[0]) == "road/train: boxes.json: annotations[3].bbox: bad."


def test_images_are_decoded_only_where_asked_for_and_where_there_are_files():
    source = Broken(unreadable=[0])
    assert find_with(train=source, decode=False) == [] and source.read == []
    source.decodes_files = False
    assert find_with(train=source) == [] and source.read == []
    source.decodes_files = True
    assert len(find_with(train=source)) == 1 and sorted(source.read) == [0, 1, 2]


def test_one_image_is_tried():
    """With tasks also for what it is labelled for."""
    source, tasks, cut = Broken(unreadable=[2]), make_model().tasks, Fault("c.png", "", "cut off.")
    for named in ({}, tasks):
        assert try_image(source, 2, named) == (cut, ())
        fault, found = try_image(source, 0, named)
        assert fault is None and not found
    assert try_image(tiny.make_source(), 0, tasks) == (None, {"detection", "saliency"})


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (DataFault("gaze.mat", "fixations", "missing."), ("gaze.mat", "fixations", "missing.")),
        (DataError("no entry."), ("domains.road.splits.validation", "", "no entry.")),
    ],
    ids=["of a file", "of a join"],
)
def test_a_source_that_cannot_be_read_is_a_fault(error, fault, monkeypatch):
    def fail(*args):
        raise error

    monkeypatch.setattr("xdomain_keras.experiments.data.build_source", fail)
    sources = make_sources()
    del sources["road", "validation"]
    expected = PlacedFault("road", "validation", Fault(*fault))
    assert find_faults(sources=sources) == [expected]
    data = make_data(sources=sources)
    assert find_open_faults(data.config, data) == [expected]


def test_faults_are_found_without_tasks_where_the_network_cannot_be_built():
    """Those of the annotations alone: no image is decoded."""
    source = Broken([FIRST], [0])
    data = make_data(sources={**make_sources(), ("road", "test"): source})
    assert find_open_faults(data.config, data) == [PlacedFault("road", "test", FIRST)] and source.read == []


def test_the_first_fault_stops_a_training_and_the_others_are_counted():
    with pytest.raises(DataError) as caught:
        require_sound(find_with(train=Broken([FIRST])))
    assert str(caught.value) == "boxes.json: annotations[3].bbox: bad."
    with pytest.raises(DataError) as caught:
        require_sound(find_with(train=Broken(unreadable=[0, 1, 2])))
    assert str(caught.value) == "a.png: cut off. (2 more; `xdomain check` lists all)"
    require_sound(find_with(train=Broken(unreadable=[0]), decode=False))


def test_what_can_be_skipped_is_returned_and_a_cell_without_labels_is_raised():
    image = PlacedFault("road", "train", Fault("a.png", "", "cut off."))
    cell = PlacedFault("road", "train", Fault("domains.road.labels", "", "cell detection@road: none."))
    assert require_sound([image], "skip") == [image] and require_sound([]) == []
    with pytest.raises(DataError, match="^domains.road.labels: cell detection@road: none.$"):
        require_sound([image, cell], "skip")


def test_a_trained_cell_needs_labels():
    with pytest.raises(ConfigError) as caught:
        find_with(train=Broken(labels=["fixations"]))
    assert str(caught.value).startswith(
        "domains.road.tasks: `detection` needs labels of the kind boxes, which its source does not carry (it has "
        "fixations);"
    )
    with pytest.raises(ConfigError, match=r"\(it has no labels\)"):
        find_with(train=Broken(labels=[]))
    assert find_with(test=Broken(labels=[])) == []  # measured only: those images are passed over
    sources = {**make_sources(), ("road", "train"): Broken(labels=[])}
    assert find_faults({"domains": {"road": {"train": False}}}, sources) == []


def test_either_of_two_kinds_of_labels_serves_a_task():
    """Saliency reads fixations or a density."""
    sources = make_sources()
    for kind in ("fixations", "saliency_map"):
        sources["attic", "train"] = Broken(labels=[kind])
        assert len(find_faults(sources=sources)) == 1  # no image has any, but there could be
    sources["attic", "train"] = Broken(labels=["boxes"])
    with pytest.raises(ConfigError, match="`saliency` needs labels of the kind fixations or saliency_map, which"):
        find_faults(sources=sources)


def test_a_cell_whose_labels_are_all_empty_is_a_fault():
    (placed,) = find_with(train=Broken())
    assert (placed.domain, placed.split, placed.fault.file) == ("road", "train", "domains.road.splits.train")
    assert placed.fault.message.startswith(
        "cell detection@road: none of its 3 images has a label with anything known in it"
    )


BOTH = {"domains": {"attic": {"tasks": ["saliency", "detection"]}}}


def test_the_source_that_names_come_from_may_be_the_broken_one(monkeypatch):
    """Its fault is listed, and those of the other domains after it."""

    def fail(*args):
        raise DataFault("boxes.json", "", "cut off.")

    monkeypatch.setattr("xdomain_keras.experiments.data.build_source", fail)
    sources = make_sources()
    del sources["road", "train"]
    sources["attic", "test"] = Broken(unreadable=[0])
    assert [placed.fault.file for placed in find_faults(BOTH, sources)] == ["boxes.json", "a.png"]

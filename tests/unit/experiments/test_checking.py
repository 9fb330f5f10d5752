import pytest

from tests.unit.experiments.small import make_experiment, make_sources
from tests.unit.training import tiny
from xdomain_keras.data import DataFault, Fault
from xdomain_keras.data.source import Source
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.checking import find_faults, require_sound, try_image


class Broken(Source):
    """Some faults of the annotations, and some images that cannot be read."""

    def __init__(self, faults=(), unreadable=(), labels=("boxes_xyxy", "classes")):
        super().__init__(["a.png", "b.png", "c.png"], ["box", "disc"], labels)
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


def experiment_with(**road):
    """Sources in memory but for splits of `road`."""
    return make_experiment(sources={**make_sources(), **{("road", split): source for split, source in road.items()}})


def test_sound_data_have_no_fault():
    experiment = make_experiment()
    assert find_faults(experiment) == []
    require_sound(experiment)


def test_faults_are_listed_once_where_they_are_met_first():
    experiment = experiment_with(train=Broken([FIRST, SECOND], [1]), test=Broken([FIRST], [0, 1]))
    faults = find_faults(experiment)
    place = {"domain": "road", "split": "train"}
    assert faults == [
        {**place, "file": "boxes.json", "field": "annotations[3].bbox", "message": "bad."},
        {**place, "file": "boxes.json", "field": "annotations[7].bbox", "message": "worse."},
        {**place, "file": "b.png", "field": "", "message": "cut off."},
        {"domain": "road", "split": "test", "file": "a.png", "field": "", "message": "cut off."},
    ]


def test_images_are_decoded_only_where_asked_for_and_where_there_are_files():
    source = Broken(unreadable=[0])
    assert find_faults(experiment_with(train=source), decode=False) == [] and source.read == []
    source.decodes_files = False
    assert find_faults(experiment_with(train=source)) == [] and source.read == []
    source.decodes_files = True
    assert len(find_faults(experiment_with(train=source))) == 1 and sorted(source.read) == [0, 1, 2]


def test_one_image_is_tried():
    source = Broken(unreadable=[2])
    assert try_image(source, 0, {}) == (None, set()) and try_image(source, 2, {}) == (
        Fault("c.png", "", "cut off."),
        (),
    )


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

    monkeypatch.setattr("xdomain_keras.experiments.build.build_source", fail)
    sources = make_sources()
    del sources["road", "validation"]
    (found,) = find_faults(make_experiment(sources=sources))
    assert (found["file"], found["field"], found["message"]) == fault and found["split"] == "validation"


def test_the_first_fault_stops_a_training_and_the_others_are_counted():
    with pytest.raises(DataError) as caught:
        require_sound(experiment_with(train=Broken([FIRST])))
    assert str(caught.value) == "boxes.json: annotations[3].bbox: bad."
    with pytest.raises(DataError) as caught:
        require_sound(experiment_with(train=Broken(unreadable=[0, 1, 2])))
    assert str(caught.value) == "a.png: cut off. (2 more; `xdomain check` lists all)"
    require_sound(experiment_with(train=Broken(unreadable=[0])), decode=False)


def test_a_trained_cell_needs_labels():
    with pytest.raises(ConfigError) as caught:
        find_faults(experiment_with(train=Broken(labels=["fixations_xy"])))
    assert str(caught.value).startswith(
        "domains.road.tasks: `detection` needs `boxes_xyxy`, which its source does not carry (it has fixations_xy);"
    )
    with pytest.raises(ConfigError, match=r"\(it has no labels\)"):
        find_faults(experiment_with(train=Broken(labels=[])))
    find_faults(experiment_with(test=Broken(labels=[])))  # measured only: those images are passed over
    sources = {**make_sources(), ("road", "train"): Broken(labels=[])}
    find_faults(make_experiment({"domains": {"road": {"train": False}}}, sources))


def test_a_cell_whose_labels_are_all_empty_is_a_fault():
    (fault,) = find_faults(experiment_with(train=Broken()))
    assert (fault["domain"], fault["split"], fault["file"]) == ("road", "train", "domains.road.splits.train")
    assert fault["message"].startswith(
        "cell detection@road: none of its 3 images has a label with anything known in it"
    )


BOTH = {"domains": {"attic": {"tasks": ["saliency", "detection"]}}}


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_class_has_one_name_wherever_it_is(split):
    """Names come from the first domain that has labels; 1 must not be a disc there and a box here."""
    sources = make_sources()
    sources["attic", split].names = {"boxes": ("disc", "box")}
    message = (
        f"domains.attic.splits.{split}: name 0 of `detection` is `disc`, and `box` in domains.road.splits.train; "
        "give both the same names in one order, or, where only the words differ, tasks.detection.class_names."
    )
    with pytest.raises(ConfigError) as caught:
        find_faults(make_experiment(BOTH, sources))
    assert str(caught.value) == message
    sources["attic", split].names = {"boxes": ("box",)}
    with pytest.raises(ConfigError, match="name 1 of `detection` is `none`, and `disc` in"):
        find_faults(make_experiment(BOTH, sources))
    sources["attic", split].names = {}
    assert find_faults(make_experiment(BOTH, sources)) == []


def test_the_source_that_names_come_from_may_be_the_broken_one(monkeypatch):
    """Its fault is listed, and those of the other domains after it."""

    def fail(*args):
        raise DataFault("boxes.json", "", "cut off.")

    monkeypatch.setattr("xdomain_keras.experiments.build.build_source", fail)
    sources = make_sources()
    del sources["road", "train"]
    sources["attic", "test"] = Broken(unreadable=[0])
    assert [fault["file"] for fault in find_faults(make_experiment(BOTH, sources))] == ["boxes.json", "a.png"]


def test_names_that_the_config_gives_are_other_words_and_not_another_order():
    sources = make_sources()
    named = {"tasks": {"detection": {"class_names": ["Kiste", "Scheibe"]}}}
    assert find_faults(make_experiment({**BOTH, **named}, sources)) == []
    named["tasks"]["detection"]["class_names"] = ["disc", "box"]
    with pytest.raises(ConfigError, match="name 0 of `detection` is `box`, and `disc` in tasks.detection.class_names"):
        find_faults(make_experiment({**BOTH, **named}, sources))

import json

import pytest

from tests.unit.data.readers.files import write_image
from xdomain_keras.data import LABELS, DenseLabel, Joined, Rows, Source
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments import sources as module
from xdomain_keras.experiments.sources import names_for
from xdomain_keras.parts import Parts
from xdomain_keras.tasks import Depth, Detection, Keypoints

PARTS = Parts()


def build_source(source, split, place):
    return module.build_source(source, split, place, PARTS)


@pytest.fixture
def scenes():
    return {"reader": "scenes", "world": "room", "look": "photo", "size": [16, 24]}


def test_a_split_is_laid_over_its_source(scenes):
    source = build_source({**scenes, "count": 9}, {"count": 4, "rows": "1:3"}, "here")
    assert isinstance(source, Rows) and len(source) == 2 and [len(each) for each in source.sources] == [4]
    with pytest.raises(ConfigError, match="here: unknown reader `scene`; did you mean `scenes`"):
        build_source({"reader": "scene"}, {}, "here")
    with pytest.raises(ConfigError, match=r"here: unknown reader `\['scenes'\]`"):
        build_source({"reader": ["scenes"]}, {}, "here")
    with pytest.raises(ConfigError, match="here: unknown key `wordl`; did you mean `world`"):
        build_source({"reader": "scenes", "wordl": "room"}, {}, "here")


def test_a_split_of_another_reader_stands_by_itself(scenes, tmp_path):
    write_image(tmp_path / "a.png")
    images = {"reader": "images", "images": str(tmp_path)}
    assert len(build_source(scenes, images, "here")) == 1
    with pytest.raises(ConfigError, match="here: `images` is missing; add it."):
        build_source(scenes, {"reader": "images"}, "here")


@pytest.mark.parametrize("rows", ["a:b", "9:", 4])
def test_rows_that_are_none_are_said_of_their_split(scenes, rows):
    with pytest.raises(ConfigError, match="^domains.road.splits.test: rows: .*(is not a slice|selects none)"):
        build_source(scenes, {"count": 4, "rows": rows}, "domains.road.splits.test")


def test_several_sources_are_joined_by_the_image(tmp_path):
    images = str(tmp_path / "images")
    for name in "ab":
        write_image(tmp_path / "images" / f"{name}.png")
    readers = []
    for number in range(2):
        path = tmp_path / f"gaze{number}.json"
        path.write_text(json.dumps({f"{name}.png": [[[number, row]]] for row, name in enumerate("ab")}))
        readers.append({"reader": "fixation_list", "images": images, "fixations": str(path)})
    for split in ({}, [{}, {}]):
        joined = build_source(readers, split, "here")
        assert isinstance(joined, Joined) and joined[1]["fixations_xy"].tolist() == [[1, 1]]
    one = {"reader": "fixation_list", "images": images}
    paths = [{"fixations": reader["fixations"]} for reader in readers]
    assert build_source(one, paths[::-1], "here")[1]["fixations_xy"].tolist() == [[0, 1]]
    assert len(build_source(readers, {"rows": "1:"}, "here")) == 1
    with pytest.raises(ConfigError, match="here: 3 entries for 2 sources; give one each, or one for all"):
        build_source(readers, [{}] * 3, "here")


def test_a_split_may_be_several_in_turn(scenes):
    whole = build_source(scenes, {"concatenate": [{"count": 2, "seed": 1}, {"count": 3, "seed": 2}]}, "splits.train")
    assert len(whole) == 5
    assert len(build_source(scenes, {"concatenate": [{"count": 4, "seed": 1}], "rows": ":3"}, "splits.train")) == 3
    for parts in ({"count": 1}, [], [3]):
        with pytest.raises(ConfigError, match="splits.train.concatenate: .*; expected a list of one or more splits"):
            build_source(scenes, {"concatenate": parts}, "splits.train")


def test_a_reader_from_outside_is_built_and_given_the_kinds_of_labels():
    class Mine(Source):
        def __init__(self, count: int, kinds):
            super().__init__(map(str, range(count)), kinds.values())

    class Plain(Source):
        def __init__(self, count: int = 3):
            super().__init__(map(str, range(count)))

    parts = Parts(labels={"albedo": DenseLabel("albedo")})
    parts.readers.update(mine=Mine, plain=Plain)
    source = module.build_source({"reader": "mine", "count": 2}, {}, "here", parts)
    assert list(source.labels) == ["albedo"] and len(source) == 2
    assert len(module.build_source({"reader": "plain"}, {"rows": ":2"}, "here", parts)) == 2
    with pytest.raises(ConfigError, match="here: unknown key `kinds`"):
        module.build_source({"reader": "mine", "count": 2, "kinds": {}}, {}, "here", parts)


def test_the_names_of_a_task_are_those_of_the_first_of_its_kinds_that_has_some():
    source = Source(["a"], [LABELS["boxes"], LABELS["keypoints"]], {"boxes": ["cat"], "keypoints": ["nose", "chin"]})
    assert names_for(Detection, source) == ("cat",) and names_for(Keypoints, source) == ("nose", "chin")
    assert names_for(Depth, source) == names_for(Detection, Source(["a"], [LABELS["boxes"]])) == ()

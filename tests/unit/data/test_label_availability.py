import json

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from xdomain_keras.data import DataFault, LabelAvailability, draw_availability, read_availability
from xdomain_keras.errors import ConfigError

IDS = [f"{number:03}" for number in range(795)]
TASKS = ["segmentation", "depth", "normals"]


@hypothesis.given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 99))
def test_every_image_keeps_one_label_and_all_tasks_share_alike(num_images, num_tasks, seed):
    tasks = [f"task{k}" for k in range(num_tasks)]
    table = draw_availability([str(n) for n in range(num_images)], tasks, "one", seed=seed)
    assert all(len(named) == 1 for named in table.rows.values())
    assert max(table.count().values()) - min(table.count().values()) <= 1


@hypothesis.given(st.integers(2, 6), st.integers(0, 99))
def test_at_random_each_image_misses_at_least_one_label_and_has_one(num_tasks, seed):
    table = draw_availability([str(n) for n in range(30)], [f"task{k}" for k in range(num_tasks)], "random", seed=seed)
    assert all(1 <= len(named) < num_tasks and len(set(named)) == len(named) for named in table.rows.values())


def test_counts_are_those_of_nyu():
    # Paper 002 has 795 images: 265 each with one label; about half of all labels at random.
    assert set(draw_availability(IDS, TASKS, "one").count().values()) == {265}
    assert all(360 < count < 430 for count in draw_availability(IDS, TASKS, "random").count().values())
    assert set(draw_availability(IDS, TASKS, "full").count().values()) == {795}
    assert set(draw_availability(IDS, ["depth"], "random").count().values()) == {795}


def test_shares_are_kept():
    count = draw_availability(IDS[:200], TASKS[:2], ratios={"segmentation": 1, "depth": 9}).count()
    assert count == {"segmentation": 20, "depth": 180}
    count = draw_availability(IDS[:200], TASKS, ratios={"normals": 2, "depth": 2}).count()
    assert count == {"segmentation": 0, "depth": 100, "normals": 100}


@pytest.mark.parametrize("regime", ["one", "random"])
def test_a_draw_depends_on_its_seed_alone(regime):
    first = draw_availability(IDS, TASKS, regime, seed=3)
    assert first.digest == draw_availability(IDS, TASKS, regime, seed=3).digest
    assert first.digest != draw_availability(IDS, TASKS, regime, seed=4).digest


def test_a_table_tells_what_may_be_seen():
    table = LabelAvailability(TASKS, {"a": ["depth"], "b": []})
    assert table.has("a", "depth") and not table.has("a", "normals") and not table.has("b", "depth")
    assert table.has("a", "edges") and table.has("c", "depth")  # not in the table
    same = LabelAvailability(TASKS, {"b": [], "a": ["depth"]})
    assert same.digest == table.digest != LabelAvailability(TASKS, {"a": ["depth"], "b": ["depth"]}).digest
    stored = json.loads(json.dumps(table.as_json()))
    assert stored["rows"] == {"a": ["depth"], "b": []} and stored["count"]["depth"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"regime": "on"}, "unknown regime `on`; did you mean `one`?"),
        ({"ratios": {"dept": 1}}, "labels.ratios: unknown task `dept`; did you mean `depth`?"),
        ({"ratios": {"depth": -1}}, "labels.ratios.depth: -1; expected a share from 0 up."),
        ({"ratios": {"depth": 0}}, "labels.ratios: all are 0"),
        ({"ratios": {"depth": float("nan")}}, "labels.ratios.depth: nan"),
        ({"ratios": {"depth": 1}, "regime": "random"}, "labels.ratios: go with regime `one`"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ConfigError) as caught:
        draw_availability(IDS, TASKS, **options)
    assert message in str(caught.value)


def test_a_file_is_read_and_what_it_leaves_out_is_unlabelled(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"000": ["normals", "depth"]}))
    table = read_availability(str(path), IDS[:2], TASKS)
    assert table.rows == {"000": ("depth", "normals"), "001": ()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"00": ["depth"]}', "labels.json: 00: is not an image of this split; did you mean `"),
        ('{"000": ["dept"]}', "labels.json: 000: unknown task `dept`; did you mean `depth`?"),
        ('{"000": "depth"}', "labels.json: 000: holds 'depth'; expected a list of tasks."),
        ("[]", "labels.json: holds a list; expected an object"),
        ("{", "labels.json: line 1 column 2: not valid JSON"),
        ("", "labels.json: empty file"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path, content, message):
    path = tmp_path / "labels.json"
    path.write_text(content)
    with pytest.raises(DataFault) as caught:
        read_availability(str(path), IDS[:3], TASKS)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_the_share_of_an_image_is_random():
    table = draw_availability(IDS, TASKS, "one")
    owners = np.array([TASKS.index(table.rows[image][0]) for image in IDS])
    assert abs(np.corrcoef(owners, np.arange(len(IDS)))[0, 1]) < 0.15


def test_unlabelled_images_are_shown_unless_they_are_dropped(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"a": ["depth"], "b": ["normals"]}), encoding="utf-8")
    for drop, shown in ((False, ["a", "b", "c"]), (True, ["a"])):
        table = read_availability(str(path), ["a", "b", "c"], TASKS, drop_unlabelled=drop)
        assert [image for image in "abc" if table.shows(image, ["depth", "segmentation"])] == shown
    drawn = draw_availability(IDS, TASKS, "one", drop_unlabelled=True)
    assert sum(drawn.shows(image, ["depth"]) for image in IDS) == 265


def test_a_seed_is_not_below_0():
    with pytest.raises(ConfigError, match="labels.seed is -1; expected an integer from 0 up"):
        draw_availability(IDS, TASKS, "one", seed=-1)


def test_a_runs_own_file_says_the_same_again(tmp_path):
    table = draw_availability(IDS[:9], TASKS, "one", seed=2)
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"room": table.as_json(), "street": {"rows": {}}}), encoding="utf-8")
    assert read_availability(str(path), IDS[:9], TASKS, domain="room").digest == table.digest


def test_labels_are_only_hidden_where_that_is_asked_for():
    assert set(draw_availability(IDS, TASKS).count().values()) == {795}
    assert draw_availability(IDS[:10], TASKS[:2], ratios={"depth": 1}).count() == {"segmentation": 0, "depth": 10}


def test_only_labels_that_exist_are_drawn():
    """Every third image has depth alone, every tenth nothing."""
    existing = {image: {"depth"} if n % 3 == 0 else set(TASKS) for n, image in enumerate(IDS)}
    existing |= {image: set() for image in IDS[::10]}
    table = draw_availability(IDS, TASKS, "one", existing=existing)
    assert all(set(named) <= existing[image] for image, named in table.rows.items())
    assert all(len(table.rows[image]) == (1 if existing[image] else 0) for image in IDS)
    everything = dict.fromkeys(IDS, set(TASKS))
    assert draw_availability(IDS, TASKS, "one", existing=everything).rows == draw_availability(IDS, TASKS, "one").rows
    shared = draw_availability(IDS, TASKS, ratios={"depth": 1, "normals": 1}, existing=existing)
    assert shared.count()["segmentation"] == 0

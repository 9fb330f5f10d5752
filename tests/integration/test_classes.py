"""Data sets that annotate different classes of one task, by the command line: right names from file to report."""

import json
import math

import pytest

from tests.integration.experiment import SIZE, call, change_config, make_experiment, train_experiment, write_experiment


def make_zoo_and_park(parts, numbers=(0, 7), names=("kangaroo",)):
    """`zoo`, a COCO file of raccoons (category 7), and `park`, YOLO files of kangaroos, over the same images."""
    folder, boxes, config = parts["folder"], parts["boxes"], parts["config"]
    zoo, park = config["domains"].pop("boxed"), config["domains"].pop("gazed")
    (folder / "labels").mkdir(exist_ok=True)
    kept = []
    for annotation, image in zip(boxes["annotations"], boxes["images"], strict=True):
        left, top, width, height = annotation["bbox"]
        if annotation["category_id"]:
            place = [(left + width / 2) / SIZE, (top + height / 2) / SIZE, width / SIZE, height / SIZE]
            line = " ".join(map(str, [numbers[0], *place]))
            (folder / "labels" / image["file_name"].replace(".jpg", ".txt")).write_text(line)
        else:
            kept.append({**annotation, "category_id": numbers[1]})
    boxes |= {"annotations": kept, "categories": [{"id": numbers[1], "name": "raccoon"}]}
    source = {
        "reader": "yolo",
        "images": str(folder / "images"),
        "labels": str(folder / "labels"),
        "names": list(names),
    }
    config["domains"] = {"zoo": zoo, "park": {**park, "source": source, "tasks": ["detection"]}}
    del config["tasks"]["saliency"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train_experiment(tmp_path_factory.mktemp("classes"), make_zoo_and_park)


def test_facts_metrics_and_report_have_the_right_names(trained):
    assert trained.code == 0, trained.err
    facts = json.loads((trained.run / "facts.json").read_text())
    assert facts["tasks"]["detection"]["class_names"] == ["raccoon", "kangaroo"]
    assert facts["classes"]["detection@zoo"]["annotates"]["train"] == ["raccoon"]
    assert facts["classes"]["detection@park"]["annotates"]["train"] == ["kangaroo"]
    metrics = json.loads((trained.run / "metrics.json").read_text())["test"]
    for domain, own, other in (("zoo", "raccoon", "kangaroo"), ("park", "kangaroo", "raccoon")):
        scores = metrics[f"detection@{domain}"]
        assert math.isfinite(scores[f"AP50[{own}]"]) and scores[f"AP50[{other}]"] is None
        assert scores["AP50"] == scores[f"AP50[{own}]"]  # the mean is over what is annotated
    report = (trained.run / "report.html").read_text()
    assert "Classes of detection" in report and "<td>kangaroo</td>" in report


def test_check_shows_who_annotates_what(trained):
    code, out, _ = call("check", trained.config)
    assert code == 0 and [line.split() for line in out.splitlines() if line.startswith(("raccoon", "kangaroo"))] == [
        ["raccoon", "2", "unknown"],
        ["kangaroo", "unknown", "2"],
    ]


@pytest.mark.parametrize(("names", "numbers"), [(["raccoon", "kangaroo"], (1, 1)), (["kangaroo", "raccoon"], (0, 9))])
def test_other_numbers_mean_the_same(names, numbers, tmp_path):
    parts = make_experiment(tmp_path)
    make_zoo_and_park(parts, numbers, names)
    code, out, err = call("check", write_experiment(parts))
    assert code == 0, err
    assert [line.split() for line in out.splitlines() if line.startswith(("raccoon", "kangaroo"))] == [
        ["raccoon", "2", "unknown"],
        ["kangaroo", "unknown", "2"],
    ]


@pytest.mark.parametrize(
    ("names", "changes", "code", "message"),
    [
        (["Raccoon"], {}, 2, "`raccoon` and `Raccoon` are two spellings of one class"),
        (["kangaroo", "kangaroo"], {}, 2, "`kangaroo` is the name of 0 and of 1"),
        (
            ["kangaroo"],
            {"tasks.detection.class_names": ["raccoon"]},
            2,
            "`kangaroo` is not among tasks.detection.class_names",
        ),
        (["kangaro"], {"tasks.detection.class_names": ["raccoon", "kangaroo"]}, 2, "did you mean `kangaroo`"),
        (["roo"], {"domains.park.classes": {"detection": {"rooo": "raccoon"}}}, 2, "did you mean `roo`"),
        ([], {}, 2, "domains.park.splits.train: names: empty"),
    ],
)
def test_names_that_cannot_be_meant_are_refused(names, changes, code, message, tmp_path):
    parts = make_experiment(tmp_path)
    make_zoo_and_park(parts, names=names)
    change_config(parts, changes)
    for command in (["check"], ["train", "--run", tmp_path / "run"]):
        found, _, err = call(*command, write_experiment(parts))
        assert found == code and message in err and len(err.splitlines()) == 1, err
    assert not (tmp_path / "run").exists()


def test_a_set_of_nothing_but_crowds_is_a_fault(tmp_path):
    parts = make_experiment(tmp_path)
    for annotation in parts["boxes"]["annotations"]:
        annotation["iscrowd"] = 1
    code, out, err = call("check", write_experiment(parts))
    assert code == 3 and "cell detection@boxed: no training label is of a class; crowds" in err
    change_config(parts, {"domains.boxed.annotates": {"detection": ["blue", "green"]}})
    assert call("check", write_experiment(parts))[0] == 0  # now it is meant


def test_names_are_text_though_yaml_has_other_ideas(tmp_path):
    """As people write it: no, yes, numbers and dates without quotes."""
    parts = make_experiment(tmp_path)
    make_zoo_and_park(parts)
    path = write_experiment(parts)
    path.write_text(path.read_text().replace("- kangaroo", "- no\n      - 2024-01-01\n      - 1e3\n"))
    code, out, err = call("check", path)
    assert code == 0, err
    assert "\nno " in out and "\n2024-01-01 " in out and "\n1e3 " in out

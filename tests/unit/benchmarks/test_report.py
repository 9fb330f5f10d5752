"""What the benchmarks share: timing, tables over seeds, results and how one is shown."""

import json
import pathlib
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "benchmarks"))

import compare_methods  # noqa: E402
import report  # noqa: E402
import result  # noqa: E402
import train_methods  # noqa: E402
import turns  # noqa: E402

pytestmark = pytest.mark.backend_free


def run_of(method, seed, score):
    return {"method": method, "seed": seed, "overrides": [], "test": {"a@b": {"AP": score}}}


def test_extra_cost_is_the_median_of_ratios():
    base = np.random.default_rng(0).uniform(1, 5, 50)
    cost, low, high = turns.extra_cost(1.02 * base, base)
    assert cost == pytest.approx(0.02) and low <= cost + 1e-12 and high >= cost - 1e-12


def test_turns_time_every_action_and_reverse_the_order():
    called = []
    wall, cpu = turns.take_turns(
        {"a": lambda: called.append("a"), "b": lambda: called.append("b")}, rounds=2, warm_up=1
    )
    assert called == ["b", "a", "a", "b", "b", "a"]
    assert len(wall["a"]) == len(cpu["b"]) == 2


def test_result_is_rendered_with_its_targets(tmp_path):
    figures = {"single": np.float32(0.5), "missing": float("nan"), "table": [{"a": 1, "b": 2.0}, {"a": 10_000}]}
    lines = [result.target("speed", "≥ 2", "3", True), result.target("cost", "≤ 1", "2", False)]
    result.write_result("try", "A try", figures, lines, folder=tmp_path, seeds=[3], notes=["It was learnt."])
    stored = json.loads((tmp_path / "try.json").read_text())
    assert stored["figures"]["single"] == 0.5 and stored["figures"]["missing"] is None
    page = report.render_section(stored)
    for text in (
        "| speed | ≥ 2 | 3 | yes |",
        "| cost | ≤ 1 | 2 | **no** |",
        "| 10,000 | – |",
        "- It was learnt.",
        "seeds 3",
    ):
        assert text in page
    assert not list(tmp_path.glob("*.partial"))


def test_a_result_stands_a_row_on_a_line_and_loses_nothing():
    rows = [{"method": "a", "overrides": ["x=1", "y=2"], "test": {"a@b": {"AP": 0.1 + 0.2}}}, {"method": "ü"}]
    content = {
        "seeds": [0, 1],
        "figures": {"table": rows, "one": 1.5, "empty": []},
        "notes": ["One.", "Two."],
        "details": {"tables": {"x": rows[1:]}},
    }
    text = result.condensed(content)
    assert json.loads(text) == content
    assert [line.strip(" ,") for line in text.splitlines()] == [
        "{",
        '"seeds": [0, 1]',
        '"figures": {',
        '"table": [',
        '{"method": "a", "overrides": ["x=1", "y=2"], "test": {"a@b": {"AP": 0.30000000000000004}}}',
        '{"method": "ü"}',
        "]",
        '"one": 1.5',
        '"empty": []',
        "}",
        '"notes": [',
        '"One."',
        '"Two."',
        "]",
        '"details": {',
        '"tables": {',
        '"x": [',
        '{"method": "ü"}',
        "]",
        "}",
        "}",
        "}",
    ]


def test_methods_are_summarised_over_seeds():
    rows = [run_of("joint", 0, 0.4), run_of("joint", 1, 0.6), run_of("base", 0, 0.3), run_of("base", 1, 0.5)]
    table = compare_methods.summarise(rows, {"a@b": {"AP": 0.1}}, [("a@b", "AP")])
    assert [line["AP a@b"] for line in table] == ["0.500 ± 0.141", "0.400 ± 0.141", "0.100"]
    pairs = compare_methods.compare_pairs(rows, "base", [("a@b", "AP")])
    assert pairs == [{"method": "joint − base", "seeds": 2, "AP a@b": "0.100 ± 0.000"}]


def test_scores_are_found_by_method_and_seed():
    rows = [run_of("joint", 0, 0.4), run_of("base", 2, 0.3)]
    scores = compare_methods.scores_of(rows, ["joint", "base", "none"], "a@b", "AP", -1)
    assert scores == {"joint": {0: -0.4}, "base": {2: -0.3}, "none": {}}


def test_finished_runs_are_skipped(tmp_path, monkeypatch):
    trained, parser = [], result.make_parser("")
    train_methods.add_arguments(parser, {"joint": [], "base": []})
    arguments = parser.parse_args(["--seeds", "0", "1", "--results", str(tmp_path), "--runs", str(tmp_path)])

    def train_one(config, folder, sources, split, extra):
        trained.append(folder.name)
        return {"test": {"a@b": {"AP": 0.5}}}

    def describe(rows, no_look):
        assert no_look == {"a@b": {"AP": 0.1}}
        return {"title": "A try", "figures": {}, "targets": [], "notes": [], "details": {"runs": len(rows)}}

    monkeypatch.setattr(train_methods, "train_one", train_one)
    monkeypatch.setattr(
        train_methods, "measure_baselines", lambda path, overrides, sources, split: {"a@b": {"AP": 0.1}}
    )
    given = ("try", result.CONFIGS / "scenes.yaml", {"joint": [], "base": ["method=multi_task"]})
    with train_methods.claimed(tmp_path / "try" / "base_0.lock"):  # another process is at it
        rows, _ = train_methods.train_all(*given, arguments, describe)
    assert trained == ["joint_0", "joint_1", "base_1"] and len(rows) == 3
    for _ in range(2):
        rows, _ = train_methods.train_all(*given, arguments, describe)
    assert trained[3:] == ["base_0"]
    stored = result.read_result("try", tmp_path)
    assert stored["seeds"] == [0, 1] and stored["details"] == {
        "rows": rows,
        "no_look": {"a@b": {"AP": 0.1}},
        "runs": 4,
    }
    assert [(row["method"], row["seed"]) for row in rows] == [("joint", 0), ("joint", 1), ("base", 0), ("base", 1)]
    given[2]["joint"].append("image_size=[64, 64]")  # other settings: trained anew
    train_methods.train_all(*given, arguments, describe)
    assert trained[4:] == ["joint_0", "joint_1"]

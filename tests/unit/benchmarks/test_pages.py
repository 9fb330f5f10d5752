"""The pages that are generated from the results: all of them there, up to date, and true to the figures."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))

import report  # noqa: E402
import verdicts  # noqa: E402

pytestmark = pytest.mark.backend_free
RESULTS = report.read_results()


def run_of(method, seed, score):
    return {"method": method, "seed": seed, "test": {"a@b": {"AP": score}}}


def test_the_pages_are_those_that_the_results_give():
    for name, text in report.render_pages(RESULTS).items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name}: run `make benchmarks`"
    written = {path.relative_to(ROOT).as_posix() for path in (ROOT / report.FOLDER).glob("*.md")}
    assert written == set(report.render_pages({})) - {"BENCHMARKS.md"}


def test_the_first_page_is_one_page():
    assert len((ROOT / "BENCHMARKS.md").read_text(encoding="utf-8").splitlines()) <= 120


def test_every_result_has_a_script_and_stands_on_its_page():
    pages = report.render_pages(RESULTS)
    for name, result in RESULTS.items():
        assert (ROOT / result["command"].split()[1]).is_file(), name
        assert f"## {result['title']}\n" in pages[f"{report.FOLDER}/{report.page_of(name)}.md"]


def test_every_question_is_answered():
    asked = [line for kind in ("how_good", "how_fast", "what_holds") for line in report.QUESTIONS[kind]]
    assert {line["result"] for line in asked if "result" in line} <= set(RESULTS)
    tests = [[line["tests"]] if isinstance(line["tests"], str) else line["tests"] for line in asked if "tests" in line]
    assert [name for names in tests for name in names if not (ROOT / name).exists()] == []


def test_what_is_missed_is_said():
    lines = [line for result in RESULTS.values() for line in result["targets"]]
    page = report.render_answers(RESULTS)
    assert f"{sum(line['met'] for line in lines)} of {len(lines)} aims are met" in page
    assert all(line["text"] in page for line in lines if not line["met"])


@pytest.mark.parametrize(
    ("gaps", "verdict"),
    [
        ([0.02, 0.025, 0.015], "**better**"),
        ([-0.02, -0.025, -0.015], "**worse**"),
        # The mean is 2.91 standard errors from 0, and then 2.93: the quantile for three seeds is 2.92.
        ([0.0291 + 0.0173205 * step for step in (-1, 0, 1)], "no clear difference"),
        ([0.0293 + 0.0173205 * step for step in (-1, 0, 1)], "**better**"),
        ([0.5], "one seed alone"),
        ([0.0, 0.0, 0.0], "equal"),
    ],
)
def test_a_verdict_is_that_of_a_one_sided_t_test(gaps, verdict):
    assert verdicts.judge(gaps) == verdict


def test_methods_are_compared_seed_by_seed():
    rows = [run_of("ours", 0, 0.4), run_of("ours", 1, 0.6), run_of("base", 0, 0.3), run_of("base", 1, 0.5)]
    result = {"details": {"rows": [*rows, run_of("base", 2, 0.9)], "no_look": {"a@b": {"AP": 0.1}}}}
    given = {"cell": "a@b", "metric": "AP"}
    assert verdicts.compare(result, "ours", "base", **given) == (
        "0.500 ± 0.141",
        "0.567 ± 0.306",
        "0.100 ± 0.000",
        "**better**",
    )
    assert verdicts.compare(result, "ours", "base", lower=True, **given)[2:] == ("-0.100 ± 0.000", "**worse**")
    assert verdicts.compare(result, "ours", "no look at the image", **given)[1:3] == ("0.100", "0.400 ± 0.141")


def test_what_has_learnt_nothing_is_the_same_for_every_seed():
    baselines = [run_of("grid", 0, 0.3)]
    result = {"details": {"rows": [run_of("ours", 0, 0.4), run_of("ours", 1, 0.6)], "baselines": baselines}}
    found = verdicts.compare(result, "ours", "grid", cell="a@b", metric="AP")
    assert found == ("0.500 ± 0.141", "0.300", "0.200 ± 0.141", "no clear difference")


def test_a_single_run_gives_no_verdict():
    table = [{"model": "joint", "AP": 0.4}, {"model": "single", "AP": 0.5}]
    found = verdicts.compare({"figures": {"table": table}}, "joint", "single", metric="AP")
    assert found == ("0.400", "0.500", "-0.100", "one seed alone")

"""One network and each data set's own, by one command, stopped in between."""

import json
import shutil

import pytest

from tests.integration.experiment import call, make_experiment, write_experiment


@pytest.fixture
def folder(tmp_path):
    parts = make_experiment(tmp_path)
    parts["config"]["stages"] = [{"name": "train"}]
    write_experiment(parts)
    return tmp_path


def test_what_is_finished_is_not_trained_again(folder):
    code, printed, said = call("train", folder / "config.yaml", "--run", folder / "run", "--singles")
    assert code == 0, said
    sentence = printed.split("\n\n")[-1].splitlines()[0]
    assert sentence.startswith("One network for 2 data sets against 2 of their own, on `test`: ")
    kept = json.loads((folder / "run" / "singles.json").read_text())
    assert kept["said"] == sentence and {"parameters", "multiply-adds"} <= {row[""] for row in kept["rows"]}
    assert sentence in (folder / "run" / "report.html").read_text()
    names = sorted(path.name for path in (folder / "run" / "singles").iterdir())
    assert len(names) == 2
    shutil.rmtree(folder / "run" / "singles" / names[1])  # as if it had been stopped before
    before = (folder / "run" / "singles" / names[0] / "last.weights.h5").stat().st_mtime_ns
    code, again, said = call("train", "--resume", "--run", folder / "run", "--singles")
    assert code == 0, said
    assert (folder / "run" / "singles" / names[0] / "last.weights.h5").stat().st_mtime_ns == before
    assert (folder / "run" / "singles" / names[1] / "metrics.json").exists()
    rows = [{key: row[key] for key in ("joint", "single")} for row in kept["rows"] if "@" in row[""]]
    new = json.loads((folder / "run" / "singles.json").read_text())["rows"]
    assert [{key: row[key] for key in ("joint", "single")} for row in new if "@" in row[""]] == rows


def test_one_data_set_alone_is_refused_before_anything_is_trained(folder):
    code, printed, said = call(
        "train", folder / "config.yaml", "domains.gazed.train=false", "--run", folder / "x", "--singles"
    )
    assert code == 2 and "only `boxed` is trained" in said and not (folder / "x").exists()

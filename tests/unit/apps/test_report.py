from tests.unit.apps.apps import call
from xdomain_keras.apps import report
from xdomain_keras.parts import Parts


def test_the_report_is_written_and_named_and_what_is_below_its_baseline_is_said(monkeypatch, run_folder, capsys):
    given = []

    def load_run(folder, parts, overrides):
        assert isinstance(parts, Parts)
        given.append(overrides)
        return "experiment", run_folder

    def write_evaluation(*arguments):
        given.append(arguments)
        return ["test: a@b: CC 0.100 is below that of the baseline."]

    monkeypatch.setattr("xdomain_keras.experiments.load.load_run", load_run)
    monkeypatch.setattr("xdomain_keras.experiments.evaluate.write_evaluation", write_evaluation)
    assert call(report, run_folder.path, "evaluation.pictures=2") == f"{run_folder.report_file}\n"
    assert given == [["evaluation.pictures=2"], ("experiment", run_folder)]
    assert capsys.readouterr().err == "note: test: a@b: CC 0.100 is below that of the baseline.\n"

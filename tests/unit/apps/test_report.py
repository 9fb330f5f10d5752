from tests.unit.apps.apps import call
from xdomain_keras.apps import report


def test_the_report_is_written_and_named(monkeypatch, run_folder):
    given = []

    def load_run(folder, overrides):
        given.append(overrides)
        return "experiment", run_folder

    package = "xdomain_keras.experiments.evaluate"
    monkeypatch.setattr(f"{package}.load_run", load_run)
    monkeypatch.setattr(f"{package}.write_evaluation", lambda *arguments: given.append(arguments))
    assert call(report, run_folder.path, "evaluation.pictures=2") == f"{run_folder.report_file}\n"
    assert given == [["evaluation.pictures=2"], ("experiment", run_folder)]

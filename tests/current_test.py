"""A pytest plugin that leaves the name of the test that runs in the file which `CURRENT_TEST` names."""

import os
import pathlib


def pytest_runtest_logstart(nodeid):
    pathlib.Path(os.environ["CURRENT_TEST"]).write_text(nodeid, encoding="utf-8")

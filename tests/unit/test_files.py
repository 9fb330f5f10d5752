import os

import pytest

from xdomain_keras.files import write_atomically


def test_text_is_written_and_nothing_else_left(tmp_path):
    path = tmp_path / "log.jsonl"
    write_atomically(path, "first")
    write_atomically(path, "zweite Fassung: ä")
    assert path.read_text(encoding="utf-8") == "zweite Fassung: ä"
    assert list(tmp_path.iterdir()) == [path]


def test_a_crash_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "metrics.json"
    write_atomically(path, "old")

    def crash(*_):
        raise OSError("disk gone")

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError, match="disk gone"):
        write_atomically(path, "new")
    assert path.read_text(encoding="utf-8") == "old"

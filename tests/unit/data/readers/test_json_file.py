import pytest

from tests.unit.data.readers.files import assert_fault, raised_fault, write_json
from xdomain_keras.data.readers.json_file import read_json


def test_utf8_with_and_without_mark_is_read(tmp_path):
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "a.json").write_text('{"näme": 1}', encoding=encoding)
        assert read_json(tmp_path / "a.json") == {"näme": 1}


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ('{"images": [],\n "annotations": [}', "line 2 column 18", ("not valid JSON", "Expecting value")),
        ('{"images": [', "line 1 column 13", ("not valid JSON",)),
        ("", "", ("empty file (0 bytes)", "expected JSON")),
        (" \n", "", ("empty file (2 bytes)",)),
    ],
)
def test_faults_name_line_and_column(tmp_path, content, field, words):
    path = write_json(tmp_path / "a.json", content)
    assert_fault(raised_fault(read_json, path), path, field, *words)


def test_missing_file_folder_and_encoding(tmp_path):
    assert_fault(raised_fault(read_json, tmp_path / "no.json"), tmp_path / "no.json", "", "missing")
    assert_fault(raised_fault(read_json, tmp_path), tmp_path, "", "cannot be read")
    (tmp_path / "latin.json").write_bytes('{"näme": 1}'.encode("latin-1"))
    assert_fault(raised_fault(read_json, tmp_path / "latin.json"), tmp_path / "latin.json", "byte 3", "not UTF-8")

import pytest

from tests.unit.data.readers.files import assert_fault, raised_fault
from xdomain_keras.data.readers.class_names import read_class_names, require_consecutive
from xdomain_keras.errors import ConfigError


@pytest.mark.parametrize("names", [["cat", "dog"], {0: "cat", 1: "dog"}])
def test_lists_and_mappings(names):
    assert read_class_names(names) == {0: "cat", 1: "dog"}


@pytest.mark.parametrize(
    "text", ["names: [cat, dog]", "classes: {0: cat, 1: dog}", "names: {0: cat, 1: dog}\nclasses: 2"]
)
def test_files(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    assert read_class_names(str(tmp_path / "a.yaml")) == {0: "cat", 1: "dog"}


def test_gaps_are_kept_or_refused():
    assert read_class_names({7: "cat", 3: "dog"}) == {7: "cat", 3: "dog"}
    assert require_consecutive({1: "dog", 0: "cat"}) == ["cat", "dog"]
    fault = raised_fault(require_consecutive, {0: "cat", 2: "dog"}, "a.yaml")
    assert_fault(fault, "a.yaml", "names", "ids 0, 2; expected 0 to 1")


def test_what_is_none(tmp_path):
    for names in (None, [], {}, ""):
        with pytest.raises(ConfigError, match="names: empty"):
            read_class_names(names)
    for names in ({"cat": 0}, [None, "yes"], [["a"], "b"], {0: " "}):
        with pytest.raises(ConfigError, match="names: .*; expected a list"):
            read_class_names(names)
    (tmp_path / "a.yaml").write_text("names: {cat: 0}")
    assert_fault(raised_fault(read_class_names, str(tmp_path / "a.yaml")), tmp_path / "a.yaml", "names", "{'cat': '0'}")


@pytest.mark.parametrize("names", [["cat", "dog", "cat"], {0: "cat", 7: "cat"}])
def test_one_name_for_two_numbers_is_refused(names, tmp_path):
    with pytest.raises(ConfigError, match="names: `cat` is the name of 0 and of [27]; give each a name of its own"):
        read_class_names(names)
    (tmp_path / "a.yaml").write_text(f"names: {names}")
    assert_fault(raised_fault(read_class_names, str(tmp_path / "a.yaml")), tmp_path / "a.yaml", "names", "`cat` is")


def test_a_file_of_names_keeps_them_as_they_are_written(tmp_path):
    (tmp_path / "a.yaml").write_text("classes: {0: no, 1: 007}")
    assert read_class_names(str(tmp_path / "a.yaml")) == {0: "no", 1: "007"}

import unicodedata

import pytest

from xdomain_keras.data.file_names import FileNames, canonical

COMPOSED, APART = (unicodedata.normalize(form, "café/é 1.jpg") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (APART, COMPOSED),
        ("\ufeffa.jpg", "a.jpg"),
        ("sub\\a.jpg", "sub/a.jpg"),
        ("./a.jpg", "a.jpg"),
        (" a .jpg ", " a .jpg "),
        ("A.JPG", "A.JPG"),
    ],
)
def test_names_are_compared_as_people_read_them(written, meant):
    assert canonical(written) == meant == canonical(meant)


def test_a_file_is_found_by_any_way_to_write_its_name():
    files = FileNames([APART, "b.jpg"])
    assert files.find(COMPOSED) == files.find(APART) == APART  # as it is stored, so that it can be opened
    assert files.find("./b.jpg") == "b.jpg" and files.find("B.jpg") is None and files.find("b.jpg ") is None


def test_of_two_that_look_the_same_the_exact_one_is_meant():
    files = FileNames([COMPOSED, APART])
    assert files.find(COMPOSED) == COMPOSED and files.find(APART) == APART

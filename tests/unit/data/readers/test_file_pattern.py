import pytest

from xdomain_keras.data.readers.file_pattern import FilePattern
from xdomain_keras.errors import ConfigError

SUFFIXES = (".png", ".bmp")


@pytest.mark.parametrize(
    ("pattern", "folder", "taken", "left", "stem", "name"),
    [
        ("masks", "masks", "x/b.PNG", "x/b.jpg", "x/b", ""),
        ("masks/*_ids.png", "masks", "x/b_ids.png", "x/b_color.png", "x/b", "x/b_ids.png"),
        ("*_ids.png", ".", "b_ids.png", "b.png", "b", "b_ids.png"),
        ("sf/*/GTLeft/*.png", "sf", "SEQ1/GTLeft/7.png", "SEQ1/RGBLeft/7.png", "SEQ1/7", "SEQ1/GTLeft/7.png"),
        ("*/depth/raw/*_d.png", ".", "a/depth/raw/1_d.png", "a/depth/1_d.png", "a/1", "a/depth/raw/1_d.png"),
        ("/data/*/x/*.png", "/data", "s/x/1.png", "s/y/1.png", "s/1", "s/x/1.png"),
    ],
)
def test_a_pattern_takes_files_and_knows_their_stem(pattern, folder, taken, left, stem, name):
    pattern = FilePattern(pattern)
    assert pattern.folder == folder
    assert pattern.matches(taken, SUFFIXES) and not pattern.matches(left, SUFFIXES)
    assert pattern.stem(taken) == stem and pattern.name(stem) == name


WRONG = ["x/*/a.png", "x/a*.png", "x/*a*.png", "x/b*/y/*.png", "x/*b/y/*.png", "*/*/y/*.png"]


@pytest.mark.parametrize("pattern", WRONG)
def test_a_star_elsewhere_is_refused(pattern):
    with pytest.raises(ConfigError, match=r"a `\*` may begin the last part, as in .*, and another be a part of its"):
        FilePattern(pattern)

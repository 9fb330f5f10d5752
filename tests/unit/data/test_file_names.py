import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdomain_keras.data.file_names import FileNames, canonical


@given(st.text(max_size=12))
def test_a_name_is_canonical_once(name):
    once = canonical(name)
    assert canonical(unicodedata.normalize("NFD", once)) == canonical(once)
    assert "\\" not in once and not once.startswith("\ufeff")


WRITTEN = ["sub/café 1.jpg", "sub\\café 1.jpg", "./sub/café 1.jpg", "\ufeffsub/cafe\u0301 1.jpg"]


@pytest.mark.parametrize("given", WRITTEN)
@pytest.mark.parametrize("stored", ["sub/café 1.jpg", "sub/cafe\u0301 1.jpg"])
def test_a_name_means_the_file_however_it_is_written(stored, given):
    assert FileNames(["other.jpg", stored]).find(given) == stored


@pytest.mark.parametrize("given", ["sub/café  1.jpg", "sub/café1.jpg", "café 1.jpg", "sub/cafe 1.jpg"])
def test_other_names_are_not_found(given):
    assert FileNames(["sub/café 1.jpg"]).find(given) is None


def test_the_very_name_goes_first():
    both = ["café.jpg", "cafe\u0301.jpg"]
    assert [FileNames(both).find(name) for name in both] == both

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdomain_keras.data.readers.pairing import pair_by_stem

STEMS = st.lists(st.text(st.sampled_from("aé 1_/"), min_size=1, max_size=6), unique=True, max_size=8)


def stem(name):
    return os.path.splitext(name)[0]


def pair(images, files):
    return pair_by_stem(images, files, stem, stem)


@given(STEMS, STEMS)
def test_every_name_goes_to_one_place(images, files):
    images, files = [f"{name}.jpg" for name in images], [f"{name}.png" for name in files]
    pairing = pair(images, files)
    assert {stem(image) for image in pairing.files} == {*map(stem, images)} & {*map(stem, files)}
    assert all(stem(image) == stem(file) for image, file in pairing.files.items())
    assert sorted([*pairing.files, *pairing.lone_images]) == sorted(images)
    assert sorted([*pairing.files.values(), *pairing.lone_files.values()]) == sorted(files)
    assert not pairing.twin_images and not pairing.twin_files


def test_the_first_of_two_counts():
    pairing = pair(["a.jpg", "a.png", "b.jpg"], ["a.txt", "a.TXT", "c.txt", "c.TXT"])
    assert pairing.files == {"a.jpg": "a.txt"} and pairing.lone_images == ["b.jpg"]
    assert pairing.twin_images == {"a.png": "a.jpg"} and pairing.lone_files == {"c": "c.txt"}
    assert pairing.twin_files == {"a.TXT": "a.txt", "c.TXT": "c.txt"}


@pytest.mark.parametrize(
    ("image", "file"),
    [
        (unicodedata.normalize("NFD", "café.jpg"), "café.png"),  # as macOS stores it
        ("one two .jpg", "one two .png"),
        ("\ufeffa.jpg", "a.png"),
    ],
)
def test_names_that_mean_the_same_are_a_pair(image, file):
    assert pair([image], [file]).files == {image: file}


def test_spaces_count():
    assert pair(["a 1.jpg"], ["a1.png", "a  1.png"]).files == {}

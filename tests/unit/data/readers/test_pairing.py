import unicodedata

from xdomain_keras.data.readers.pairing import pair_by_stem


def stem(name):
    return name.rpartition(".")[0]


def label_stem(name):
    return stem(name).removesuffix("_label")


def test_images_and_label_files_of_one_stem_belong_together():
    images = ["b/1.jpg", "a/2.png", "a/3.jpg", "4.jpg"]
    files = ["a/3_label.png", "b/1_label.png", "c_label.png", "a/2_label.png"]
    pairing = pair_by_stem(images, files, stem, label_stem)
    assert pairing.files == {"b/1.jpg": "b/1_label.png", "a/2.png": "a/2_label.png", "a/3.jpg": "a/3_label.png"}
    assert list(pairing.files) == images[:3]  # in the order of the images
    assert pairing.lone_images == ["4.jpg"] and pairing.lone_files == {"c": "c_label.png"}
    assert pairing.twin_images == pairing.twin_files == {}


def test_of_two_with_one_stem_the_first_counts_and_the_other_is_told():
    pairing = pair_by_stem(["a.png", "a.jpg", "b.png"], ["b.txt", "a.txt", "b.md", "b.csv"], stem, stem)
    assert pairing.files == {"a.png": "a.txt", "b.png": "b.txt"}
    assert pairing.twin_images == {"a.jpg": "a.png"}
    assert pairing.twin_files == {"b.md": "b.txt", "b.csv": "b.txt"}
    assert pairing.lone_images == [] and pairing.lone_files == {}


def test_letters_are_the_same_however_a_computer_writes_them():
    """macOS takes an umlaut apart where others keep it in one piece; spaces belong to the name."""
    composed, apart = (unicodedata.normalize(form, "Fuß über Straße") for form in ("NFC", "NFD"))
    assert composed != apart
    pairing = pair_by_stem([f"{composed}.jpg", " a.jpg"], [f"{apart}.png", "a.png"], stem, stem)
    assert pairing.files == {f"{composed}.jpg": f"{apart}.png"}
    assert pairing.lone_images == [" a.jpg"] and list(pairing.lone_files) == ["a"]
    twins = pair_by_stem([f"{composed}.jpg", f"{apart}.jpg"], [], stem, stem)
    assert twins.twin_images == {f"{apart}.jpg": f"{composed}.jpg"}


def test_nothing_pairs_with_nothing():
    pairing = pair_by_stem([], [], stem, stem)
    assert (pairing.files, pairing.lone_images, pairing.lone_files) == ({}, [], {})

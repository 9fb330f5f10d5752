"""Which label file belongs to which image: those of one stem."""

import dataclasses

from xdomain_keras.data.file_names import canonical


@dataclasses.dataclass(frozen=True)
class Pairing:
    """Images and label files, paired by what their names share.

    Attributes:
        files: dict of image → label file.
        lone_images: list of the images without a label file.
        lone_files: dict of stem → label file, of those without an image.
        twin_images: dict of image → another image of the same stem, that comes before it.
        twin_files: dict of label file → another of the same stem, that comes before it.

    Example:

    >>> pairing = pair_by_stem(["a.jpg", "b.jpg"], ["a.png", "c.png"], *[lambda name: name.rpartition(".")[0]] * 2)
    >>> pairing.files, pairing.lone_images, pairing.lone_files
    ({'a.jpg': 'a.png'}, ['b.jpg'], {'c': 'c.png'})
    """

    files: dict
    lone_images: list
    lone_files: dict
    twin_images: dict
    twin_files: dict


def pair_by_stem(images, files, image_stem, file_stem):
    """Pair images with label files whose names have the same stem.

    Args:
        images: list of names of images; of two with one stem the first counts.
        files: list of names of label files; of two with one stem the first counts.
        image_stem: callable, name of an image → its stem.
        file_stem: callable, name of a label file → its stem.

    Returns:
        `Pairing`.
    """
    first_images, twin_images = by_stem(images, image_stem)
    first_files, twin_files = by_stem(files, file_stem)
    return Pairing(
        {image: first_files[stem] for stem, image in first_images.items() if stem in first_files},
        [image for stem, image in first_images.items() if stem not in first_files],
        {stem: file for stem, file in first_files.items() if stem not in first_images},
        twin_images,
        twin_files,
    )


def by_stem(names, stem_of):
    """(dict of stem → the first name that has it, dict of each other name → that first one)."""
    first, twins = {}, {}
    for name in names:
        other = first.setdefault(canonical(stem_of(name)), name)
        if other != name:
            twins[name] = other
    return first, twins

"""Sources over the same images, side by side."""

from xdomain_keras.data.wrapper import Wrapper
from xdomain_keras.errors import DataError


class Joined(Wrapper):
    """Several sources over the same images, joined by `id`: one sample with the labels of all.

    Args:
        sources: list of `Source`; the first gives the images and their order, and each of its images must be in all
            others. Where two carry a kind of label, the last one's labels and names count.

    Raises:
        DataError: an image of the first source is missing in another that has no faults.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> image = np.zeros((1, 4, 4, 3), np.uint8)
    >>> edges, depth = np.zeros((1, 4, 4), np.uint8), np.ones((1, 4, 4), np.float32)
    >>> joined = Joined([Arrays({"image": image, "edges": edges}), Arrays({"image": image, "depth_meters": depth})])
    >>> sorted(joined[0])
    ['depth_meters', 'edges', 'id', 'image']
    """

    def __init__(self, sources):
        rows = [{name: row for row, name in enumerate(source.ids)} for source in sources]
        ids = sources[0].ids
        for source, own in zip(sources, rows, strict=True):
            missing = [name for name in ids if name not in own]
            if missing and source.faults:  # which say why an image was left out
                ids = [name for name in ids if name in own]
            elif missing:
                raise DataError(
                    f"{type(source).__name__}: no entry for {len(missing)} of {len(sources[0])} images, the first is "
                    f"{missing[0]!r}; join sources over the same images only."
                )
        super().__init__(sources, ids, [list(zip(sources, [own[name] for own in rows], strict=True)) for name in ids])

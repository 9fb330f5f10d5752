"""Sources one after the other."""

from xdomain_keras.data.wrapper import Wrapper
from xdomain_keras.errors import DataError


class Concatenated(Wrapper):
    """The samples of several sources in turn, as `train` and `val` of a data set that is trained on both.

    Args:
        sources: list of `Source` with the same names of classes; an image may lack labels that others have.

    Raises:
        DataError: names of classes differ, or two sources have an image of one id.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> first, second = (Arrays({"id": [name], "image": np.zeros((1, 4, 4, 3), np.uint8)}) for name in "ab")
    >>> Concatenated([first, second])[1]["id"]
    'b'
    """

    def __init__(self, sources):
        names = {}
        for source in sources:
            for kind, own in source.names.items():
                if names.setdefault(kind, own) != own:
                    raise DataError(
                        f"concatenate: the names of {kind} are {names[kind]} and {own}; expected the same in all "
                        "sources."
                    )
        places = [[(source, row)] for source in sources for row in range(len(source))]
        super().__init__(sources, [name for source in sources for name in source.ids], places)
        if len(set(self.ids)) < len(self.ids):
            twice = next(name for name in self.ids if self.ids.count(name) > 1)
            raise DataError(f"concatenate: {twice!r} is in two sources; expected each image once.")

"""Names of files, compared as people mean them."""

import unicodedata


def canonical(name):
    r"""A file name as it is compared: composed accents, no byte order mark, `/` between folders, spaces kept.

    macOS stores é as e and an accent, Windows writes `\`, and some editors begin a file with a byte order mark; a name
    that was written on one system still means the same file on another.

    Example:

    >>> canonical("\ufeffsub\\cafe\u0301 1.jpg") == "sub/caf\u00e9 1.jpg"
    True
    """
    name = unicodedata.normalize("NFC", name.lstrip("\ufeff")).replace("\\", "/")
    return name.removeprefix("./")


class FileNames:
    r"""The names of the files that there are, to be found by the names that annotations give them.

    Args:
        names: iterable of str, as they are stored.

    Example:

    >>> files = FileNames(["caf\u00e9.jpg"])
    >>> files.find("cafe\u0301.jpg") == "caf\u00e9.jpg", files.find("tea.jpg")
    (True, None)
    """

    def __init__(self, names):
        self.exact = set(names)
        self.found = {canonical(name): name for name in names}

    def find(self, name):
        """The stored name that a name means, or None."""
        return name if name in self.exact else self.found.get(canonical(name))

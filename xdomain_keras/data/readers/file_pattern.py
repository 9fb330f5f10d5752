"""Which files of a folder belong to a source, and what the names of those that belong together share."""

import os
import re

from xdomain_keras.errors import ConfigError

STARS = re.compile(r"(?:(?P<folder>[^*]*)/)?(?:\*(?P<middle>/[^*]+)/)?\*(?P<end>[^*/]+)")


class FilePattern:
    """A folder, or a pattern such as `gtFine/train/*_labelIds.png` or `SYNTHIA-SF/*/GTLeft/*.png`.

    What the stars stand for is the stem; the last star, and one of two, may stand for folders as well.

    Args:
        pattern: path; one star begins the last part, and another may be a part of its own before it.

    Attributes:
        folder: below which the files are.
        end: of their names; empty where the pattern is a folder.

    Raises:
        ConfigError: a star elsewhere.

    Example:

    >>> pattern = FilePattern("SYNTHIA-SF/*/GTLeft/*.png")
    >>> pattern.folder, pattern.stem("SEQ1/GTLeft/0000007.png")
    ('SYNTHIA-SF', 'SEQ1/0000007')
    """

    def __init__(self, pattern):
        self.pattern, self.folder, self.middle, self.end = pattern, pattern, "", ""
        if "*" not in pattern:
            return
        parts = STARS.fullmatch(pattern)
        if not parts:
            raise ConfigError(
                f"{pattern}: a `*` may begin the last part, as in `masks/*_labelIds.png`, and another be a part of its "
                "own, as in `data/*/masks/*.png`."
            )
        self.folder, self.end = parts["folder"] or ".", parts["end"]
        self.middle = f"{parts['middle']}/" if parts["middle"] else ""

    def matches(self, name, suffixes):
        """Whether a file belongs here, by its path below the folder; `suffixes` are those of a folder's files."""
        ends = (self.end.lower(),) if self.end else suffixes
        return name.lower().endswith(ends) and (not self.middle or self.middle in name)

    def stem(self, name):
        """What the name of a file has in common with those of the files that belong to it."""
        stem = name[: -len(self.end)] if self.end else os.path.splitext(name)[0]
        return stem.replace(self.middle, "/", 1) if self.middle else stem

    def name(self, stem):
        """The name that a file of this stem would have; empty where the pattern is a folder."""
        if not self.end:
            return ""
        first, _, last = stem.partition("/") if self.middle else (stem, "", "")
        return f"{first}{self.middle}{last}{self.end}"

"""Writing files so that nothing is ever left half-written."""

import os


def write_atomically(path, text):
    """Write a text file; a crash leaves the old one whole.

    Args:
        path: `pathlib.Path` of the file.
        text: its new content.
    """
    temporary = path.with_name(path.name + ".partial")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)

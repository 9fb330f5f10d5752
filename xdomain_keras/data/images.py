"""Image files as arrays: decoding that refuses damaged files, and sizes from the header alone.

Annotations are drawn on the stored pixel grid, so the EXIF orientation is ignored everywhere: an image
and its size are those of the stored pixels. A viewer that turns the picture shows another grid.
"""

import re
import struct
import zlib

import cv2
import numpy as np

from xdomain_keras.data.fault import DataFault

IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# A marker is FF and a code; FF 00 is a stuffed data byte, D0-D7 restart a scan, FF FF is fill (ITU-T T.81, B.1.1).
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read_image(path):
    """Decode an image file as 8-bit RGB, as stored.

    Grey images are repeated over the three channels, alpha is dropped, 16 bits keep their upper 8, and the
    EXIF orientation is ignored (see the module). A file that was cut off is found by its missing end; wrong bytes
    in the middle of a JPEG go unseen, since the format has no checksum.

    Args:
        path: path of a JPEG, PNG, BMP, TIFF or WebP file.

    Returns:
        uint8 `[H, W, 3]`, RGB.

    Raises:
        DataFault: the file is missing, empty, no image, cut off, or damaged.

    Example:

    >>> import os, tempfile, cv2
    >>> path = os.path.join(tempfile.mkdtemp(), "grey.png")
    >>> _ = cv2.imwrite(path, np.full((2, 3), 7, np.uint8))
    >>> read_image(path).shape
    (2, 3, 3)
    """
    return cv2.cvtColor(_decode(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION), cv2.COLOR_BGR2RGB)


def read_grey(path):
    """Decode a one-channel map in its stored depth; of several channels the brightest counts.

    Args:
        path: path of an image file.

    Returns:
        uint8 or uint16 `[H, W]`.

    Raises:
        DataFault: as `read_image`.

    Example:

    >>> import os, tempfile, cv2
    >>> path = os.path.join(tempfile.mkdtemp(), "map.png")
    >>> _ = cv2.imwrite(path, np.full((2, 3), 40000, np.uint16))
    >>> read_grey(path).max()
    np.uint16(40000)
    """
    pixels = _decode(path, cv2.IMREAD_UNCHANGED)  # which ignores the orientation, too
    return pixels if pixels.ndim == 2 else pixels[..., :3].max(axis=-1)


def read_stored(path):
    """Decode a map of numbers exactly as stored: the indices of a palette, and 1 for the 1 of a file of 1 bit.

    Args:
        path: path of an image file.

    Returns:
        uint8 or uint16 `[H, W]`, or `[H, W, 3]` RGB where the file has colours; alpha is dropped.

    Raises:
        DataFault: as `read_image`.

    Example:

    >>> import os, tempfile, cv2
    >>> path = os.path.join(tempfile.mkdtemp(), "ids.png")
    >>> _ = cv2.imwrite(path, np.eye(2, dtype=np.uint8), [cv2.IMWRITE_PNG_BILEVEL, 1])
    >>> read_stored(path).tolist()
    [[1, 0], [0, 1]]
    """
    pixels = _decode(path, cv2.IMREAD_UNCHANGED, _drop_palette)
    with open(path, "rb") as file:
        head = file.read(26)
    if head.startswith(_PNG) and head[24] < 8 and pixels.ndim == 2:
        pixels = pixels // (255 // (2 ** head[24] - 1))  # decoders spread fewer bits over 0 to 255
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., 2::-1])


def read_image_size(path):
    """Return the stored `(height, width)` of an image in pixels, from the header of a JPEG or PNG.

    Args:
        path: path of an image file; formats other than JPEG and PNG are decoded.

    Returns:
        Tuple of int, `(height, width)`.

    Raises:
        DataFault: as `read_image`; damage behind the header goes unseen.

    Example:

    >>> import os, tempfile, cv2
    >>> path = os.path.join(tempfile.mkdtemp(), "grey.jpg")
    >>> _ = cv2.imwrite(path, np.zeros((2, 3), np.uint8))
    >>> read_image_size(path)
    (2, 3)
    """
    try:
        with open(path, "rb") as file:
            head = file.read(24)
            if head.startswith(_PNG) and len(head) == 24:
                return struct.unpack(">II", head[16:])[::-1]
            if head.startswith(_JPEG) and (size := _read_jpeg_size(file)):
                return size
    except OSError:
        pass  # _decode says what is wrong
    return _decode(path, cv2.IMREAD_UNCHANGED).shape[:2]


def _read_jpeg_size(file):
    """Walk the segments up to the frame header; None where there is none, or its height comes later (DNL)."""
    file.seek(2)
    while len(start := file.read(4)) == 4 and start[0] == 0xFF:
        if start[1] == 0xFF:  # a fill byte
            file.seek(-3, 1)
        elif start[1] in _JPEG_FRAMES:
            frame = file.read(5)
            size = struct.unpack(">HH", frame[1:]) if len(frame) == 5 else (0, 0)
            return size if all(size) else None
        else:
            file.seek(int.from_bytes(start[2:], "big") - 2, 1)
    return None


def _drop_palette(data):
    """A PNG of palette indices as one of grey levels, since OpenCV would look the colours up; others as they are."""
    if not (data.startswith(_PNG) and data[25] == 3):
        return data
    header = b"IHDR" + data[16:25] + b"\0" + data[26:29]
    parts, position = [_PNG, data[8:12], header, struct.pack(">I", zlib.crc32(header))], 33
    while position + 12 <= len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] in (b"IDAT", b"IEND"):
            parts.append(data[position:end])
        position = end
    return b"".join(parts)


def _decode(path, flags, prepare=None):
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise DataFault(path, "", "missing; expected an image file.") from None
    except OSError as error:
        raise DataFault(path, "", f"cannot be read ({error.strerror}); expected an image file.") from None
    if not data:
        raise DataFault(path, "", "empty file (0 bytes); copy it again.")
    # Decoders fill the lost part of a cut file with grey, so the end is looked for first.
    for name, signature, has_end in (("JPEG", _JPEG, _has_jpeg_end), ("PNG", _PNG, _has_png_end)):
        if data.startswith(signature) and not has_end(data):
            raise DataFault(path, "", f"{name} cut off: {len(data)} bytes without an end marker; copy it again.")
    try:
        pixels = cv2.imdecode(np.frombuffer(prepare(data) if prepare else data, np.uint8), flags)
    except cv2.error as error:
        raise DataFault(path, "", f"cannot be decoded ({error.err}); re-encode it as JPEG or PNG.") from None
    if pixels is None:
        known = data.startswith((_JPEG, _PNG))
        what = "damaged image" if known else f"not an image (it starts with {data[:8]!r})"
        raise DataFault(path, "", f"{what}; expected JPEG, PNG, BMP, TIFF or WebP: copy it again or re-encode it.")
    return pixels


def _has_jpeg_end(data):
    """Look for the end of the image itself: a thumbnail's lies inside a segment, other bytes may follow it."""
    position = 2
    while match := _JPEG_MARKER.search(data, position):
        if match[0] == b"\xff\xd9":
            return True
        position = match.end() + int.from_bytes(data[match.end() : match.end() + 2], "big")
    return False


def _has_png_end(data):
    position = len(_PNG)
    while (end := position + 12 + int.from_bytes(data[position : position + 4], "big")) <= len(data):
        if data[position + 4 : position + 8] == b"IEND":
            return True
        position = end
    return False

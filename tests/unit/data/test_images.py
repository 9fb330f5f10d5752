import struct

import cv2
import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, raised_fault, write_image
from xdomain_keras.data.images import read_grey, read_image, read_image_size, read_stored


def encode(suffix, pixels, *options):
    return cv2.imencode(suffix, pixels, list(options))[1].tobytes()


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


def with_exif(data, orientation, payload=b""):
    """Put an APP1 segment with an orientation, and any bytes, behind the start of a JPEG."""
    tiff = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + b"\0\0\0\0"
    body = b"Exif\0\0" + tiff + payload
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff"])
def test_lossless_formats_are_read_as_rgb(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    expected = write_image(path)
    np.testing.assert_array_equal(read_image(path), expected)
    assert read_image(path).dtype == np.uint8
    assert read_image_size(path) == (20, 30)


def test_jpeg_keeps_the_order_of_channels(tmp_path):
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 2] = 200  # BGR
    (tmp_path / "a.jpg").write_bytes(encode(".jpg", red))
    np.testing.assert_allclose(read_image(tmp_path / "a.jpg").mean((0, 1)), [200, 0, 0], atol=3)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (np.full((4, 5), 7, np.uint8), [7, 7, 7]),
        (np.full((4, 5, 4), (1, 2, 3, 0), np.uint8), [3, 2, 1]),
        (np.full((4, 5), 0x80FF, np.uint16), [0x80, 0x80, 0x80]),
        (np.full((4, 5, 3), (0x01FF, 0x0200, 0xFFFF), np.uint16), [255, 2, 1]),
        (np.full((4, 5, 4), (0x0100, 0x0200, 0x0300, 0), np.uint16), [3, 2, 1]),
    ],
    ids=["grey", "rgba", "grey16", "rgb16", "rgba16"],
)
def test_other_channel_counts_and_depths_become_rgb8(tmp_path, stored, expected):
    (tmp_path / "a.png").write_bytes(encode(".png", stored))
    image = read_image(tmp_path / "a.png")
    assert image.dtype == np.uint8 and image.shape == (4, 5, 3)
    np.testing.assert_array_equal(image[2, 3], expected)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_exif_orientation_is_ignored(tmp_path, pixels, orientation):
    plain = encode(".jpg", pixels)
    (tmp_path / "plain.jpg").write_bytes(plain)
    (tmp_path / "turned.jpg").write_bytes(with_exif(plain, orientation))
    np.testing.assert_array_equal(read_image(tmp_path / "turned.jpg"), read_image(tmp_path / "plain.jpg"))
    assert read_image_size(tmp_path / "turned.jpg") == (40, 60)
    if orientation == 6:  # the file does carry an orientation that a decoder would follow
        assert cv2.imread(str(tmp_path / "turned.jpg")).shape[:2] == (60, 40)


JPEG_KINDS = {
    "baseline": (),
    "progressive": (cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "restarts": (cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
}


@pytest.mark.parametrize("kind", JPEG_KINDS)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.5, 0.8, 0.99, -2, -1])
def test_cut_jpeg_is_a_fault(tmp_path, pixels, kind, part):
    data = encode(".jpg", pixels, *JPEG_KINDS[kind])
    length = len(data) + part if part < 0 else int(len(data) * part)
    (tmp_path / "a.jpg").write_bytes(data[:length])
    fault = raised_fault(read_image, tmp_path / "a.jpg")
    assert_fault(fault, tmp_path / "a.jpg", "", "JPEG cut off", f"{length} bytes", "copy it again")


def test_jpeg_whose_tail_is_zeros_is_a_fault(tmp_path, pixels):
    data = encode(".jpg", pixels)
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    assert_fault(raised_fault(read_image, tmp_path / "a.jpg"), tmp_path / "a.jpg", "", "JPEG cut off")


def test_end_marker_of_a_thumbnail_does_not_count(tmp_path, pixels):
    data = with_exif(encode(".jpg", pixels), 1, payload=encode(".jpg", pixels[:8, :8]))
    (tmp_path / "whole.jpg").write_bytes(data)
    assert read_image(tmp_path / "whole.jpg").shape == (40, 60, 3)
    assert read_image_size(tmp_path / "whole.jpg") == (40, 60)
    (tmp_path / "cut.jpg").write_bytes(data[:-400])
    assert_fault(raised_fault(read_image, tmp_path / "cut.jpg"), tmp_path / "cut.jpg", "", "JPEG cut off")


@pytest.mark.parametrize("kind", JPEG_KINDS)
@pytest.mark.parametrize("tail", [b"\0", b"\0" * 100, b"trailing \xff\xd8\xff bytes", b"\xff\xe1\x00\x10"])
def test_bytes_behind_the_end_of_a_jpeg_pass(tmp_path, pixels, kind, tail):
    data = encode(".jpg", pixels, *JPEG_KINDS[kind])
    (tmp_path / "a.jpg").write_bytes(data + tail)
    np.testing.assert_array_equal(
        read_image(tmp_path / "a.jpg"), cv2.imdecode(np.frombuffer(data, np.uint8), 1)[..., ::-1]
    )
    assert read_image_size(tmp_path / "a.jpg") == (40, 60)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99, -4, -1])
def test_cut_png_is_a_fault(tmp_path, pixels, part):
    data = encode(".png", pixels)
    length = len(data) + part if part < 0 else int(len(data) * part)
    (tmp_path / "a.png").write_bytes(data[:length])
    fault = raised_fault(read_image, tmp_path / "a.png")
    assert_fault(fault, tmp_path / "a.png", "", "PNG cut off", f"{length} bytes")


def test_bytes_behind_the_end_of_a_png_pass(tmp_path, pixels):
    (tmp_path / "a.png").write_bytes(encode(".png", pixels) + b"tail")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), pixels[..., ::-1])


def test_damaged_png_is_a_fault(tmp_path, pixels):
    data = bytearray(encode(".png", pixels))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    assert_fault(raised_fault(read_image, tmp_path / "a.png"), tmp_path / "a.png", "", "damaged image")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ("missing", "expected an image file")),
        (b"", ("empty file (0 bytes)",)),
        (b"<!DOCTYPE html>", ("not an image", "<!DOCTYP", "expected JPEG, PNG")),
        (b"\xff\xd8", ("not an image",)),
    ],
    ids=["missing", "empty", "html", "two bytes"],
)
@pytest.mark.parametrize("read", [read_image, read_image_size, read_grey])
def test_no_image_is_a_fault(tmp_path, read, content, words):
    path = tmp_path / "a.jpg"
    if content is not None:
        path.write_bytes(content)
    assert_fault(raised_fault(read, path), path, "", *words)


def test_folder_in_place_of_an_image_is_a_fault(tmp_path):
    assert_fault(raised_fault(read_image, tmp_path), tmp_path, "", "cannot be read")


@pytest.mark.parametrize("kind", JPEG_KINDS)
def test_size_of_a_jpeg_needs_only_its_header(tmp_path, pixels, kind):
    data = encode(".jpg", pixels, *JPEG_KINDS[kind])
    (tmp_path / "a.jpg").write_bytes(with_exif(data[: len(data) * 3 // 4], 1, bytes(60000)))
    assert read_image_size(tmp_path / "a.jpg") == (40, 60)


def test_size_passes_fill_bytes_between_segments(tmp_path, pixels):
    data = encode(".jpg", pixels)
    (tmp_path / "a.jpg").write_bytes(data[:2] + b"\xff\xff\xff" + data[2:])
    assert read_image_size(tmp_path / "a.jpg") == read_image(tmp_path / "a.jpg").shape[:2] == (40, 60)


def test_size_passes_tables_before_the_frame(tmp_path, pixels):
    data = encode(".jpg", pixels)
    start = data.index(b"\xff\xc4")  # a Huffman table, whose marker lies among those of frames
    table = data[start : start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")]
    (tmp_path / "a.jpg").write_bytes(data[:2] + table + data[2:])
    assert read_image_size(tmp_path / "a.jpg") == read_image(tmp_path / "a.jpg").shape[:2] == (40, 60)


def test_size_of_a_jpeg_cut_in_its_header_is_a_fault(tmp_path, pixels):
    (tmp_path / "a.jpg").write_bytes(encode(".jpg", pixels)[:30])
    assert_fault(raised_fault(read_image_size, tmp_path / "a.jpg"), tmp_path / "a.jpg", "", "JPEG cut off")


def test_grey_keeps_16_bits_and_takes_the_brightest_channel(tmp_path):
    (tmp_path / "a.png").write_bytes(encode(".png", np.full((2, 3), 40000, np.uint16)))
    assert read_grey(tmp_path / "a.png").dtype == np.uint16 and read_grey(tmp_path / "a.png").max() == 40000
    (tmp_path / "b.png").write_bytes(encode(".png", np.full((2, 3, 4), (1, 9, 4, 255), np.uint8)))
    np.testing.assert_array_equal(read_grey(tmp_path / "b.png"), np.full((2, 3), 9))


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (np.full((4, 5), 7, np.uint8), 7),
        (np.full((4, 5), 0x80FF, np.uint16), 0x80FF),
        (np.full((4, 5, 3), (1, 2, 3), np.uint8), [3, 2, 1]),
        (np.full((4, 5, 4), (1, 2, 3, 0), np.uint8), [3, 2, 1]),
    ],
    ids=["grey", "grey16", "rgb", "rgba"],
)
def test_stored_numbers_stay_as_they_are(tmp_path, stored, expected):
    (tmp_path / "a.png").write_bytes(encode(".png", stored))
    pixels = read_stored(tmp_path / "a.png")
    assert pixels.dtype == stored.dtype
    np.testing.assert_array_equal(pixels[2, 3], expected)

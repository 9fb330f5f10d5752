import numpy as np
import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.anchors import (
    SSD300_ASPECT_RATIOS,
    SSD300_FEATURE_SIZES,
    SSD300_STEPS,
    count_anchors,
    make_anchors,
    make_scales,
)


def ssd300_by_hand():
    """The published SSD300 boxes for COCO, loop by loop, in pixels of 300."""
    sizes = (21, 45, 99, 153, 207, 261, 315)
    boxes = []
    for level, cells in enumerate(SSD300_FEATURE_SIZES):
        for row in range(cells):
            for column in range(cells):
                x, y = (column + 0.5) * SSD300_STEPS[level], (row + 0.5) * SSD300_STEPS[level]
                shapes = [(sizes[level], sizes[level]), ((sizes[level] * sizes[level + 1]) ** 0.5,) * 2]
                for ratio in SSD300_ASPECT_RATIOS[level]:
                    long, short = sizes[level] * ratio**0.5, sizes[level] / ratio**0.5
                    shapes += [(long, short), (short, long)]
                boxes += [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for w, h in shapes]
    return np.array(boxes) / 300


def test_ssd300_is_the_published_set():
    sizes = [(cells, cells) for cells in SSD300_FEATURE_SIZES]
    anchors = make_anchors((300, 300), sizes, None, SSD300_ASPECT_RATIOS, SSD300_STEPS)
    assert anchors.shape == (8732, 4) and anchors.dtype == np.float32
    np.testing.assert_allclose(anchors, ssd300_by_hand(), atol=1e-6)


def test_squares_are_square_in_pixels_of_a_wide_image():
    anchors = make_anchors((96, 128), [(3, 4)], (0.2, 0.5), (2,))
    pixels = anchors * np.array([128, 96, 128, 96])
    width, height = pixels[:, 2] - pixels[:, 0], pixels[:, 3] - pixels[:, 1]
    np.testing.assert_allclose(width[:4], 96 * np.array([0.2, 0.1**0.5, 0.2 * 2**0.5, 0.2 / 2**0.5]), rtol=1e-5)
    np.testing.assert_allclose(width[:2], height[:2], rtol=1e-5)
    centers = (pixels[::4, :2] + pixels[::4, 2:]) / 2
    np.testing.assert_allclose(centers[:5], [[16, 16], [48, 16], [80, 16], [112, 16], [16, 48]], rtol=1e-5)


@pytest.mark.parametrize("num_levels", [1, 2, 5])
def test_scales_start_and_grow(num_levels):
    scales = make_scales(num_levels)
    assert len(scales) == num_levels + 1 and list(scales) == sorted(scales) and scales[0] == 0.07


def test_count_of_a_cell_is_what_is_laid():
    for ratios in ((), (2,), (2, 3), (1.5, 2, 3)):
        assert len(make_anchors((32, 32), [(1, 1)], None, ratios)) == count_anchors(ratios)


@pytest.mark.parametrize("options", [{"scales": (0.1,)}, {"steps": (8,)}, {"aspect_ratios": ((2,), (2,), (2,))}])
def test_a_wrong_number_of_levels_is_said(options):
    with pytest.raises(ConfigError, match=next(iter(options)) + r": got \d"):
        make_anchors((32, 32), [(4, 4), (2, 2)], **options)

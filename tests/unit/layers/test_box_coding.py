import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers.box_coding import decode_boxes, encode_boxes, pairwise_iou, to_center


def random_boxes(shape, seed):
    low, size = np.random.default_rng(seed).uniform(0.01, 0.5, (2, *shape, 2))
    return np.concatenate([low, low + size], axis=-1).astype("float32")


def test_code_is_the_formula():
    box, anchor = random_boxes((5,), 0), random_boxes((5,), 1)
    size, anchor_size = box[:, 2:] - box[:, :2], anchor[:, 2:] - anchor[:, :2]
    center, anchor_center = box[:, :2] + size / 2, anchor[:, :2] + anchor_size / 2
    expected = np.concatenate([(center - anchor_center) / anchor_size / 0.1, np.log(size / anchor_size) / 0.2], axis=-1)
    np.testing.assert_allclose(ops.convert_to_numpy(encode_boxes(box, anchor)), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variances", [(0.1, 0.1, 0.2, 0.2), (1, 1, 1, 1)])
def test_decode_undoes_encode(variances):
    boxes, anchors = random_boxes((3, 20), 0), random_boxes((20,), 1)
    decoded = decode_boxes(encode_boxes(boxes, anchors, variances), anchors, variances)
    np.testing.assert_allclose(ops.convert_to_numpy(decoded), boxes, atol=1e-5)


@pytest.mark.parametrize("padding", [-1.0, 0.0])
def test_padded_boxes_give_finite_codes(padding):
    codes = encode_boxes(np.full((2, 6, 4), padding, "float32"), random_boxes((6,), 1))
    assert np.isfinite(ops.convert_to_numpy(codes)).all()


def test_wild_codes_decode_to_finite_boxes_and_clip_to_the_image():
    anchors, codes = random_boxes((6,), 1), np.full((1, 6, 4), 1e4, "float32")
    assert np.isfinite(ops.convert_to_numpy(decode_boxes(codes, anchors))).all()
    clipped = ops.convert_to_numpy(decode_boxes(codes, anchors, clip=True))
    assert clipped.min() >= 0 and clipped.max() <= 1


def test_iou_is_that_of_a_raster():
    corners = np.random.default_rng(0).integers(0, 12, (2, 8, 2, 2))
    boxes = np.concatenate([corners.min(axis=2), corners.max(axis=2)], axis=-1)
    grid = np.arange(12)

    def raster(box):
        x, y = (grid >= box[0]) & (grid < box[2]), (grid >= box[1]) & (grid < box[3])
        return y[:, None] & x[None]

    a, b = ([raster(box) for box in group] for group in boxes)
    union = np.array([[(one | other).sum() for other in b] for one in a])
    shared = np.array([[(one & other).sum() for other in b] for one in a])
    overlap = ops.convert_to_numpy(pairwise_iou(*(ops.convert_to_tensor(group, "float32") for group in boxes)))
    np.testing.assert_allclose(overlap, shared / np.maximum(union, 1), atol=1e-6)


def test_iou_of_empty_boxes_is_zero():
    empty = ops.zeros((2, 4))
    np.testing.assert_array_equal(ops.convert_to_numpy(pairwise_iou(empty, empty)), np.zeros((2, 2)))


def test_center_form():
    center = ops.convert_to_numpy(to_center(np.array([[1.0, 2, 5, 10]], "float32")))
    np.testing.assert_array_equal(center, [[3, 6, 4, 8]])

"""The decoder of keypoints."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DecodeKeypoints(keras.layers.Layer):
    """A head's tensor `[B, h, w, 2K]` → `{"points": [B, K, 4]}`: x, y in pixels, depth, and the heatmap's peak.

    Between the cells a place is the vertex of a parabola, along x and along y, through the logarithms of the peak p and
    its neighbours, which is exact for a Gaussian: `(ln l - ln r) / 2 (ln l - 2 ln p + ln r)` (Zhang et al. 2020,
    "Distribution-aware coordinate representation", Eq. 8, without the mixed derivative). It stays within the peak's
    cell; at an edge of the map it is the cell's centre.

    Args:
        size: (height, width) of the network's input in pixels.

    Example:

    >>> y_pred = np.zeros((1, 4, 4, 2), "float32")
    >>> y_pred[0, 1, 2, 0], y_pred[..., 1] = 0.8, 3.0
    >>> np.round(np.array(DecodeKeypoints((8, 8))(y_pred)["points"]), 2).tolist()
    [[[5.0, 3.0, 3.0, 0.8]]]
    """

    def __init__(self, size, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.size = tuple(size)

    def call(self, x):
        height, width, count = x.shape[1], x.shape[2], x.shape[3] // 2
        heatmaps, depth = ops.reshape(x[..., :count], (-1, height * width, count)), x[:, 0, 0, count:]
        peak, score = ops.argmax(heatmaps, axis=1)[:, None], ops.max(heatmaps, axis=1)
        row, column = peak // width, peak % width
        places = [
            (ops.cast(index, "float32") + between(heatmaps, peak, index, cells, step) + 0.5) * (pixels / cells)
            for index, step, pixels, cells in ((column, 1, self.size[1], width), (row, width, self.size[0], height))
        ]
        places = [place[:, 0] for place in places]
        return {"points": ops.stack([*places, depth, score], axis=-1)}

    def get_config(self):
        return {**super().get_config(), "size": self.size}


def between(heatmaps, peak, index, cells, step):
    """How far from a peak's cell the vertex lies, in cells, float32 `[B, 1, K]` in -0.5 ... 0.5.

    Args:
        heatmaps: float `[B, h * w, K]`.
        peak: int `[B, 1, K]`, places of the peaks.
        index: int `[B, 1, K]`, their places along this axis, of `cells`.
        step: from a cell to its neighbour along this axis.
    """
    inner = (index > 0) & (index < cells - 1)
    left, middle, right = (
        ops.take_along_axis(heatmaps, ops.where(inner, peak + side, peak), axis=1) for side in (-step, 0, step)
    )
    # What is below a hundredth of the peak is noise, not the Gaussian: its logarithm would be any number.
    floor = ops.maximum(0.01 * middle, 1e-6)
    left, middle, right = (ops.log(ops.maximum(value, floor)) for value in (left, middle, right))
    bend = left - 2 * middle + right
    flat = bend > -1e-6
    return ops.where(flat, 0.0, ops.clip((left - right) / ops.where(flat, 1.0, 2 * bend), -0.5, 0.5))

"""The decoder of keypoints."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DecodeKeypoints(keras.layers.Layer):
    """A head's tensor `[B, h, w, 2K]` → `{"points": [B, K, 4]}`: x, y in pixels, depth, and the heatmap's peak.

    A place is the mean over the 3x3 cells about the peak, weighted by what of the heatmap is above 0.

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
        cell = ops.arange(height * width)[None, :, None]
        near = (ops.abs(cell // width - peak // width) <= 1) & (ops.abs(cell % width - peak % width) <= 1)
        # The peak's own share keeps a heatmap without anything above 0 from dividing by 0.
        share = ops.where(near, ops.relu(heatmaps), 0.0) + ops.where(cell == peak, 1e-6, 0.0)
        share = share / ops.sum(share, axis=1, keepdims=True)
        places = [
            (ops.sum(share * ops.cast(index, share.dtype), axis=1) + 0.5) * (pixels / cells)
            for index, pixels, cells in ((cell % width, self.size[1], width), (cell // width, self.size[0], height))
        ]
        return {"points": ops.stack([*places, depth, score], axis=-1)}

    def get_config(self):
        return {**super().get_config(), "size": self.size}

"""Max pooling that remembers where the maxima were, and its inverse."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="xdomain_keras")
class MaxPoolWithMask(keras.layers.Layer):
    """2 x 2 max pooling: `[B, 2h, 2w, C]` → maxima `[B, h, w, C]` and a mask `[B, 2h, 2w, C]`, 1 at each maximum.

    Of equal values the first in reading order is taken. The mask stands in for indices, so that `MaxUnpool` needs
    no scatter, which is slow and differs between backends.

    Raises:
        ValueError: height or width is odd.

    Example:

    >>> pooled, mask = MaxPoolWithMask()(np.float32([[1, 5], [3, 2]]).reshape(1, 2, 2, 1))
    >>> float(pooled[0, 0, 0, 0]), np.array(mask)[0, :, :, 0].tolist()
    (5.0, [[0.0, 1.0], [0.0, 0.0]])
    """

    def call(self, x):
        batch, (height, width, channels) = ops.shape(x)[0], x.shape[1:]
        if height % 2 or width % 2:
            raise ValueError(f"max pooling of {height} x {width} with a mask; expected even sides: change image_size.")
        # Windows side by side: [B, h, w, 4, C].
        windows = ops.reshape(x, (batch, height // 2, 2, width // 2, 2, channels))
        windows = ops.reshape(ops.transpose(windows, (0, 1, 3, 2, 4, 5)), (batch, height // 2, width // 2, 4, channels))
        place = ops.argmax(windows, axis=3)[:, :, :, None]
        mask = ops.cast(ops.arange(4, dtype=place.dtype)[:, None] == place, x.dtype)
        pooled = ops.max(windows, axis=3)
        mask = ops.reshape(mask, (batch, height // 2, width // 2, 2, 2, channels))
        mask = ops.reshape(ops.transpose(mask, (0, 1, 3, 2, 4, 5)), (batch, height, width, channels))
        return pooled, ops.stop_gradient(mask)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height // 2, width // 2, channels), tuple(input_shape)


@keras.saving.register_keras_serializable(package="xdomain_keras")
class MaxUnpool(keras.layers.Layer):
    """`[B, h, w, C]` and the mask of `MaxPoolWithMask` → `[B, 2h, 2w, C]`: each value where its maximum was, else 0.

    Example:

    >>> mask = np.float32([[0, 1], [0, 0]]).reshape(1, 2, 2, 1)
    >>> np.array(MaxUnpool()([np.full((1, 1, 1, 1), 7.0, np.float32), mask]))[0, :, :, 0].tolist()
    [[0.0, 7.0], [0.0, 0.0]]
    """

    def call(self, inputs):
        x, mask = inputs
        return ops.repeat(ops.repeat(x, 2, axis=1), 2, axis=2) * mask

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[1])

"""What the colours of an image are turned into before the first convolution."""

import keras
import numpy as np
from keras import ops

# ImageNet's mean and deviation, red first, of values in [0, 1].
IMAGENET_MEAN, IMAGENET_STD = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
# `x * scale + offset` of values in [0, 255], as torchvision's networks have them.
IMAGENET_SCALE = tuple((1 / (255 * IMAGENET_STD)).tolist())
IMAGENET_OFFSET = tuple((-IMAGENET_MEAN / IMAGENET_STD).tolist())
# M and b of `InputScale`: torchvision's, and Caffe's, which is blue first.
TORCHVISION = np.diag(IMAGENET_SCALE), np.array(IMAGENET_OFFSET)
CAFFE = np.eye(3)[::-1], np.array((-103.939, -116.779, -123.68))


@keras.saving.register_keras_serializable(package="xdomain_keras")
class InputScale(keras.layers.Layer):
    """Colours as the weights of a network expect them, `y = x M + b`.

    M and b are saved with the weights and are not trained: whoever loads weights of another origin sets both by
    `follow`, and prediction and export go by them.

    Args:
        matrix: M before any weights are loaded, `[C, C]`.
        offset: b before any weights are loaded, `[C]`; None for 0.

    Input and output are `[B, H, W, C]`; colours are red first and in [0, 255] on the way in.

    Example:

    >>> np.asarray(InputScale(*CAFFE)(np.float32([[[[10, 20, 30]]]]))).round(3).tolist()
    [[[[-73.939, -96.779, -113.68]]]]
    """

    def __init__(self, matrix, offset=None, **kwargs):
        super().__init__(**kwargs)
        self.given = np.float32(matrix), np.float32(np.zeros(len(matrix)) if offset is None else offset)

    def build(self, input_shape):
        constant = [keras.initializers.Constant(value) for value in self.given]
        self.matrix = self.add_weight(self.given[0].shape, constant[0], trainable=False, name="matrix")
        self.offset = self.add_weight(self.given[1].shape, constant[1], trainable=False, name="offset")

    def follow(self, matrix, offset):
        """Take over another M and b."""
        self.matrix.assign(np.float32(matrix))
        self.offset.assign(np.float32(offset))

    def call(self, images):
        return ops.matmul(images, self.matrix) + self.offset

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        matrix, offset = self.given
        return {**super().get_config(), "matrix": matrix.tolist(), "offset": offset.tolist()}

"""Atrous spatial pyramid pooling: one feature map seen at several scales."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="xdomain_keras")
class ASPP(layers.Layer):
    """Convolutions of several dilation rates side by side (Chen et al. 2017, DeepLabv3, §3.3).

    `y = concat(relu(conv3x3_r(x)) for r in rates)`, with a 1x1 convolution and the pooled image as two
    further branches where asked for, and a 1x1 convolution over the concatenation where
    `output_filters` is given. All convolutions have a bias and a ReLU.

    Args:
        filters: channels of each branch.
        rates: dilation of each 3x3 branch, in cells of the feature map. On a map of n cells a rate of n or
            more sees nothing but the centre.
        pointwise: whether there is a 1x1 branch.
        image_pooling: whether there is a branch of the mean over the image.
        output_filters: channels after fusing; None leaves the branches concatenated.

    Input is `[B, h, w, C]`, output `[B, h, w, D]`.

    Example:

    >>> ASPP(8, rates=(1, 2, 3), output_filters=16)(np.zeros((2, 5, 5, 4))).shape[-1]
    16
    """

    def __init__(
        self, filters, rates=(1, 2, 3, 4), pointwise=False, image_pooling=False, output_filters=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.filters, self.rates, self.output_filters = filters, tuple(rates), output_filters
        self.pointwise, self.image_pooling = pointwise, image_pooling

        def convolution(filters, kernel_size, rate, name):
            return layers.Conv2D(
                filters,
                kernel_size,
                padding="same",
                dilation_rate=rate,
                activation="relu",
                dtype=self.dtype_policy,
                name=f"{self.name}_{name}",
            )

        self.branches = [convolution(filters, 1, 1, "pointwise")] if pointwise else []
        # The position is in the name because two branches may have the same rate.
        self.branches += [convolution(filters, 3, rate, f"dilated{i}_rate{rate}") for i, rate in enumerate(self.rates)]
        self.pool_branch = convolution(filters, 1, 1, "pool") if image_pooling else None
        self.fuse = convolution(output_filters, 1, 1, "fuse") if output_filters else None

    def build(self, input_shape):
        for branch in self.branches:
            branch.build(input_shape)
        if self.pool_branch:
            self.pool_branch.build((input_shape[0], 1, 1, input_shape[-1]))
        if self.fuse:
            self.fuse.build((*input_shape[:-1], self._num_concatenated()))

    def call(self, features):
        outputs = [branch(features) for branch in self.branches]
        if self.pool_branch:
            pooled = self.pool_branch(ops.mean(features, axis=(1, 2), keepdims=True))
            outputs.append(ops.zeros_like(features[..., :1]) + pooled)
        outputs = ops.concatenate(outputs, axis=-1)
        return self.fuse(outputs) if self.fuse else outputs

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.output_filters or self._num_concatenated())

    def _num_concatenated(self):
        return self.filters * (len(self.branches) + self.image_pooling)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "rates": self.rates,
            "pointwise": self.pointwise,
            "image_pooling": self.image_pooling,
            "output_filters": self.output_filters,
        }

"""The pair mapper: labels and predictions of a task pair, brought into one space."""

import keras
from keras import layers, ops

from xdomain_keras.layers.film import PairFiLM
from xdomain_keras.models.conv_norm import batch_norm
from xdomain_keras.models.segnet import DEPTHS, encoder_filters


@keras.saving.register_keras_serializable(package="xdomain_keras")
class PairMapper(layers.Layer):
    """`m̄(y, A)`: the encoder of SegNet over label maps, conditioned on the task pair (paper 002, §3.2).

    Each task has an input layer of its own: a 3x3 convolution to 64 channels with batch normalisation and ReLU.
    Then come the 13 convolutions of SegNet's encoder, each followed by batch normalisation, FiLM by pair, and ReLU,
    with 2 x 2 max pooling after each stage.

    What lies before the first FiLM does not depend on the pair: `embed` computes it once a map, and `call` goes on
    from there once a map and pair.

    Args:
        channels: dict of task → channels of its maps.
        width: factor of all channels (see `scale_channels`), that of the network's SegNet.
        conditioned: whether there is FiLM; False is the paper's ablation `w/o cond`.
        film_learning_rate_factor: see `layers.PairFiLM`.
        out_channels: of the last convolution; None for 512 width.

    Example:

    >>> mapper = PairMapper({"segmentation": 13, "depth": 1}, width=1 / 16)
    >>> embedded = mapper.embed("depth", np.zeros((2, 32, 64, 1)))
    >>> tuple(mapper([embedded, np.array([0, 1])]).shape)
    (2, 1, 2, 32)
    """

    def __init__(
        self, channels, width=1.0, conditioned=True, film_learning_rate_factor=1.0, out_channels=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.channels, self.width, self.out_channels = dict(channels), width, out_channels
        self.conditioned, self.film_learning_rate_factor = conditioned, film_learning_rate_factor
        num_tasks = len(self.channels)
        self.num_pairs = num_tasks * (num_tasks - 1)
        filters = encoder_filters(width)
        self.inputs = {task: ConvNorm(filters[0], name=f"input_{task}") for task in self.channels}
        self.stages, self.films = [], []
        for stage, (count, depth) in enumerate(zip(filters, DEPTHS, strict=True)):
            counts = [count] * depth
            if out_channels and stage == len(DEPTHS) - 1:
                counts[-1] = out_channels
            self.stages.append([ConvNorm(c, name=f"conv{stage}_{index}") for index, c in enumerate(counts)])
            films = [
                PairFiLM(self.num_pairs, film_learning_rate_factor, name=f"film{stage}_{index}")
                for index in range(depth)
            ]
            self.films.append(films if conditioned else [None] * depth)
        self.pool = layers.MaxPooling2D(2, name="pool")

    def build(self, input_shape=None):
        """Make all variables; the shapes of the maps do not matter."""
        for task, count in self.channels.items():
            self.inputs[task].build((None, None, None, count))
        count = self.inputs[next(iter(self.inputs))].filters
        for convolutions, films in zip(self.stages, self.films, strict=True):
            for convolution, film in zip(convolutions, films, strict=True):
                convolution.build((None, None, None, count))
                count = convolution.filters
                if film:
                    film.build([(None, None, None, count), (None,)])
        self.built = True

    def embed(self, task, maps, training=False):
        """What all pairs of a map share: its input layer and the first convolution, before FiLM.

        Args:
            task: whose maps they are.
            maps: float `[N, H, W, channels]`.
            training: whether batch statistics are used.

        Returns:
            float `[N, H, W, 64 width]`.
        """
        if not self.built:
            self.build()
        x = ops.relu(self.inputs[task](maps, training=training))
        return self.stages[0][0](x, training=training)

    def call(self, inputs, training=False):
        """Map embedded labels into the space of their pairs.

        Args:
            inputs: list of float `[N, H, W, 64 width]` from `embed`, and int `[N]`, the pair of each row.
            training: whether batch statistics are used.

        Returns:
            float `[N, H / 32, W / 32, 512 width]`.
        """
        x, pairs = inputs
        for stage, (convolutions, films) in enumerate(zip(self.stages, self.films, strict=True)):
            for index, (convolution, film) in enumerate(zip(convolutions, films, strict=True)):
                if stage or index:
                    x = convolution(x, training=training)
                x = ops.relu(film([x, pairs]) if film else x)
            x = self.pool(x)
        return x

    def get_config(self):
        names = ("channels", "width", "out_channels", "conditioned", "film_learning_rate_factor")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="xdomain_keras")
class ConvNorm(layers.Layer):
    """A 3x3 convolution with bias and batch normalisation.

    Args:
        filters: of the convolution.

    Example:

    >>> tuple(ConvNorm(4)(np.zeros((1, 5, 6, 3))).shape)
    (1, 5, 6, 4)
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.convolution = layers.Conv2D(filters, 3, padding="same", name="conv")
        self.normalization = batch_norm("bn")

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.normalization.build((*input_shape[:-1], self.filters))

    def call(self, x, training=False):
        return self.normalization(self.convolution(x), training=training)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}

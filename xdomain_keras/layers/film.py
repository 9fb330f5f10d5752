"""Feature-wise linear modulation by task pair."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="xdomain_keras")
class PairFiLM(keras.layers.Layer):
    """`h ← γ(A) ⊙ h + β(A)`, one scale and shift a channel and condition (paper 002, §3.2; Perez et al. 2018).

    The auxiliary network `a_θ` of the paper is one linear layer without bias over the one-hot A: it looks a row of
    a table up, γ starting at 1 and β at 0.

    Args:
        num_conditions: rows of the tables, K (K - 1) for the ordered pairs of K tasks.
        learning_rate_factor: the table is stored divided by it, so that Adam moves γ and β by this much more than
            other weights at the same learning rate (paper 002's code trains them at their own).

    Inputs are a float `[N, h, w, C]` and int `[N]`, the condition of every row; output is float `[N, h, w, C]`.

    Example:

    >>> layer = PairFiLM(num_conditions=6)
    >>> x = np.ones((2, 1, 1, 3), "float32")
    >>> ops.convert_to_numpy(layer([x, np.array([0, 5])])).ravel().tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, num_conditions, learning_rate_factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.num_conditions, self.learning_rate_factor = num_conditions, learning_rate_factor

    def build(self, input_shape):
        shape = (self.num_conditions, input_shape[0][-1])
        self.scale = self.add_weight(shape, initializer="zeros", name="scale")  # γ - 1
        self.shift = self.add_weight(shape, initializer="zeros", name="shift")

    def call(self, inputs):
        x, conditions = inputs
        scale = 1 + self.learning_rate_factor * ops.take(self.scale, conditions, axis=0)
        shift = self.learning_rate_factor * ops.take(self.shift, conditions, axis=0)
        return scale[:, None, None] * x + shift[:, None, None]

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        options = {"num_conditions": self.num_conditions, "learning_rate_factor": self.learning_rate_factor}
        return {**super().get_config(), **options}

"""Optimizers whose variables have learning rates of their own, and weight decay that is part of the gradient."""


def tuned(kind):
    """Make a class of optimizer from one of Keras', with two more arguments.

    Args:
        kind: class, as `keras.optimizers.SGD`.

    Returns:
        class whose `factor_of` is a callable, variable → factor of its learning rate, and whose `coupled_decay` λ is
        added to the gradient, `g + λ w`, before momentum and moments see it (torch's `weight_decay`; Loshchilov &
        Hutter 2019 call it L2 regularisation). `weight_decay` stays the decoupled one, `w - η f λ w`, with the
        variable's own factor f.

    Example:

    >>> halved = tuned(keras.optimizers.SGD)(1.0, factor_of=lambda variable: 0.5)
    >>> variable = keras.Variable([1.0])
    >>> halved.apply([keras.ops.ones(1)], [variable])
    >>> variable.numpy().tolist()
    [0.5]
    """

    class Tuned(kind):
        def __init__(self, learning_rate, factor_of=lambda variable: 1.0, coupled_decay=0.0, **options):
            # Keras would take the decoupled decay off with one learning rate for all.
            decoupled = options.pop("weight_decay", None) or 0.0
            super().__init__(learning_rate, **options)
            self.factor_of, self.coupled_decay, self.decoupled_decay = factor_of, coupled_decay, decoupled

        def build(self, variables):
            super().build(variables)
            self.factors = [float(self.factor_of(variable)) for variable in variables]
            self.decays = [self._use_weight_decay(variable) for variable in variables]

        def update_step(self, gradient, variable, learning_rate):
            index = self._get_variable_index(variable)
            rate = learning_rate * self.factors[index]
            if self.decays[index] and self.coupled_decay:
                gradient = gradient + self.coupled_decay * variable
            if self.decays[index] and self.decoupled_decay:
                self.assign_sub(variable, rate * self.decoupled_decay * variable)
            super().update_step(gradient, variable, rate)

    return Tuned

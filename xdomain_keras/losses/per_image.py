"""Losses before their reduction: one value per image."""

from keras import ops


def unreduced(loss):
    """A copy of a `keras.losses.Loss` without its reduction; a mask decides which images count."""
    # `copy.copy` would go through Keras' serialisation, for which a class must be registered.
    copy = object.__new__(type(loss))
    copy.__dict__.update(loss.__dict__, reduction=None)
    return copy


def per_image(loss, y_true, y_pred):
    """The values `[B]` of an `unreduced` loss.

    Example:

    >>> import keras
    >>> loss = unreduced(keras.losses.MeanAbsoluteError())
    >>> per_image(loss, ops.zeros((2, 3, 4)), ops.ones((2, 3, 4))).shape == (2,)
    True
    """
    values = loss(y_true, y_pred)
    if len(values.shape) > 1:  # Keras' own losses keep all axes but the last
        values = ops.mean(values, axis=tuple(range(1, len(values.shape))))
    return values

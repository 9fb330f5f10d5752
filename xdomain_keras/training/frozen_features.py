"""Features of the frozen part of a backbone, computed once for each image instead of in every epoch."""

import keras
import numpy as np
from keras import tree

from xdomain_keras.data.transforms import resize

BATCH = 16  # images of a pass that fills the cache


def cache_features(trainer, mixture, max_bytes):
    """Let domains without augmentation hand out frozen features instead of images, for one stage.

    Each step then runs what trains, and no more. Domains stay as they are where they are augmented, where a term of the
    stage reads images, where no layer with weights is frozen, or where the features need too much room.

    Args:
        trainer: `Trainer`, its network frozen as the stage has it; it is told where its encoders are cut.
        mixture: `Mixture` of the stage.
        max_bytes: room for the features of all domains.

    Returns:
        dict of domain → bytes of its features; empty where none is cached.
    """
    for domain in mixture.domains.values():
        domain.features = None  # of an earlier stage
    found = {}
    plain = [name for name in trainer.decoders if mixture.domains[name].augment is None]
    if trainer.reads_images or not plain:
        return found
    encoders = {name: trainer.encoders.of(name) for name in trainer.decoders}
    cuts = {id(encoder): split_encoder(encoder) for encoder in set(encoders.values())}
    cuts = {name: cuts[id(encoder)] for name, encoder in encoders.items()}
    for name in plain:
        domain, cut = mixture.domains[name], cuts[name]
        if cut is None:
            continue
        room = sum(4 * int(np.prod(tensor.shape[1:])) for tensor in cut[0].outputs) * len(domain.rows)
        if sum(found.values()) + room <= max_bytes:
            domain.features, found[name] = features_of(domain, cut[0]), room
    if found:  # the others are cut too, at the same place, so that all still meet in one pass
        trainer.encoders.cuts = cuts
    return found


def features_of(domain, fixed):
    """List of arrays `[rows, …]`: the outputs of a model for all images of a domain, in the order of its rows."""
    found = None
    for first in range(0, len(domain.rows), BATCH):
        rows = domain.rows[first : first + BATCH]
        images = np.stack([resize({"image": domain.source[row]["image"]}, domain.size)["image"] for row in rows])
        own = [keras.ops.convert_to_numpy(x) for x in tree.flatten(fixed(images.astype("float32"), training=False))]
        if found is None:
            found = [np.empty((len(domain.rows), *array.shape[1:]), array.dtype) for array in own]
        for whole, array in zip(found, own, strict=True):
            whole[first : first + BATCH] = array
    return found


def split_encoder(encoder):
    """Cut an encoder where what is frozen ends.

    An operation is frozen where the same image always gives the same: nothing in it trains, moves statistics or draws
    random numbers, and neither does anything before it.

    Args:
        encoder: `keras.Model` from images to a dict of levels, as of `MultiHeadModel.encoder`.

    Returns:
        (model from images to a list of tensors, model from these to the dict of levels); None where no layer with
        weights is frozen.

    Example:

    >>> images = keras.Input((8, 8, 3))
    >>> stem, top = keras.layers.Conv2D(4, 3, name="stem"), keras.layers.Conv2D(2, 3, name="top")
    >>> encoder = keras.Model(images, {"c0": top(stem(images))})
    >>> stem.trainable = False
    >>> fixed, rest = split_encoder(encoder)
    >>> fixed.output[0].shape, [layer.name for layer in rest.layers if layer.weights]
    ((None, 6, 6, 4), ['top'])
    """
    frozen, border, weights = {id(encoder.input)}, {}, []

    def follow(operation, *inputs, **options):
        outputs, before = operation(*inputs, **options), tree.flatten((inputs, options))
        before = [tensor for tensor in before if isinstance(tensor, keras.KerasTensor)]
        if all(id(tensor) in frozen for tensor in before) and is_frozen(operation):
            frozen.update(id(tensor) for tensor in tree.flatten(outputs))
            weights.extend(getattr(operation, "weights", ()))
        else:
            border.update({id(tensor): tensor for tensor in before if id(tensor) in frozen})
        return outputs

    # The same layers are called once more: that walks through them in their order.
    again = keras.models.clone_model(
        encoder, input_tensors=encoder.input, clone_function=lambda layer: layer, call_function=follow
    )
    border |= {id(tensor): tensor for tensor in again.output.values() if id(tensor) in frozen}
    if not weights:
        return None
    cut = list(border.values())
    # A tensor cannot be an input and an output of one model: hence the identities.
    levels = {k: keras.layers.Identity()(x) if id(x) in border else x for k, x in again.output.items()}
    return keras.Model(encoder.input, cut), keras.Model(cut, levels)


def is_frozen(operation):
    """Whether an operation gives the same for the same, step after step."""
    if not isinstance(operation, keras.layers.Layer):
        return True
    parts = list(operation._flatten_layers())
    return not any(hasattr(part, "seed_generator") or (part.trainable and part.weights) for part in parts)

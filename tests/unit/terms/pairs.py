"""Dense tasks, a batch of predictions and labels, and their setting, for the tests of terms over pairs."""

import keras
import numpy as np
from keras import ops

from xdomain_keras import LabelMatrix
from xdomain_keras.tasks import Depth, Normals, Segmentation
from xdomain_keras.terms import Setting, Step
from xdomain_keras.terms.term import check_needs

SIZE = (32, 32)
TASKS = {
    "segmentation": Segmentation("segmentation", SIZE, ["wall", "floor", "door"]),
    "depth": Depth("depth", SIZE),
    "normals": Normals("normals", SIZE),
}
CHANNELS = {"segmentation": 3, "depth": 1, "normals": 3}
MATRIX = LabelMatrix({"room": list(TASKS)})
# Labels of each kind alone, of two kinds, of all, of none.
PRESENT = np.float32([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 0, 0]])


def make_setting(tasks=TASKS, matrix=MATRIX, **features):
    """A `Setting` with a feature of 32 channels, 1/16 as large as the maps, unless others are given."""
    return Setting(matrix, tasks, features or {"c5": (2, 2, 32)})


def prepared(term, setting=None):
    """The term, checked as before training and with its variables made; none over pairs asks for the network."""
    setting = setting or make_setting()
    check_needs(term, setting)
    term.prepare(None, setting)
    return term


def make_step(present=PRESENT, seed=0, absent=0.0, training=False, **fields):
    """A `Step` of one domain; labels that are not there hold `absent`."""
    rng = np.random.default_rng(seed)
    count = len(present)
    outputs = {task: rng.normal(0, 1, (count, *SIZE, channels)) for task, channels in CHANNELS.items()}
    normals = rng.normal(0, 1, (count, *SIZE, 3))
    targets = {
        "segmentation": rng.integers(-1, 3, (count, *SIZE, 1)),
        "depth": rng.uniform(0, 4, (count, *SIZE, 1)),
        "normals": normals / np.linalg.norm(normals, axis=-1, keepdims=True),
    }
    for column, task in enumerate(TASKS):
        targets[task] = np.where(present[:, column, None, None, None] > 0, targets[task], absent)
    weights = {task: ops.array(present[:, column]) for column, task in enumerate(TASKS)}
    feature = rng.uniform(0, 1, (count, 2, 2, 32))
    return Step(
        images={"room": None},
        targets={"room": tensors(targets)},
        weights={"room": weights},
        outputs={"room": tensors(outputs)},
        features={"room": tensors({"c5": feature})},
        training=training,
        **fields,
    )


def tensors(arrays):
    return {name: ops.array(array, "float32") for name, array in arrays.items()}


def randomize(layer, seed=0):
    """Weights and statistics that differ from where they start; kernels that keep a signal's size through ReLUs."""
    rng = np.random.default_rng(seed)
    for variable in layer.weights:
        if variable.path.endswith("variance"):
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
        elif variable.path.endswith("kernel"):
            fan_in = np.prod(variable.shape[:-1])
            variable.assign(rng.normal(0, np.sqrt(2 / fan_in), variable.shape))
        else:
            variable.assign(variable + rng.normal(0, 0.2, variable.shape).astype("float32"))


def stateless(function):
    """function(), on JAX compiled as a whole and without what it would change."""
    if keras.backend.backend() != "jax":
        return function()
    import jax

    def run():
        with keras.StatelessScope():
            return function()

    return jax.jit(run)()


def value(term, step, domain="room"):
    return float(ops.convert_to_numpy(stateless(lambda: term.compute(step)[domain][0])))


def gradients(function, variables):
    """d function() / d variables as arrays, None where there is none."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            result = function()
        found = tape.gradient(result, [variable.value for variable in variables])
        return [None if g is None else ops.convert_to_numpy(g) for g in found]
    if backend == "jax":
        import jax

        @jax.jit  # one compilation instead of one an operation
        @jax.grad
        def gradient(values):
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return function()

        return [np.array(g) for g in gradient([variable.value for variable in variables])]
    import torch

    found = torch.autograd.grad(function(), [variable.value for variable in variables], allow_unused=True)
    return [None if g is None else g.detach().cpu().numpy() for g in found]

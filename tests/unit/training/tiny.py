"""A network of five layers, two tasks and two domains in memory, for the tests of everything that trains."""

import pathlib

import keras
import numpy as np

from xdomain_keras import LabelMatrix
from xdomain_keras.data import Arrays, Domain, Mixture
from xdomain_keras.models import MultiHeadModel
from xdomain_keras.tasks import Detection, Saliency
from xdomain_keras.terms import MMD, Supervised
from xdomain_keras.training.checkpoint import trainer_variables

SIZE = (32, 32)
# XLA is pathological on small CPU batches, but JAX without it compiles every operation on its own.
JIT = "auto" if keras.backend.backend() == "jax" else False
if keras.backend.backend() == "jax":
    import jax

    # Each `fit` compiles anew; of two equal ones the second is then ten times faster.
    jax.config.update("jax_compilation_cache_dir", str(pathlib.Path(__file__).parents[3] / ".pytest_cache" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
# Not in alphabetic order, since JAX sorts the keys of dicts that pass its borders.
MATRIX = LabelMatrix({"road": ["detection"], "attic": ["saliency"]})
SGD = {"name": "sgd", "learning_rate": 0.01}


def make_backbone(dropout=0.0):
    """Strides 8 to 32 in few layers, since each compiles on its own on JAX."""
    x = images = keras.Input((*SIZE, 3), name="images")
    x, levels = keras.layers.Rescaling(1 / 127.5, -1, name="backbone_scale")(x), {}
    for level, (filters, stride) in enumerate([(6, 8), (8, 2), (8, 2)], start=3):
        x = keras.layers.Conv2D(filters, stride, stride, name=f"backbone_conv{level}")(x)
        x = keras.layers.BatchNormalization(name=f"backbone_bn{level}")(x)
        x = levels[f"c{level}"] = keras.layers.ReLU(name=f"backbone_relu{level}")(x)
        x = keras.layers.Dropout(dropout, name=f"backbone_dropout{level}")(x) if dropout else x
    return keras.Model(images, levels, name="backbone")


def make_tasks(max_boxes=3):
    """Detection of two classes and saliency, both small."""
    head = {"taps": ["c3", "c4"], "extras": [], "aspect_ratios": [2], "scales": [0.3, 0.6, 0.9]}
    stream = {"filters": 4, "rates": [1, 2], "decoder_filters": [4], "skips": ["c4"]}
    return {
        "detection": Detection("detection", SIZE, ["box", "disc"], head=head, max_boxes=max_boxes),
        "saliency": Saliency("saliency", SIZE, sigma=0.1, head=stream),
    }


def make_network(tasks=None, seed=0, dropout=0.0):
    keras.utils.set_random_seed(seed)
    tasks = tasks or make_tasks()
    return MultiHeadModel(make_backbone(dropout), {name: task.head() for name, task in tasks.items()})


def make_terms(**mmd):
    """Supervised and MMD."""
    return [Supervised(), MMD(weight=0.5, **mmd)]


def make_source(count=6, size=SIZE, seed=0, **arrays):
    """Pictures of one bright rectangle on noise, its box, and fixations in it."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 60, (count, *size, 3), np.uint8)
    boxes, classes, fixations = [], [], []
    for image in images:
        left, top = rng.integers(0, size[1] // 2, 2)
        side = int(rng.integers(size[0] // 4, size[0] // 2))
        index = int(rng.integers(2))
        image[top : top + side, left : left + side, index] = 250
        boxes.append(np.float32([[left, top, left + side, top + side]]))
        classes.append(np.int32([index]))
        fixations.append((rng.uniform(0, side, (4, 2)) + [left, top]).astype(np.float32))
    labels = {"boxes_xyxy": boxes, "classes": classes, "fixations_xy": fixations}
    return Arrays({"image": images, **labels, **arrays}, ["box", "disc"])


def make_mixture_of(tasks=None, matrix=MATRIX, batch_sizes=(2, 3), count=6, **options):
    """A callable from names of domains to their `Mixture`, as `fit_stages` takes it."""
    tasks, domains = tasks or make_tasks(), {}
    for seed, (name, size) in enumerate(zip(matrix.domains, batch_sizes, strict=True)):
        columns = {task: tasks[task] for task in matrix.tasks_of(name)}
        domains[name] = Domain(name, make_source(count, seed=seed), columns, SIZE, size)
    return lambda names: Mixture([domains[name] for name in names], **options)


def rewind(trainer, values):
    """Give a trainer the values of its variables that `read_variables` returned, and empty its metrics."""
    for variable, value in zip(trainer_variables(trainer), values, strict=True):
        variable.assign(value)
    trainer.reset_metrics()


def arrays_of(model):
    """Copies of all variables of a model, in order."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.variables]


def same(first, second):
    """Whether two lists of arrays are equal to the last bit."""
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))

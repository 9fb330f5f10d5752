"""What all tests share: seeds, small data and networks, and which tests need no backend."""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # its sums differ from run to run in the last digits
os.environ.setdefault("MPLBACKEND", "agg")
# Small networks compile twice as fast on JAX without optimisations that none of the tests runs long enough to win by.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

import hypothesis
import keras
import numpy as np
import pytest

from tests.strided_pointwise import forbid_strided_pointwise

TESTS = pathlib.Path(__file__).parent
ROOT = TESTS.parent

# What these test is NumPy, OpenCV, text or the order of runs: once is enough, whatever the backend. On every backend
# runs are trained, interrupted, measured, predicted and exported by `integration`, `invariant` and what is marked.
BACKEND_FREE = (
    "test_house.py",
    "test_knowledge.py",
    "integration/test_bad_input.py",
    "parity/test_coco_metrics.py",
    "parity/test_saliency_metrics.py",
    "unit/apps/",
    "unit/data/",
    "unit/evaluation/test_speed.py",
    "unit/experiments/",
    "unit/metrics/test_edge",
    "unit/metrics/test_regions.py",
    "unit/metrics/test_saliency_",
    "unit/metrics/test_structure.py",
    "unit/reporting/test_figures.py",
    "unit/reporting/test_report.py",
    "unit/reporting/test_tables.py",
    "unit/tasks/test_region_merging.py",
    "unit/test_",
)

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=50, database=None)
hypothesis.settings.load_profile("house")


def pytest_configure(config):
    forbid_strided_pointwise()
    config.addinivalue_line("markers", "backend_free: the same on every Keras backend, runs once")
    config.addinivalue_line("markers", "every_backend: runs on every backend though its folder is backend-free")


def pytest_collection_modifyitems(items):
    for item in items:
        path = item.path.relative_to(TESTS).as_posix()
        if path.startswith(BACKEND_FREE) and not item.get_closest_marker("every_backend"):
            item.add_marker(pytest.mark.backend_free)


@pytest.fixture(autouse=True)
def seeds():
    """The same random numbers for every test, whatever ran before it."""
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def real_data():
    """Folder of real data sets beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real data: ../shared/data is not there")
    return folder


@pytest.fixture(scope="session")
def label_matrix():
    """Two domains with a task each."""
    from xdomain_keras import LabelMatrix

    return LabelMatrix({"room": ["detection"], "street": ["saliency"]})


@pytest.fixture(scope="session")
def sources():
    """Dict of domain → `Arrays` of 6 images, 48 × 64: boxes in `room`, fixations in `street`."""
    from xdomain_keras.data import Arrays

    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, (2, 6, 48, 64, 3), dtype=np.uint8)
    boxes, classes, fixations = [], [], []
    for count in (1, 3, 0, 2, 4, 1):
        corner = rng.uniform((0, 0), (40, 28), (count, 2))
        boxes.append(np.concatenate([corner, corner + rng.uniform(8, 20, (count, 2))], axis=1).astype(np.float32))
        classes.append(rng.integers(0, 3, count, dtype=np.int32))
        fixations.append(rng.uniform(0, (64, 48), (10, 2)).astype(np.float32))
    return {
        "room": Arrays({"image": images[0], "boxes_xyxy": boxes, "classes": classes}, ["chair", "lamp", "table"]),
        "street": Arrays({"image": images[1], "fixations_xy": fixations}),
    }


@pytest.fixture(scope="session")
def tasks():
    """Dict of task name → task for images of 32 × 32 pixels."""
    from xdomain_keras.tasks import Detection, Saliency

    head = {"taps": ["c4", "c5"], "extras": [], "aspect_ratios": [2], "scales": [0.2, 0.5, 0.9]}
    thin = {"filters": 4, "decoder_filters": [8, 4]}
    return {
        "detection": Detection("detection", (32, 32), ["chair", "lamp", "table"], head=head, max_boxes=5),
        "saliency": Saliency("saliency", (32, 32), sigma=0.05, head=thin),
    }


@pytest.fixture(scope="session")
def build_network(tasks):
    """Callable that makes a new network of both tasks, in few layers since each compiles on its own on JAX."""
    from xdomain_keras.models import MultiHeadModel

    def build():
        x = images = keras.Input((32, 32, 3), name="images")
        x, levels = keras.layers.Rescaling(1 / 255)(x), {}
        for level, (filters, stride) in zip(("c2", "c3", "c4", "c5"), [(4, 4), (6, 2), (8, 2), (10, 2)], strict=True):
            x = keras.layers.Conv2D(filters, stride, stride, activation="relu", name=f"backbone_{level}_conv")(x)
            x = levels[level] = keras.layers.BatchNormalization(name=f"backbone_{level}_bn")(x)
        backbone = keras.Model(images, levels, name="backbone")
        return MultiHeadModel(backbone, {name: task.head() for name, task in tasks.items()})

    return build


@pytest.fixture(scope="session")
def network(build_network):
    """One such network for all tests that only read it."""
    keras.utils.set_random_seed(0)
    return build_network()

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.backend_free  # what is refused is TensorFlow's alone
PROGRAM = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
from tests.unit.training import tiny
from xdomain_keras.errors import ConfigError
from xdomain_keras.training import Trainer

def refused(action):
    try:
        with strategy.scope():
            action()
    except ConfigError as error:
        return str(error)

tasks = tiny.make_tasks()
network = tiny.make_network(tasks)
terms = tiny.make_terms()
trainer = Trainer(network, tiny.MATRIX, terms, tasks)
trainer.compile("sgd")
batch = tiny.make_mixture_of()(tiny.MATRIX.domains).batch(0)
actions = (lambda: Trainer(network, tiny.MATRIX, terms, tasks), lambda: trainer.train_on_batch(*batch))
messages = set(map(refused, actions))
print(*messages, sep="\\n")
trainer.train_on_batch(*batch)
"""


def test_several_devices_are_refused_in_one_line():
    """On building the trainer, and on fitting one that was built before; outside of the scope it trains."""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    finished = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert finished.stdout == (
        "training on 2 devices (MirroredStrategy) is not supported: their gradients would be added up; build and fit "
        "the Trainer outside of the strategy's scope, on one device.\n"
    )

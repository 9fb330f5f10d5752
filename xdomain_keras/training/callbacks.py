"""Callbacks of a run: logs on disk, checkpoints, and a stop at the first loss that is not a number."""

import json
import math

import keras

from xdomain_keras.errors import DivergedError
from xdomain_keras.training.checkpoint import read_generator, save_checkpoint, write_generator


class StopWhenDiverged(keras.callbacks.Callback):
    """Raise `DivergedError` at the end of an epoch whose loss is NaN or infinite."""

    def on_epoch_end(self, epoch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            worst = next((key for key, value in logs.items() if "/" in key and value in (math.inf, -math.inf)), "loss")
            raise DivergedError(
                f"loss is {loss} after epoch {epoch + 1} ({worst}); lower optimizer.learning_rate or a weight."
            )


class KeepGenerator(keras.callbacks.Callback):
    """Take back what a starting loader draws from torch's generator: a resumed run starts one more of them."""

    def on_train_begin(self, logs=None):
        self.state = read_generator()

    def on_train_batch_begin(self, batch, logs=None):
        if self.state is not None:
            write_generator(self.state)
            self.state = None


class EndBalancerEpoch(keras.callbacks.Callback):
    """Tell the trainer's balancer, if it has one, that an epoch is over."""

    def on_epoch_end(self, epoch, logs=None):
        if getattr(self.model, "balancer", None) is not None:
            self.model.balancer.end_epoch()


class JsonLog(keras.callbacks.Callback):
    """Append one JSON line an epoch.

    Args:
        path: of the file.
        extra: dict of values added to every line, as the stage.
    """

    def __init__(self, path, extra=None):
        super().__init__()
        self.path, self.extra = path, extra or {}

    def on_epoch_end(self, epoch, logs=None):
        values = {key: clean(value) for key, value in (logs or {}).items()}
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps({**self.extra, "epoch": epoch + 1, **values}) + "\n")


class SaveEveryEpoch(keras.callbacks.Callback):
    """Write the checkpoint from which `--resume` goes on.

    Args:
        path: of the file.
        stage_index: of the stage.
        epochs: of the stage; where it ends earlier, the checkpoint says that all are done.
    """

    def __init__(self, path, stage_index, epochs):
        super().__init__()
        self.path, self.stage_index, self.epochs = path, stage_index, epochs

    def on_epoch_end(self, epoch, logs=None):
        done = self.epochs if self.model.stop_training else epoch + 1
        save_checkpoint(self.path, self.model, {"stage": self.stage_index, "epoch": done})


def clean(value):
    """A float for JSON; None for NaN (nothing was measured)."""
    value = float(value)
    return value if math.isfinite(value) else None

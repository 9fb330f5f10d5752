"""What a training shows while it runs: a bar on a terminal, plain lines elsewhere."""

import atexit
import math
import sys

import keras


def progress_callbacks(index, stage, trainer):
    """The progress callback of one stage."""
    kind = ProgressBar if sys.stderr.isatty() else ProgressLines
    return [kind(stage.name, stage.epochs, getattr(trainer, "terms", ()))]


def show_note(text):
    """Say what the user may want to know and cannot see in a number."""
    print(f"note: {text}", file=sys.stderr, flush=True)


def summarize(logs):
    """Losses, label counts and validation score in one line."""
    losses = [f"{key.removeprefix('supervised/')} {shown(value)}" for key, value in logs.items() if is_loss(key)]
    labels = [f"{key.removeprefix('labels/')} {value:.0f}" for key, value in logs.items() if key.startswith("labels/")]
    parts = [f"loss {logs.get('loss', float('nan')):.3f}", *losses, "labels " + ", ".join(labels)]
    if "val/score" in logs:
        parts.append(f"validation {logs['val/score']:.3f}")
    return " · ".join(parts)


def shown(loss):
    """A loss as text; a dash where nothing counted for it."""
    return "–" if math.isnan(loss) else f"{loss:.3f}"


def is_loss(key):
    """Whether a log key is the loss of one term and cell."""
    return key.count("/") == 1 and not key.startswith(("labels/", "balance/", "val/"))


def idle_notes(logs, terms, epoch, epochs):
    """Sentences on the terms and cells that nothing counted for: their mean is not a number while the loss is one.

    A term is named in the first epoch that lies wholly after its `start`.

    Args:
        logs: dict of the epoch's log.
        terms: list of `Term`.
        epoch: int from 0.
        epochs: int, of the stage.

    Example:

    >>> from xdomain_keras.terms import Supervised
    >>> idle_notes({"loss": 1.0, "supervised/depth@room": float("nan")}, [Supervised()], 0, 2)[0][:50]
    '`supervised/depth@room` did nothing in this epoch:'
    """
    if not math.isfinite(logs.get("loss", math.nan)):
        return []
    begun = {term.name: term for term in terms if epoch == math.ceil(term.start * epochs)}
    idle = [key for key, value in logs.items() if is_loss(key) and math.isnan(value)]
    owners = {key: begun.get(key.partition("/")[0]) for key in idle}
    return [f"`{key}` did nothing in this epoch: {term.idle_note}" for key, term in owners.items() if term]


class ProgressLines(keras.callbacks.Callback):
    """One plain line an epoch."""

    def __init__(self, name, epochs, terms=()):
        super().__init__()
        self.stage_name, self.epochs, self.terms = name, epochs, terms

    def on_epoch_end(self, epoch, logs=None):
        seconds = f" · {logs['seconds']:.1f} s" if "seconds" in logs else ""
        print(f"{self.stage_name} {epoch + 1}/{self.epochs} · {summarize(logs)}{seconds}", file=sys.stderr, flush=True)
        notes = [note for term in self.terms for note in term.notes(logs)]
        notes += idle_notes(logs, self.terms, epoch, self.epochs)
        for note in notes:
            show_note(note)


class ProgressBar(ProgressLines):
    """A bar within the epoch, then its line."""

    def on_train_begin(self, logs=None):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self.progress = Progress(*columns, transient=True, console=Console(stderr=True))
        atexit.register(self.progress.stop)  # shows the cursor again where an error or Ctrl-C skips `on_train_end`
        self.progress.start()
        self.bar = self.progress.add_task(self.stage_name)

    def on_epoch_begin(self, epoch, logs=None):
        self.progress.reset(
            self.bar, total=self.params["steps"], description=f"{self.stage_name} {epoch + 1}/{self.epochs}"
        )

    def on_train_batch_end(self, batch, logs=None):
        self.progress.advance(self.bar)

    def on_train_end(self, logs=None):
        self.progress.stop()

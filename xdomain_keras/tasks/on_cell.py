"""A task on one cell of the label matrix, whose labels have names of their own."""


class TaskOnCell:
    """A task that reads labels through a class table; everything else is the task's.

    Args:
        task: `Task`.
        table: `data.ClassTable` of the cell.

    Example:

    >>> from xdomain_keras.data import ClassTable
    >>> from xdomain_keras.tasks import Segmentation
    >>> table = ClassTable(2, sets=(), values=((1,), (0,)), annotated=(0, 1))
    >>> task = TaskOnCell(Segmentation("parts", (1, 2), ["sky", "road"]), table)
    >>> task.name, task.encode({"id": "a", "semantic_ids": np.int32([[0, 1]])})[0, :, 0].tolist()
    ('parts', [1.0, 0.0])
    """

    def __init__(self, task, table):
        self.task, self.table = task, table
        self.kinds_read = {kind.name: kind for each in task.alternatives() for kind in each}

    def __getattr__(self, name):
        return getattr(self.task, name)

    def read(self, sample):
        """The sample with the task's classes in place of the source's names, and `annotated_classes`, their indices."""
        relabelled = {"annotated_classes": self.table.annotated_among(None)}
        for kind in self.kinds_read.values():
            if kind.present(sample):
                relabelled |= kind.relabel(kind.take(sample), self.table)
        return {**sample, **relabelled}

    def has_labels(self, sample):
        """As `Task.has_labels`; a cell in which no class is annotated has none."""
        return len(self.table.annotated) > 0 and self.task.has_labels(self.read(sample))

    def encode(self, sample):
        """As `Task.encode`."""
        return self.task.encode(self.read(sample))

    def measure(self, metric, sample, prediction):
        """As `Task.measure`."""
        self.task.measure(metric, self.read(sample), prediction)

    def places(self, sample):
        """As `Task.places`."""
        return self.task.places(self.read(sample))

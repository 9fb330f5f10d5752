"""The class table: what the values of a source's labels mean among the classes of a task."""

import dataclasses
import functools

import numpy as np


@dataclasses.dataclass(frozen=True)
class ClassTable:
    """One cell of the label matrix: each value that its labels know, as the set of task classes that it may be.

    A value of one class is the plain case; a coarse value has several; an empty set is ignored. Codes are what tasks
    read: a class is its own code, and a set of several has the code C + its place in `sets`.

    Args:
        num_classes: C, of the task.
        sets: tuple of tuples of class indices, in ascending order: the sets of several classes that the task knows.
        values: tuple, for each of the source's names the class indices that it may be, in ascending order.
        annotated: class indices that are annotated in the cell: what is not labelled there is none of these.

    Example:

    >>> table = ClassTable(3, sets=((0, 2),), values=((1,), (0, 2), ()), annotated=(0, 1, 2))
    >>> table.codes_of([0, 1, 2, -1]).tolist(), table.is_plain
    ([1, 3, -1, -1], False)
    """

    num_classes: int
    sets: tuple
    values: tuple
    annotated: tuple

    @property
    def is_plain(self):
        """Whether labels are read as they are: value i is class i, and every class is annotated."""
        same = self.values == tuple((index,) for index in range(self.num_classes))
        return same and len(self.annotated) == self.num_classes

    def codes_of(self, values):
        """The codes of an array of the source's values, int32 of its shape; -1 stays ignored."""
        return self._codes[np.asarray(values)]

    def annotated_among(self, values):
        """The class indices that an image is annotated for, int32 in ascending order.

        A class is annotated where every value that may be of it is: of three kinds of vehicles that are one class, an
        image in which cars alone are marked does not say where the vehicles are.

        Args:
            values: int array of the source's values, or None for all of the cell.
        """
        if values is None:
            return np.array(sorted(self.annotated), np.int32)
        known = set(np.asarray(values).tolist())
        told = {index for value in known for index in self.values[value]}
        untold = {index for value, own in enumerate(self.values) if value not in known for index in own}
        return np.array(sorted(told - untold), np.int32)

    @functools.cached_property
    def _codes(self):
        """The code of each value, and -1 behind the last, where the value -1 looks."""
        return np.array([*(code_of(each, self.sets, self.num_classes) for each in self.values), -1], np.int32)


def code_of(members, sets, num_classes):
    """The code of one set of class indices; -1 where it is empty."""
    if len(members) == 1:
        return members[0]
    return num_classes + sets.index(tuple(members)) if members else -1

"""Samples and their labels, readers, domains and their mixture."""

from xdomain_keras.data.augment import Augment
from xdomain_keras.data.cache import Cached
from xdomain_keras.data.class_table import ClassTable
from xdomain_keras.data.concatenated import Concatenated
from xdomain_keras.data.domain import Domain
from xdomain_keras.data.fault import DataFault, Fault
from xdomain_keras.data.joined import Joined
from xdomain_keras.data.label_availability import LabelAvailability, draw_availability, read_availability
from xdomain_keras.data.labels import LABELS, DenseLabel, Label
from xdomain_keras.data.listed import Listed
from xdomain_keras.data.mixture import Mixture
from xdomain_keras.data.readable import Readable
from xdomain_keras.data.readers.arrays import Arrays
from xdomain_keras.data.sample import find_faults
from xdomain_keras.data.sampling import draw_rows, repeat_factors, split_batch
from xdomain_keras.data.source import Source
from xdomain_keras.data.swapped_objects import SwappedObjects
from xdomain_keras.data.transforms import crop, flip, resize, zoom
from xdomain_keras.data.unannotated import Unannotated
from xdomain_keras.data.wrapper import Rows, Selected, Wrapper

__all__ = [
    "LABELS",
    "Arrays",
    "Augment",
    "Cached",
    "ClassTable",
    "Concatenated",
    "DataFault",
    "DenseLabel",
    "Domain",
    "Fault",
    "Joined",
    "Label",
    "LabelAvailability",
    "Listed",
    "Mixture",
    "Readable",
    "Rows",
    "Selected",
    "Source",
    "SwappedObjects",
    "Unannotated",
    "Wrapper",
    "crop",
    "draw_availability",
    "draw_rows",
    "find_faults",
    "flip",
    "read_availability",
    "repeat_factors",
    "resize",
    "split_batch",
    "zoom",
]

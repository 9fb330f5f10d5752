"""Samples, readers, domains and their mixture."""

from xdomain_keras.data.cache import Cached
from xdomain_keras.data.concatenated import Concatenated
from xdomain_keras.data.domain import Domain
from xdomain_keras.data.label_availability import LabelAvailability, draw_availability, read_availability
from xdomain_keras.data.listed import Listed
from xdomain_keras.data.mixture import Mixture
from xdomain_keras.data.readers.arrays import Arrays
from xdomain_keras.data.sample import find_faults
from xdomain_keras.data.source import DataFault, Fault, Joined, Rows, Source
from xdomain_keras.data.transforms import Augment, crop, flip, resize

__all__ = [
    "Arrays",
    "Augment",
    "Cached",
    "Concatenated",
    "DataFault",
    "Domain",
    "Fault",
    "Joined",
    "LabelAvailability",
    "Listed",
    "Mixture",
    "Rows",
    "Source",
    "crop",
    "draw_availability",
    "find_faults",
    "flip",
    "read_availability",
    "resize",
]

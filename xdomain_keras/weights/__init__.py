"""Files of weights: what is in them, read without running anything."""

from xdomain_keras.weights.stored import StoredArray
from xdomain_keras.weights.torch_file import read_torch

__all__ = ["StoredArray", "read_torch"]

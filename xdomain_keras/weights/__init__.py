"""Files of weights: what is in them, read without running anything."""

from xdomain_keras.weights.files import open_weights
from xdomain_keras.weights.matching import Loaded, load_arrays
from xdomain_keras.weights.stored import StoredArray

__all__ = ["Loaded", "StoredArray", "load_arrays", "open_weights"]

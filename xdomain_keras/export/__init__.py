"""Export: SavedModel, verified where only TensorFlow is installed."""

from xdomain_keras.export.saved_model import export_saved_model

__all__ = ["export_saved_model"]

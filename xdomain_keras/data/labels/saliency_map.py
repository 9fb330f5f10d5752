"""Saliency map: how much people look at every pixel, where no fixation is known."""

from xdomain_keras.data.labels.dense import DenseLabel

# float32 [H, W]: a density in [0, 1].
SALIENCY_MAP = DenseLabel("saliency_map", least=0, most=1)

"""Instance ids: which object every pixel shows."""

from xdomain_keras.data.labels.dense import DenseLabel

# int32 [H, W]: 1, 2, …; 0 = no object.
INSTANCE_IDS = DenseLabel("instance_ids", "categorical", least=0)

"""Semi-supervised learning: what is seen in a crop is what was seen there in the whole image."""

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.crop_resize import crop_resize, random_windows
from xdomain_keras.losses.masking import masked_mean
from xdomain_keras.losses.stretching import stretch_to
from xdomain_keras.terms.pair_term import PairTerm


class CropConsistency(PairTerm):
    """`1/N Σ_n 1/|U_n| Σ_{t ∈ U_n} MSE(e(ŷᵗ(x)), ŷᵗ(e(x)))`, with e a random crop (paper 002, Eq. 2: `SSL`).

    It runs the network a second time, on a window of each image stretched to the image's size. Predictions are
    compared as maps in [0, 1] (`Task.map_prediction`). The paper gives no size of the crop.

    Args:
        smallest: side of the window as a part of the image's; uniform from there to 1.
        seed: of the windows.
        weight: of the term.
        name: of the term.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.tasks import Depth, Normals
    >>> from xdomain_keras.terms import Setting
    >>> tasks = {"depth": Depth("depth", (32, 32)), "normals": Normals("normals", (32, 32))}
    >>> CropConsistency().cells(Setting(LabelMatrix({"room": ["depth"], "street": ["normals"]}), tasks))
    ['room', 'street']
    """

    def __init__(self, smallest: float = 0.5, seed: int = 0, weight: float = 1.0, name="crop_consistency"):
        super().__init__(name, weight)
        if not 0 < smallest <= 1:
            raise ConfigError(f"terms.{name}.smallest is {smallest}; expected a part of the image's side in (0, 1].")
        self.smallest, self.windows = smallest, keras.random.SeedGenerator(seed)

    def compute_domain(self, step, domain):
        images = step.images[domain]
        windows = random_windows(ops.shape(images)[0], self.smallest, self.windows)
        again = step.forward(domain, crop_resize(ops.cast(images, "float32"), windows))["outputs"]
        distances = []
        for name, task in self.map_tasks.items():
            # Cropped before it becomes a map: depth is measured by the largest that the window shows.
            seen = crop_resize(stretch_to(step.outputs[domain][name], task.shape), windows)
            difference = task.map_prediction(seen) - task.map_prediction(again[name])
            distances.append(ops.mean(ops.square(difference), axis=(1, 2, 3)))
        absent = 1 - self.read_presence(step, domain)
        per_image = masked_mean(ops.stack(distances, axis=1), absent, axis=1)  # 1/|U_n|
        return ops.mean(per_image), ops.sum(absent)

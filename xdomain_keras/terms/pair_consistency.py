"""Cross-task consistency in the joint space of each task pair."""

from typing import Literal

import keras
import numpy as np
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.crop_resize import crop_resize, random_windows
from xdomain_keras.losses.cosine_distance import cosine_distance
from xdomain_keras.losses.masking import where_present
from xdomain_keras.models.pair_mapper import PairMapper
from xdomain_keras.models.segnet import FILTERS
from xdomain_keras.signatures import check_choices
from xdomain_keras.terms.pair_slots import fill_slots, most_pairs, ordered_pairs, valid_pairs
from xdomain_keras.terms.pair_term import PairTerm
from xdomain_keras.terms.term import Needs


class PairConsistency(PairTerm):
    """An unlabelled task's prediction and a labelled task's truth agree where both are mapped (paper 002, Eq. 4).

    `1/N Σ_n 1/|U_n| Σ_{s ∈ U_n, t ∈ T_n} [L_ct(m(ŷˢ), m(yᵗ)) + r (R(f, m(ŷˢ)) + R(f, m(yᵗ)))]`, where U_n are the
    unlabelled and T_n the labelled tasks of image n, m is a `PairMapper` conditioned on the pair, f the network's
    deepest feature (held constant), and L_ct and R are cosine distances. All images and pairs of a batch go through
    the mapper at once. The mapper is as wide as f, but not wider than the paper's.

    Args:
        feature: name of the network's feature f, `[B, H / 32, W / 32, D]`, or a finer one, which is pooled to this.
        pairs: `"unlabelled"`: Eq. 4; `"all"`: every prediction against every other task's truth, for full
            supervision, where U_n would be empty; |U_n| is then the number of tasks.
        condition: `"each"`: the prediction is mapped under A[s, t], the truth under A[t, s]; `"pair"`: both under
            A[s, t]; `"none"`: no condition, the paper's ablation `w/o cond`.
        regularizer: r; 0 is the paper's ablation `w/o reg`.
        gumbel: predicted classes are drawn (hard Gumbel softmax, τ = 1) instead of the softmax itself.
        reduction: `"mean"`: with Eq. 4's 1/|U_n|; `"sum"`: without.
        stride: every so many-th pixel of the maps goes to the mapper, in both directions.
        recrop: the network runs a second time on random windows of at least this side, and predictions, labels and f
            are those of the windows; 1 for none. (The released code re-crops the data; its scales are 1, 1.2, 1.5.)
        film_learning_rate_factor: see `layers.PairFiLM`.
        as_released: as the authors' code has it: `condition="pair"`, `gumbel=True`, `reduction="sum"`,
            `regularizer=0.5` and `recrop=2/3`, whatever is given.
        weight: of the term.
        name: of the term.

    Raises:
        ConfigError: see `PairTerm`; the feature does not fit the mapper.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.tasks import Depth, Normals
    >>> from xdomain_keras.terms import Setting
    >>> tasks = {"depth": Depth("depth", (32, 32)), "normals": Normals("normals", (32, 32))}
    >>> PairConsistency().cells(Setting(LabelMatrix({"room": ["depth", "normals"]}), tasks))
    ['room']
    """

    def __init__(
        self,
        feature: str = "c5",
        pairs: Literal["unlabelled", "all"] = "unlabelled",
        condition: Literal["each", "pair", "none"] = "each",
        regularizer: float = 1.0,
        gumbel: bool = False,
        reduction: Literal["mean", "sum"] = "mean",
        stride: int = 1,
        recrop: float = 1.0,
        film_learning_rate_factor: float = 1.0,
        as_released: bool = False,
        weight: float = 1.0,
        name="pair_consistency",
    ):
        super().__init__(name, weight)
        if as_released:
            condition, gumbel, reduction, regularizer, recrop = "pair", True, "sum", 0.5, 2 / 3
        check_choices(PairConsistency, pairs=pairs, condition=condition, reduction=reduction)
        if not 0 < recrop <= 1:
            raise ConfigError(f"terms.{name}.recrop is {recrop}; expected a part of the image's side in (0, 1].")
        self.feature, self.every, self.condition, self.regularizer = feature, pairs == "all", condition, regularizer
        self.mean, self.film_learning_rate_factor = reduction == "mean", film_learning_rate_factor
        if stride < 1 or film_learning_rate_factor <= 0 or regularizer < 0:
            raise ConfigError(
                f"terms.{name}: stride {stride}, film_learning_rate_factor {film_learning_rate_factor}, regularizer "
                f"{regularizer}; expected an integer from 1 up, a number above 0, and one not below."
            )
        self.stride = stride
        self.recrop, self.windows = recrop, keras.random.SeedGenerator(1) if recrop < 1 else None
        self.noise = keras.random.SeedGenerator(0) if gumbel else None

    def needs(self, setting):
        # The mapper is as wide as the feature although no regularizer reads it.
        need = Needs(maps=frozenset([self.feature]))
        return {domain: own | need for domain, own in super().needs(setting).items()}

    def check(self, setting):
        height, width, _ = setting.features[self.feature]
        size = [-(-side // self.stride) for side in next(iter(setting.map_tasks.values())).shape]
        if not (size[0] % 32 == size[1] % 32 == 0 and height % (size[0] // 32) == width % (size[1] // 32) == 0):
            raise ConfigError(
                f"terms.{self.name}: maps of {size[0]} x {size[1]} and a feature `{self.feature}` of {height} x "
                f"{width}; expected multiples of 32, and of a 32nd of the map."
            )

    def prepare(self, network, setting):
        super().prepare(network, setting)
        channels = setting.features[self.feature][-1]
        # Of each ordered pair: its source and target, and the number of the pair turned round.
        ordered = ordered_pairs(len(self.map_tasks))
        self.sources, self.targets = np.array(ordered, "int32").T
        self.turned = np.array([ordered.index((t, s)) for s, t in ordered], "int32")
        self.mapper = PairMapper(
            {name: task.map_channels for name, task in self.map_tasks.items()},
            min(1.0, channels / FILTERS[-1]),
            out_channels=channels,
            conditioned=self.condition != "none",
            film_learning_rate_factor=self.film_learning_rate_factor,
            name="mapper",
        )
        self.mapper.build()

    def compute_domain(self, step, domain):
        feature, (predictions, truths, present) = self.read(step, domain)
        predictions, truths = (
            {k: m[:, :: self.stride, :: self.stride] for k, m in d.items()} for d in (predictions, truths)
        )
        num_images, num_tasks = ops.shape(present)[0], present.shape[1]
        num_slots = num_images * most_pairs(num_tasks, self.every)
        image, pair, weight = fill_slots(valid_pairs(present, self.every), num_slots)
        predicted, true = self.map_pairs(predictions, truths, present, image, pair, step.training)
        losses = self.compare(predicted, true, image, pair, weight)
        if self.regularizer:
            feature = pool_to(ops.stop_gradient(feature), predicted)
            feature = ops.take(feature, image, axis=0)
            losses += self.regularizer * (cosine_distance(feature, predicted) + cosine_distance(feature, true))
        if self.mean:
            num_sources = num_tasks * ops.ones_like(present[:, 0]) if self.every else ops.sum(1 - present, axis=1)
            losses /= ops.take(ops.maximum(num_sources, 1.0), image, axis=0)
        return ops.sum(losses * weight) / ops.cast(num_images, "float32"), ops.sum(weight)

    def read(self, step, domain):
        """f, and what `read_maps` returns, of the images or of windows of them."""
        if not self.windows:
            return step.features[domain].get(self.feature), self.read_maps(step, domain, self.noise)
        images = step.images[domain]
        windows = random_windows(ops.shape(images)[0], self.recrop, self.windows)
        passed = step.forward(domain, crop_resize(ops.cast(images, "float32"), windows))

        def cut(target):
            return crop_resize(ops.cast(target, "float32"), windows, nearest=True)

        return passed["features"].get(self.feature), self.read_maps(step, domain, self.noise, passed["outputs"], cut)

    def compare(self, predicted, true, image, pair, weight):
        """L_ct of every slot, `[N]`, from both maps `[N, h, w, D]`; subclasses put another loss here."""
        return cosine_distance(predicted, true)

    def map_pairs(self, predictions, truths, present, image, pair, training):
        """Both maps of every slot, `[N, h, w, D]` each, from one run of the mapper.

        An image's input is embedded once a task: its truth where it is labelled, else its prediction, for of both
        only one takes part in a pair of Eq. 4. With all pairs both do, and the truths follow the predictions.
        """
        num_images, embedded = ops.shape(present)[0], []
        for column, name in enumerate(self.map_tasks):
            if not self.every:
                inputs = where_present(truths[name], present[:, column], predictions[name])
                embedded.append(self.mapper.embed(name, inputs, training))
            else:
                inputs = ops.concatenate([predictions[name], truths[name]])
                embedded += ops.split(self.mapper.embed(name, inputs, training), 2)
        # Rows of the stacked maps: a block of images a task, or two where all pairs are mapped.
        blocks = 2 if self.every else 1
        first = blocks * ops.take(self.sources, pair) * num_images + image
        second = (blocks * ops.take(self.targets, pair) + blocks - 1) * num_images + image
        conditions = ops.take(self.turned, pair) if self.condition == "each" else pair
        rows = ops.take(ops.concatenate(embedded), ops.concatenate([first, second]), axis=0)
        mapped = self.mapper([rows, ops.concatenate([pair, conditions])], training=training)
        return ops.split(mapped, 2)


def pool_to(feature, grid):
    """The feature averaged over blocks to the grid's height and width."""
    window = (feature.shape[1] // grid.shape[1], feature.shape[2] // grid.shape[2])
    return feature if window == (1, 1) else ops.average_pool(feature, window, window)

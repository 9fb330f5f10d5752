"""Cross-task consistency in the joint space of each task pair."""

from typing import Literal

import keras
import numpy as np
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.cosine_distance import cosine_distance
from xdomain_keras.losses.masking import where_present
from xdomain_keras.models.pair_mapper import PairMapper
from xdomain_keras.terms.pair_slots import fill_slots, most_pairs, ordered_pairs, valid_pairs
from xdomain_keras.terms.term import Needs, Term


class PairConsistency(Term):
    """An unlabelled task's prediction and a labelled task's truth agree where both are mapped (paper 002, Eq. 4).

    `1/N Σ_n 1/|U_n| Σ_{s ∈ U_n, t ∈ T_n} [L_ct(m(ŷˢ), m(yᵗ)) + r (R(f, m(ŷˢ)) + R(f, m(yᵗ)))]`, where U_n are the
    unlabelled and T_n the labelled tasks of image n, m is a `PairMapper` conditioned on the pair, f the network's
    deepest feature (held constant), and L_ct and R are cosine distances. All images and pairs of a batch go through
    the mapper at once.

    Args:
        tasks: dict of task name → `DenseTask`.
        width: of the mapper; that of the network's SegNet.
        feature: name of the network's feature f, `[B, h, w, 512 width]`.
        pairs: `"unlabelled"`: Eq. 4; `"all"`: every prediction against every other task's truth, for full supervision.
        regularizer: r; 0 is the paper's ablation `w/o reg`.
        conditioned: False is the paper's ablation `w/o cond`.
        gumbel: predicted classes are drawn (hard Gumbel softmax, τ = 1) instead of the softmax itself.
        reduction: `"mean"`: with Eq. 4's 1/|U_n|; `"sum"`: without.
        same_condition: both maps of a pair are conditioned on A[s, t]; otherwise the truth's on A[t, s].
        film_learning_rate_factor: see `layers.PairFiLM`.
        as_released: `gumbel`, `same_condition`, `reduction="sum"` and `regularizer=0.5`, as the authors' code has them.
        weight: of the term.
        name: of the term.

    Raises:
        ConfigError: no domain has two dense tasks.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.tasks import Depth, Normals
    >>> tasks = {"depth": Depth("depth", (32, 32)), "normals": Normals("normals", (32, 32))}
    >>> PairConsistency(tasks).cells(LabelMatrix({"room": ["depth", "normals"]}))
    ['room']
    """

    def __init__(
        self,
        tasks,
        width: float = 1.0,
        feature: str = "c5",
        pairs: Literal["unlabelled", "all"] = "unlabelled",
        regularizer: float = 1.0,
        conditioned: bool = True,
        gumbel: bool = False,
        reduction: Literal["mean", "sum"] = "mean",
        same_condition: bool = False,
        film_learning_rate_factor: float = 1.0,
        as_released: bool = False,
        weight: float = 1.0,
        name="pair_consistency",
    ):
        super().__init__(name, weight)
        if as_released:
            gumbel, same_condition, reduction, regularizer = True, True, "sum", 0.5
        self.dense_tasks = {name: task for name, task in tasks.items() if hasattr(task, "map_target")}
        self.feature, self.every, self.regularizer = feature, pairs == "all", regularizer
        self.gumbel, self.reduction, self.same_condition = gumbel, reduction, same_condition
        channels = {name: task.map_channels for name, task in self.dense_tasks.items()}
        self.mapper = PairMapper(channels, width, conditioned, film_learning_rate_factor, name="mapper")
        self.noise = keras.random.SeedGenerator(0)
        # Of each ordered pair: its sources and targets, and the number of the pair turned round.
        pairs = ordered_pairs(len(channels))
        self.sources, self.targets = np.array(pairs or np.zeros((0, 2), int)).T
        self.turned = np.array([pairs.index((t, s)) for s, t in pairs], int)

    def tasks_of(self, matrix, domain):
        return [task for task in self.dense_tasks if matrix.has(domain, task)]

    def needs(self, matrix):
        domains = [domain for domain in matrix.domains if len(self.tasks_of(matrix, domain)) > 1]
        if not domains:
            raise ConfigError(
                f"`{self.name}` needs a domain with two tasks of a value a pixel; got "
                f"{', '.join(self.dense_tasks) or 'none'}. Add a task to a domain or drop the term."
            )
        names = frozenset(self.dense_tasks)
        return {domain: Needs(outputs=names, features=frozenset([self.feature])) for domain in domains}

    def cells(self, matrix):
        return list(self.needs(matrix))

    def prepare(self, network, matrix):
        self.mapper.build()
        channels = network.features[self.feature].shape[-1]
        mapped = self.mapper.stages[-1][-1].filters
        if channels != mapped:
            raise ConfigError(
                f"`{self.name}`: the mapper ends in {mapped} channels, the feature `{self.feature}` has {channels}; "
                "set the term's `width` to that of the backbone."
            )
        self.built = True

    def compute(self, step):
        return {domain: self.consistency(step, domain) for domain in step.targets if domain in step.features}

    def consistency(self, step, domain):
        """(mean over the images, number of pairs) of one domain."""
        outputs, targets, weights = step.outputs[domain], step.targets[domain], step.weights[domain]
        num_images = ops.shape(outputs[next(iter(self.dense_tasks))])[0]
        absent = ops.zeros((num_images,))
        present = ops.stack([ops.cast(weights.get(task, absent), "float32") for task in self.dense_tasks], axis=1)
        valid = valid_pairs(present > 0, self.every)
        num_slots = (outputs[next(iter(self.dense_tasks))].shape[0] or num_images) * most_pairs(
            len(self.dense_tasks), self.every
        )
        image, pair, weight = fill_slots(valid, num_slots)
        embedded, offset = self.embed_maps(outputs, targets, present, step.training)
        first = ops.take(self.sources, pair, axis=0) * num_images + image
        second = ops.take(self.targets, pair, axis=0) * num_images + image + offset
        conditions = pair if self.same_condition else ops.take(self.turned, pair, axis=0)
        mapped = self.mapper(
            [ops.take(embedded, ops.concatenate([first, second]), axis=0), ops.concatenate([pair, conditions])],
            training=step.training,
        )
        predicted, true = mapped[:num_slots], mapped[num_slots:]
        losses = cosine_distance(predicted, true)
        if self.regularizer:
            feature = ops.take(ops.stop_gradient(step.features[domain][self.feature]), image, axis=0)
            retained = cosine_distance(predicted, feature) + cosine_distance(true, feature)
            losses = losses + self.regularizer * retained
        if self.reduction == "mean":
            num_sources = (
                ops.sum(1 - present, axis=1) if not self.every else ops.full_like(present[:, 0], present.shape[1])
            )
            losses = losses / ops.take(ops.maximum(num_sources, 1.0), image, axis=0)
        count = ops.sum(weight)
        return ops.sum(losses * weight) / ops.cast(num_images, "float32"), count

    def embed_maps(self, outputs, targets, present, training):
        """Embed the maps of all tasks and images, task by task.

        An image's map of a task is its truth where it is labelled, else its prediction: of both, only one takes part
        in an unlabelled-labelled pair. With all pairs both do, and the truths follow the predictions.

        Returns:
            (float `[K B, …]` or `[2 K B, …]`, where the truths begin).
        """
        seed = self.noise if self.gumbel else None
        predictions, truths = [], []
        for column, (name, task) in enumerate(self.dense_tasks.items()):
            predicted, labelled = task.map_prediction(outputs[name], seed), present[:, column]
            true = ops.zeros_like(predicted)
            if name in targets:
                true = task.map_target(where_present(targets[name], labelled))
            if self.every:
                both = self.mapper.embed(name, ops.concatenate([predicted, true]), training)
                predictions.append(both[: len(both) // 2])
                truths.append(both[len(both) // 2 :])
            else:
                chosen = ops.where(labelled[:, None, None, None] > 0, true, predicted)
                predictions.append(self.mapper.embed(name, chosen, training))
        offset = sum(part.shape[0] for part in predictions) if self.every else 0
        return ops.concatenate(predictions + truths), offset

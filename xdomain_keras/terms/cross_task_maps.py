"""One network a task pair, from one task's maps to the other's labels: the rivals of the joint space."""

import itertools
from typing import Literal

import keras
from keras import ops

from xdomain_keras.losses.masking import where_present
from xdomain_keras.models.dense_heads import SegNetHead
from xdomain_keras.models.segnet import segnet
from xdomain_keras.signatures import check_choices
from xdomain_keras.terms.pair_term import PairTerm


class CrossTaskMaps(PairTerm):
    """K (K - 1) networks mˢᵗ from maps of task s to labels of task t, a whole SegNet each (paper 002, §3.2 and §4).

    - `"direct"` (Direct-Map): `1/|U_n| Σ_{s ∈ U_n, t ∈ T_n} Lᵗ(yᵗ, mˢᵗ(ŷˢ))`; network and maps learn.
    - `"perceptual"` (Perceptual-Map): the maps learn as above, with ŷˢ held; the network learns by
      `1/|T_n| Σ_{s ∈ T_n, t ≠ s} |mˢᵗ(ŷˢ) - mˢᵗ(yˢ)|`, with the maps held.
    - `"x_task"` (X-Task; Zamir et al. 2020): as perceptual, but the maps learn from label to label,
      `Lᵗ(yᵗ, mˢᵗ(yˢ))`, which asks for images with both. They learn beside the network instead of before it. Without
      such an image they stay as they began, and the log has no value: leave the term out then.

    The distances |·| are means over the pixels of t's maps in [0, 1] (`Task.map_prediction`).

    Args:
        kind: as above.
        width: factor of all channels of the SegNets, see `models.channels.scale_channels`.
        weight: of the term.
        name: of the term.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.tasks import Depth, Normals
    >>> from xdomain_keras.terms import Setting
    >>> tasks = {"depth": Depth("depth", (32, 32)), "normals": Normals("normals", (32, 32))}
    >>> CrossTaskMaps(width=0.125).cells(Setting(LabelMatrix({"room": ["depth"], "street": []}), tasks))
    ['room']
    """

    def __init__(
        self,
        kind: Literal["direct", "perceptual", "x_task"] = "direct",
        width: float = 1.0,
        weight: float = 1.0,
        name="cross_task_maps",
    ):
        super().__init__(name, weight)
        check_choices(CrossTaskMaps, kind=kind)
        self.kind, self.width = kind, width

    def prepare(self, network, setting):
        super().prepare(network, setting)
        self.pairs = list(itertools.permutations(self.map_tasks, 2))
        self.maps, self.label_losses = {}, {}
        for name, task in self.map_tasks.items():
            self.label_losses[name] = task.loss(network)
            self.label_losses[name].reduction = None
        for s, t in self.pairs:
            source, target = self.map_tasks[s], self.map_tasks[t]
            body = segnet((*source.shape, source.map_channels), self.width, scale=1.0, name=f"{s}_to_{t}")
            head = SegNetHead(target.dense_head.channels, filters=body.output["c0"].shape[-1])
            self.maps[f"{s}_to_{t}"] = keras.Model(body.input, head(body.output, f"{s}_to_{t}_head"))

    def compute_domain(self, step, domain):
        predictions, truths, present = self.read_maps(step, domain)
        columns, total, count = dict(zip(self.map_tasks, ops.unstack(present, axis=1), strict=True)), 0.0, 0.0
        for s, t in self.pairs:
            s_present, t_present, mapped = columns[s], columns[t], self.maps[f"{s}_to_{t}"]
            if self.kind == "x_task":
                learns = s_present * t_present
                inputs = where_present(truths[s], s_present, predictions[s])
            else:
                learns = (1 - s_present) * t_present
                inputs = predictions[s]
            if self.kind != "direct":
                inputs = ops.stop_gradient(inputs)
            if t in step.targets[domain]:
                y_true = where_present(step.targets[domain][t], learns)
                losses = self.label_losses[t](y_true, mapped(inputs, training=step.training))
                num_sources = ops.sum(present if self.kind == "x_task" else 1 - present, axis=1)
                total += ops.mean(ops.where(learns > 0, losses, 0.0) / ops.maximum(num_sources, 1.0))
                count += ops.sum(learns)
            if self.kind != "direct" and s in step.targets[domain]:
                total += self.perceive(mapped, t, predictions[s], truths[s], s_present, present, step.training)
        return total, count

    def perceive(self, mapped, t, prediction, truth, s_present, present, training):
        """`1/N Σ_n [s ∈ T_n] / |T_n| · |mˢᵗ(ŷˢ) - mˢᵗ(yˢ)|`, with the weights of mˢᵗ held."""
        held = [ops.stop_gradient(variable) for variable in mapped.trainable_variables]
        truth = where_present(truth, s_present, ops.stop_gradient(prediction))
        both = ops.concatenate([prediction, truth])
        raw, _ = mapped.stateless_call(held, mapped.non_trainable_variables, both, training=training)
        first, second = ops.split(self.map_tasks[t].map_prediction(raw), 2)
        distances = ops.mean(ops.abs(first - second), axis=(1, 2, 3))
        return ops.mean(s_present * distances / ops.maximum(ops.sum(present, axis=1), 1.0))

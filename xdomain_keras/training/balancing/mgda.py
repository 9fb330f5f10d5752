"""The shortest vector that a weighted mean of the gradients can be."""

import itertools
from typing import Literal

import numpy as np
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices
from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.gramian import clean_gramian, split_gramian, uniform_weights

MOST_TASKS = 8


class MGDA(Balancer):
    """`argmin_w ||Σ_k w_k g_k||²` over `w ≥ 0, Σ w = 1` (Désidéri 2012; Sener & Koltun 2018, Eq. 3).

    No present task's loss rises along it. For few tasks the minimum is found exactly: of every face S of the simplex
    the point of least norm of its affine hull solves `G_S x = 1`; the minimum is among those that lie within it. The
    weights sum to 1. Where all gradients are zero they are equal.

    Args:
        num_tasks: K, at most 8: there are 2^K - 1 faces.
        normalize: `"none"`; `"l2"`: the gradients are divided by their norms, `"loss"`: by their losses, before w is
            sought. As in the authors' code w then weighs the gradients as they are, which may let a loss rise.
        name: of the layer.

    Raises:
        ConfigError: more than 8 tasks.

    Example:

    >>> gramian = ops.array([[1.0, 0.0], [0.0, 3.0]])
    >>> ops.convert_to_numpy(MGDA(2).weigh(ops.ones((2,)), ops.ones((2,)), gramian)).round(3).tolist()
    [0.75, 0.25]
    """

    needs_gramian = True

    def __init__(self, num_tasks, normalize: Literal["none", "l2", "loss"] = "none", name="mgda"):
        super().__init__(num_tasks, name)
        check_choices(MGDA, normalize=normalize)
        if num_tasks > MOST_TASKS:
            raise ConfigError(
                f"balancing: `mgda` takes at most {MOST_TASKS} tasks; got {num_tasks}. Take `cagrad` or `nash_mtl`."
            )
        self.normalize = normalize
        self.faces = np.array([face for face in itertools.product((0, 1), repeat=num_tasks) if any(face)], "float32")

    def weigh(self, losses, present, gramian=None):
        gramian, _ = clean_gramian(gramian, present)
        if self.normalize != "none":
            scale = ops.sqrt(ops.diagonal(gramian)) if self.normalize == "l2" else ops.abs(losses)
            scale = ops.where(ops.logical_and(scale > 1e-6, ops.isfinite(scale)), scale, 1.0)
            gramian, _ = clean_gramian(gramian / (scale[:, None] * scale[None, :]), present)
        faces = ops.convert_to_tensor(self.faces) * present
        candidates = self.face_minima(gramian, faces)
        squares = ops.sum(ops.matmul(candidates, gramian) * candidates, axis=1)
        # Faces that are empty but for absent tasks are not candidates.
        best = ops.argmin(ops.where(ops.sum(candidates, axis=1) > 0.5, squares, np.inf))
        weights = ops.take(candidates, best, axis=0)
        return ops.where(ops.max(gramian) > 0, weights, uniform_weights(present))

    def face_minima(self, gramian, faces):
        """A point of each face, float `[F, K]`: the least one of its affine hull, moved into the simplex."""
        norms, cosines = split_gramian(gramian)
        identity = ops.eye(self.num_tasks, dtype="float32")
        # In cosines: C_S y = 1 / n, x = y / n. What is not of the face is cut off and solves to 0.
        scale = 1 / ops.maximum(norms, 1e-6)
        systems = faces[:, :, None] * faces[:, None, :] * (cosines - identity) + identity
        solved = ops.solve(systems, (faces * scale)[:, :, None])[:, :, 0] * faces * scale
        # Moving loses nothing: any point of the simplex is a candidate, and the true minimum is not moved.
        solved = ops.maximum(solved, 0.0)
        return solved / ops.maximum(ops.sum(solved, axis=1, keepdims=True), 1e-12)

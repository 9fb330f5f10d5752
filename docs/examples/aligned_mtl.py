"""A balancer of your own: Aligned-MTL, which makes the tasks' gradients orthogonal and equally long.

xdomain train docs/examples/aligned_mtl.yaml --parts docs/examples/aligned_mtl.py
"""

from keras import ops

from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.gramian import clean_gramian, uniform_weights


class AlignedMTL(Balancer):
    """`w = σ_min V Σ⁻¹ Vᵀ 1/K` with `G = V Σ² Vᵀ` the tasks' Gramian (Senushkin et al. 2023, §3).

    Args:
        num_tasks: K.
        tolerance: eigenvalues of G below this part of the largest count as 0.
        name: of the layer.
    """

    needs_gramian = True

    def __init__(self, num_tasks, tolerance: float = 1e-6, name="aligned_mtl"):
        super().__init__(num_tasks, name)
        self.tolerance = tolerance

    def weigh(self, losses, present, gramian=None):
        gramian, _ = clean_gramian(gramian, present)
        values, vectors = ops.linalg.eigh(gramian)
        known = values > self.tolerance * ops.maximum(ops.max(values), 1e-12)
        roots = ops.sqrt(ops.where(known, values, 1.0))
        smallest = ops.min(ops.where(known, roots, ops.max(roots) + 1.0))
        scaled = vectors * ops.where(known, smallest / roots, 0.0)
        return present * ops.matmul(scaled, ops.matmul(ops.transpose(vectors), uniform_weights(present)))


PARTS = {"balancers": {"aligned_mtl": AlignedMTL}}

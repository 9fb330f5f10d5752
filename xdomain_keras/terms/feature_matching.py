"""One feature of the network learns to be another."""

from typing import Literal

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices
from xdomain_keras.terms.term import Needs, Term


class FeatureMatching(Term):
    """`mean |G(E1(x)) - E2(x)|` over images, positions and channels, with E2 held (paper 001, Eq. 3).

    Args:
        source: name of the feature that learns, as `"c2_segmentation_to_depth"`.
        target: name of the feature that it is to become, as `"c2_depth"`.
        distance: `"l1"`, the paper's; `"l2"`, the mean square of AT/DT (Ramirez et al. 2019).
        weight: of the term.
        name: of the term.

    Raises:
        ConfigError: the shapes of the two features differ.

    Example:

    >>> from xdomain_keras.terms import Step
    >>> features = {"simulator": {"a": ops.ones((1, 2, 2, 3)), "b": 3 * ops.ones((1, 2, 2, 3))}}
    >>> float(FeatureMatching("a", "b").compute(Step({}, {}, {}, {}, features))["simulator"][0])
    2.0
    """

    reads_images = False

    def __init__(
        self,
        source: str,
        target: str,
        distance: Literal["l1", "l2"] = "l1",
        weight: float = 1.0,
        name="feature_matching",
    ):
        super().__init__(name, weight)
        check_choices(FeatureMatching, distance=distance)
        self.source, self.target, self.distance = source, target, distance

    def needs(self, setting):
        return {domain: Needs(features=frozenset([self.source, self.target])) for domain in setting.matrix.domains}

    def cells(self, setting):
        return list(setting.matrix.domains)

    def check(self, setting):
        shapes = [setting.features[feature] for feature in (self.source, self.target)]
        if shapes[0] != shapes[1]:
            raise ConfigError(
                f"terms.{self.name}: `{self.source}` is {shapes[0]}, `{self.target}` {shapes[1]}; expected equal "
                "shapes."
            )

    def compute(self, step):
        values = {}
        for domain, features in step.features.items():
            held = ops.stop_gradient(ops.cast(features[self.target], "float32"))
            gap = ops.cast(features[self.source], "float32") - held
            values[domain] = (ops.mean(ops.abs(gap) if self.distance == "l1" else ops.square(gap)), 1.0)
        return values

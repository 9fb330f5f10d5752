"""Labels of some classes taken away, as if nobody had annotated them."""

from xdomain_keras.data.wrapper import Selected
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import require_known


class Unannotated(Selected):
    """Another source without the labels of some classes: what they cost can be measured where they are known.

    Args:
        source: `Source`.
        names: dict of kind → names of the classes whose labels are taken away.

    Raises:
        ConfigError: a name that the source does not know, or labels that cannot be taken away class by class.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> boxes = {"boxes_xyxy": [np.float32([[0, 0, 2, 2], [1, 1, 3, 3]])], "classes": [np.int32([0, 1])]}
    >>> source = Arrays({"image": np.zeros((1, 4, 4, 3), np.uint8), **boxes}, ["cat", "dog"])
    >>> Unannotated(source, {"boxes": ["cat"]})[0]["classes"].tolist()
    [1]
    """

    def __init__(self, source, names):
        super().__init__(source, range(len(source)))
        self.hidden = {}
        for kind, own in names.items():
            if kind not in source.names or not source.labels[kind].loses_classes:
                raise ConfigError(f"labels of the kind {kind} cannot be taken away by class; map them with `classes`.")
            for name in own:
                require_known("class", name, source.names[kind])
            self.hidden[kind] = [source.names[kind].index(name) for name in own]

    def read_labels(self, index):
        labels = super().read_labels(index)
        for name, values in self.hidden.items():
            kind = self.labels[name]
            if kind.present(labels):
                others = {key: value for key, value in labels.items() if key not in kind.keys}
                labels = {**others, **kind.without(kind.take(labels), values)}
        return labels

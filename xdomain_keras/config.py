"""The typed experiment: one YAML says everything; unknown keys are errors with a suggestion."""

import pathlib
import typing

import pydantic
import yaml

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import validate


class Section(pydantic.BaseModel):
    """Base of the sections: no unknown keys."""

    model_config = pydantic.ConfigDict(extra="forbid")


class DomainConfig(Section):
    """One row of the label matrix.

    `source` is a reader's options (`{reader: coco, images: …}`), or a list of them over the same
    images; each split is laid over it. `tasks` are trained, `evaluate` (default: the same) measured. `labels` hides
    some labels of the training images: options of `data.draw_availability`, or `{file: …}`; `tasks`
    in it (default: the trained ones) are those among which labels are drawn. `swap_objects` is the part of the training
    images whose salient object is called background, and the other way round. `taps` says which level of the backbone a
    task's head reads when this domain is measured, where it is not its own: `{depth: c2_segmentation_to_depth}`.
    """

    source: dict | list[dict] = {}
    splits: dict[str, dict | list[dict]] = {"train": {}}
    tasks: list[str] = []
    evaluate: list[str] | None = None
    batch_size: int = pydantic.Field(8, ge=1)
    augment: dict = {}
    labels: dict = {}
    swap_objects: float = pydantic.Field(0.0, ge=0, le=1)
    taps: dict[str, str] = {}
    train: bool = True


class ModelConfig(Section):
    """The shared backbone (heads are options of the tasks), and how it sees several domains (`Trainer.forward`)."""

    backbone: dict = {"name": "resnet", "depth": 50}
    weights: str | None = None
    start_from: str | None = None
    forward: typing.Literal["joint", "separate"] = "joint"


class StageConfig(Section):
    """One stage of training: how long, on which domains, labels of which tasks, which parts and terms; None for all.

    Parts that are `frozen` do not train although `trainable` names them, or all. With `patience` the stage ends before
    its last epoch, once the score of validation has not risen in so many measurements, and the next stage begins with
    the best weights of the network; what terms and balancer have learnt stays.
    """

    name: str = "train"
    epochs: int = pydantic.Field(1, ge=0)
    domains: list[str] | None = None
    tasks: list[str] | None = None
    trainable: list[str] | None = None
    frozen: list[str] = []
    terms: list[str] | None = None
    optimizer: dict = {}
    patience: int = pydantic.Field(0, ge=0)


class EvaluationConfig(Section):
    """When and how predictions are measured; `features` of the domains are compared in the report.

    `image_size` is that of the images which the trained network predicts, where it is not the one it was trained on.
    `label_free` adds scores of the maps that a domain is measured on and has no labels for in training: `reverse_r2`
    and `entropy` (`experiments.label_free`); `losses` adds the losses of the validation splits, and their sum with the
    weights of the tasks, `loss`. `monitor`, as `normals@photo/mean` or `loss`, names the figure of validation by which
    weights are chosen instead of the main metrics; of errors and losses the lowest is the best.
    """

    every_epochs: int = pydantic.Field(1, ge=0)
    batch_size: int = pydantic.Field(16, ge=1)
    monitor: str | None = None
    pictures: int = pydantic.Field(8, ge=0)
    features: str | None = None
    label_free: bool = False
    losses: bool = False
    image_size: tuple[pydantic.PositiveInt, pydantic.PositiveInt] | None = None


class LoaderConfig(Section):
    """How batches reach the model: `tf_data`, `py_dataset` or `auto` (tf.data on TensorFlow).

    `on_bad: skip` leaves images and labels that cannot be used out, and lists them in the run's `quarantine.json`.
    """

    kind: typing.Literal["auto", "tf_data", "py_dataset"] = "auto"
    cache_gigabytes: float = pydantic.Field(4.0, ge=0)
    workers: int = pydantic.Field(2, ge=1)
    check_images: bool = True
    on_bad: typing.Literal["stop", "skip"] = "stop"


class ExperimentConfig(Section):
    """One experiment: domains, tasks, model, terms, stages.

    `balancing` is a balancer and its options (`{name: gradnorm, alpha: 1.0}`); empty: the plain sum of the losses.
    """

    name: str
    description: str = ""
    backend: typing.Literal["tensorflow", "jax", "torch"] | None = None
    seed: int = pydantic.Field(0, ge=0)
    image_size: tuple[pydantic.PositiveInt, pydantic.PositiveInt]
    domains: dict[str, DomainConfig]
    tasks: dict[str, dict] = {}
    method: str = "multi_task"
    model: ModelConfig = ModelConfig()
    terms: dict[str, dict | None] = {}
    balancing: dict = {}
    optimizer: dict = {}
    steps_per_epoch: pydantic.PositiveInt | typing.Literal["largest", "smallest"] = "largest"
    stages: list[StageConfig] = pydantic.Field([StageConfig()], min_length=1)
    evaluation: EvaluationConfig = EvaluationConfig()
    loader: LoaderConfig = LoaderConfig()


def load_config(path, overrides=()):
    """Read an experiment from YAML, its `base` files first, then `section.key=value` overrides.

    Args:
        path: of a YAML file. A top-level `base: other.yaml` (relative to it) is read first and this
            file laid over it; `null` removes a key of the base.
        overrides: iterable of str `section.key=value`; the value is YAML.

    Returns:
        `ExperimentConfig`.

    Raises:
        ConfigError: file missing, not YAML, unknown key or a value of the wrong type.
    """
    tree = read_tree(pathlib.Path(path))
    for override in overrides:
        tree = merge(tree, parse_override(override))
    return validate(ExperimentConfig, tree, str(path))


def save_config(config, path):
    """Write the resolved experiment as YAML."""
    text = yaml.safe_dump(_as_yaml(config.model_dump()), sort_keys=False, allow_unicode=True)
    pathlib.Path(path).write_text(text, encoding="utf-8")


def _as_yaml(value):
    """Tuples as lists; the numbers that are keys stay numbers, which JSON would not let them."""
    if isinstance(value, dict):
        return {key: _as_yaml(item) for key, item in value.items()}
    return [_as_yaml(item) for item in value] if isinstance(value, list | tuple) else value


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML that takes a key written twice for the mistake it is."""

    def construct_mapping(self, node, deep=False):
        keys = [key_node for key_node, _ in node.value if isinstance(key_node, yaml.ScalarNode)]
        seen = set()
        for key in keys:
            if (key.tag, key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key `{key.value}` stands twice", key.start_mark)
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def read_tree(path, above=()):
    """The merged, unvalidated content of a YAML file and its bases; `above` are the files that it is a base of."""
    if path.resolve() in above:
        raise ConfigError(f"{path}: is a base of itself; let `base` name another file.")
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), UniqueKeyLoader)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; `xdomain list` names the configs that exist.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is no UTF-8 text; give a YAML file.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}: not YAML{place}: {getattr(error, 'problem', error)}.") from None
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: holds {type(tree).__name__}; expected a mapping such as `name: …`.")
    base = tree.pop("base", None)
    if base is None:
        return tree
    if not isinstance(base, str):
        raise ConfigError(f"{path}: `base` is {base!r}; expected the name of one YAML file.")
    return merge(read_tree(path.parent / base, (*above, path.resolve())), tree)


def parse_override(text):
    """`section.key=value` as a nested dict; the value is read as YAML."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"override {text!r}: expected section.key=value, as `seed=1`.")
    try:
        tree = yaml.safe_load(value)
    except yaml.YAMLError:
        raise ConfigError(f"override {text!r}: the value is not YAML; quote it.") from None
    for part in reversed(key.strip().split(".")):
        tree = {part: tree}
    return tree


def merge(base, over, keep_nulls=False):
    """`over` laid on `base`: dicts merge, `None` removes, all else replaces; a dict of numbers edits a list.

    Under `terms` a `None` stays: it also takes away the term that the method brings by itself.

    Example:

    >>> merge({"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"y": 5}, "b": None})
    {'a': {'x': 1, 'y': 5}}
    """
    merged = dict(base)
    for key, value in over.items():
        if value is None and key in base and not keep_nulls:
            del merged[key]
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value, keep_nulls=key == "terms")
        elif isinstance(merged.get(key), list) and is_indexed(value):
            items = {str(index): item for index, item in enumerate(merged[key])}
            for index in value:
                if str(index) not in items:
                    raise ConfigError(f"`{key}.{index}`: the list has {len(items)} entries, the first is 0.")
            merged[key] = list(merge(items, {str(index): item for index, item in value.items()}).values())
        else:
            merged[key] = value
    return merged


def is_indexed(value):
    """Whether a value is a dict whose keys are all places in a list."""
    return isinstance(value, dict) and bool(value) and all(str(key).isdigit() for key in value)

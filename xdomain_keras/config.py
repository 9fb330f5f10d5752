"""The typed experiment: one YAML says everything; unknown keys are errors with a suggestion."""

import pathlib
import typing

import pydantic
import pydantic_core
import yaml

from xdomain_keras.errors import ConfigError
from xdomain_keras.label_matrix import RESERVED
from xdomain_keras.overrides import merge, parse_override
from xdomain_keras.packaged_configs import find_config
from xdomain_keras.signatures import validate
from xdomain_keras.yaml_text import parse_yaml


def _check_meaning(given):
    if isinstance(given, str) or (isinstance(given, list) and all(isinstance(each, str) for each in given)):
        return given
    raise pydantic_core.PydanticCustomError("meaning", "expected a class, a list of classes, or `ignore`")


# What a value in the labels means among a task's classes.
Meaning = typing.Annotated[typing.Any, pydantic.AfterValidator(_check_meaning)]
Options = dict[str, typing.Any]  # of a part, which checks them by its signature


class Section(pydantic.BaseModel):
    """Base of the sections: no unknown keys."""

    model_config = pydantic.ConfigDict(extra="forbid")


class DomainConfig(Section):
    """One row of the label matrix; `batch_size` is the number of its images in a step, 8 where nothing says it.

    `source` is a reader's options (`{reader: coco, images: …}`), or a list of them over the same
    images; each split is laid over it. `tasks` are trained, `evaluate` (default: the same) measured. `labels` hides
    some labels of the training images: options of `data.draw_availability`, or `{file: …}`; `tasks`
    in it (default: the trained ones) are those among which labels are drawn, and `hide` takes away labels of some
    classes, as if nobody had annotated them: `{hide: {detection: [chair]}}`. `swap_objects` is the part of the training
    images whose salient object is called background, and the other way round. `taps` says which level of the backbone a
    task's head reads when this domain is measured, where it is not its own: `{depth: c2_segmentation_to_depth}`.
    `classes` says by name, for each task, what a value in the labels means among the task's classes: one class, a list
    of those that it may be, or `ignore`; a value that is not listed means what `"*"` says, or the class of its name.
    `annotates` lists the classes that are annotated here, by default those that occur in the training labels; a split
    may say otherwise. `oversample` shows images with rare classes more often, by task: those in a smaller part of the
    images than the number says (`data.repeat_factors`).
    """

    source: Options | list[Options] = {}
    splits: dict[str, Options | list[Options]] = pydantic.Field({"train": {}}, min_length=1)
    tasks: list[str] = []
    evaluate: list[str] | None = None
    batch_size: pydantic.PositiveInt | None = None
    augment: Options = {}
    labels: Options = {}
    swap_objects: float = pydantic.Field(0.0, ge=0, le=1)
    taps: dict[str, str] = {}
    classes: dict[str, dict[str, Meaning]] = {}
    annotates: dict[str, list[str]] = {}
    oversample: dict[str, typing.Annotated[float, pydantic.Field(gt=0, le=1)]] = {}
    train: bool = True


class MixtureConfig(Section):
    """How one batch is split among the domains, where their own `batch_size` does not say it (`data.split_batch`).

    `batch_size` is that of all domains together. Domains have a share by their number of images and `weights`; a higher
    `temperature` makes the shares more alike.
    """

    batch_size: pydantic.PositiveInt | None = None
    temperature: float | None = pydantic.Field(None, gt=0)
    weights: dict[str, typing.Annotated[float, pydantic.Field(gt=0)]] = {}


class ModelConfig(Section):
    """The shared backbone (heads are options of the tasks), and how it sees several domains (`Trainer.forward`).

    `weights` are those that the backbone begins with: `imagenet`, a file of torch, Keras or safetensors, or a run's
    folder. `start_from` is an earlier run, of which all layers of the same names and shapes are taken, heads included.
    `normalize_taps` says whether heads normalise the features that they read; by default they do where the backbone's
    own are of any size. `norm: frozen` holds statistics, scales and shifts of batch normalisation in the backbone, as
    is usual where few images are at hand; `norm: per_domain` gives every trained domain its own, and all others their
    mean. `average`, as 0.995, is the decay of a moving average of all weights, which
    is then what is validated, kept and exported.
    """

    backbone: Options = {"name": "resnet", "depth": 50}
    weights: str | None = None
    start_from: str | None = None
    normalize_taps: bool | None = None
    forward: typing.Literal["joint", "separate"] = "joint"
    norm: typing.Literal["train", "frozen", "per_domain"] = "train"
    average: float | None = pydantic.Field(None, gt=0, lt=1)


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
    optimizer: Options = {}
    patience: int = pydantic.Field(0, ge=0)


class EvaluationConfig(Section):
    """When and how predictions are measured; `features` of the domains are compared in the report.

    `cosines` logs, epoch by epoch, whether the gradients of the tasks agree in the shared backbone (`LogTaskCosines`).
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
    cosines: bool = False
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


def run_name(text):
    """The text, where it can be the name of a run's folder within `runs/`."""
    if text in ("", ".", "..") or not text.isprintable() or len(text) > 100 or set(text) & set("/\\"):
        raise pydantic_core.PydanticCustomError(
            "run_name", "expected a name for the run's folder, not . or .., of 1 to 100 characters without / and \\"
        )
    return text


def name_of_part(text):
    """The text, where it can name a domain, a task or a term: logs write `term/task@domain`."""
    if not text or not text.isprintable() or set(text) & set(RESERVED):
        raise pydantic_core.PydanticCustomError("part_name", "expected a name without / and @")
    return text


Name = typing.Annotated[str, pydantic.AfterValidator(name_of_part)]


class ExperimentConfig(Section):
    """One experiment: domains, tasks, model, terms, stages.

    `name` is also that of the run's folder.
    `balancing` is a balancer and its options (`{name: gradnorm, alpha: 1.0}`); empty: the plain sum of the losses.
    """

    name: typing.Annotated[str, pydantic.AfterValidator(run_name)]
    description: str = ""
    backend: typing.Literal["tensorflow", "jax", "torch"] | None = None
    seed: int = pydantic.Field(0, ge=0, lt=2**32)
    image_size: tuple[pydantic.PositiveInt, pydantic.PositiveInt]
    domains: dict[Name, DomainConfig]
    tasks: dict[Name, Options] = {}
    method: str = "multi_task"
    model: ModelConfig = ModelConfig()
    terms: dict[Name, Options | None] = {}
    balancing: Options = {}
    optimizer: Options = {}
    mixture: MixtureConfig = MixtureConfig()
    steps_per_epoch: pydantic.PositiveInt | typing.Literal["largest", "smallest"] = "largest"
    stages: list[StageConfig] = pydantic.Field([StageConfig()], min_length=1)
    evaluation: EvaluationConfig = EvaluationConfig()
    loader: LoaderConfig = LoaderConfig()


def load_config(path, overrides=()):
    """Read an experiment from YAML, its `base` files first, then `section.key=value` overrides.

    Args:
        path: of a YAML file, or the name of a packaged config. A top-level `base: other.yaml` (relative to the file) or
            `base: mmd_alignment/scenes` (a packaged config) is read first and this file laid over it, as `merge` says:
            `null` removes a key of the base, and a part of another name replaces the one of the base.
        overrides: iterable of str `section.key=value`; the value is YAML.

    Returns:
        `ExperimentConfig`.

    Raises:
        ConfigError: file missing, not YAML, unknown key or a value of the wrong type.
    """
    tree = read_tree(find_config(str(path)))
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


def read_tree(path, above=()):
    """The merged, unvalidated content of a YAML file and its bases; `above` are the files that it is a base of."""
    if path.resolve() in above:
        raise ConfigError(f"{path}: is a base of itself; let `base` name another file.")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; give a YAML file that can be read.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; give a YAML file.") from None
    tree = parse_yaml(text, path)
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: holds {type(tree).__name__}; expected a mapping such as `name: …`.")
    base = tree.pop("base", None)
    if base is None:
        return tree
    if not isinstance(base, str):
        raise ConfigError(f"{path}: `base` is {base!r}; expected one YAML file or packaged config.")
    try:
        found = find_config(base, path.parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: `base`: {error}") from None
    return merge(read_tree(found, (*above, path.resolve())), tree)

import inspect
from typing import Literal

import pytest

from xdomain_keras.data.readers.masks import KINDS, Masks
from xdomain_keras.data.readers.nyu_mat import SPLITS, NYUMat
from xdomain_keras.data.scenes import Scenes, render
from xdomain_keras.data.scenes.names import LOOKS, SEMANTIC_NAMES
from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.decode_map import ACTIVATIONS, DecodeMap
from xdomain_keras.models.feature_transfer import TRANSFERS, feature_transfer
from xdomain_keras.models.resnet import NUM_BLOCKS, resnet
from xdomain_keras.signatures import call, check_choices, choices_of, construct, require_known
from xdomain_keras.tasks import Depth
from xdomain_keras.terms import MMD, CrossTaskMaps, PairConsistency, Supervised
from xdomain_keras.training import build_optimizer
from xdomain_keras.training.balancing import MGDA, CAGrad


def box(size, width: int, height: int = 1, kind: Literal["full", "empty"] = "full"):
    return size, width, height, kind


def test_call_takes_options_by_signature():
    assert call(box, {"width": 3}, "place", size="given") == ("given", 3, 1, "full")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"width": 3, "hight": 2}, "place: unknown key `hight`; did you mean `height`?"),
        ({"hight": 2}, "place: unknown key `hight`; did you mean `height`?"),
        ({}, "place: `width` is missing; add it."),
        ({"width": "wide"}, "place: `width` is 'wide'; input should be a valid integer"),
        ({"width": 1, "kind": "half"}, "place: `kind` is 'half'; input should be 'full' or 'empty'"),
        ({"width": 1, "size": 2}, "place: unknown key `size`"),
    ],
)
def test_call_names_wrong_options(options, expected):
    with pytest.raises(ConfigError) as error:
        call(box, options, "place", size=0)
    assert str(error.value).startswith(expected) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"name": "bax", "width": 1}, "place: unknown name `bax`; did you mean `box`?"),
        ({"width": 1}, "place: `name` is missing; known are box, round."),
        ({"name": ["box"]}, "place: unknown name `['box']`; did you mean `box`?"),
    ],
)
def test_construct_names_what_there_is(options, expected):
    with pytest.raises(ConfigError) as error:
        construct({"box": box, "round": round}, options, "place", size=0)
    assert str(error.value) == expected


def test_construct_leaves_the_options_as_they_are():
    options = {"name": "box", "width": 2}
    assert construct({"box": box}, options, "place", size=0) == (0, 2, 1, "full")
    assert options == {"name": "box", "width": 2}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: PairConsistency(condition="ech"), "unknown condition `ech`; did you mean `each`?"),
        (lambda: PairConsistency(pairs="labelled"), "unknown pairs `labelled`; did you mean `unlabelled`?"),
        (lambda: CrossTaskMaps(kind="xtask"), "unknown kind `xtask`; did you mean `x_task`?"),
        (lambda: Supervised(reduction="images"), "unknown reduction `images`; did you mean `image`?"),
        (lambda: MMD(kernel="gauss"), "unknown kernel `gauss`; known are bilinear, linear, rbf."),
        (lambda: Depth("depth", (32, 32), average="image"), "unknown average `image`; did you mean `images`?"),
        (lambda: MGDA(2, normalize="L2"), "unknown normalize `L2`; known are l2, loss, none."),
        (lambda: CAGrad(2, rescale=None), "unknown rescale `None`; did you mean `none`?"),
        (lambda: build_optimizer(1, schedule="cos"), "unknown schedule `cos`; did you mean `cosine`?"),
    ],
)
def test_choices_are_checked_where_no_config_is(build, message):
    with pytest.raises(ConfigError) as caught:
        build()
    assert str(caught.value).endswith(message)


def test_what_the_called_one_says_has_its_place():
    def refuse(width: int):
        raise ConfigError(f"width is {width}; expected more.")

    with pytest.raises(ConfigError, match="^domains.road.augment: width is 3; expected more.$"):
        call(refuse, {"width": 3}, "domains.road.augment")


@pytest.mark.parametrize("name", ["dept", ["depth"], {"depth": 1}, 3, None, "", "x" * 1000])
def test_names_that_are_known_only_when_the_program_runs(name):
    assert require_known("task", "depth", iter(["depth", "normals"])) is None
    with pytest.raises(ConfigError) as error:
        require_known("task", name, ["depth", "normals"], "domains.road.tasks")
    message = str(error.value)
    assert message.startswith(f"domains.road.tasks: unknown task `{str(name)[:80]}`; ") and len(message) < 200
    assert message.endswith(("did you mean `depth`?", "known are depth, normals."))


def test_many_or_numbered_names_are_listed_in_one_line():
    with pytest.raises(ConfigError) as error:
        require_known("category", "zzz", [f"category{number}" for number in range(1000)])
    assert len(str(error.value)) < 300 and str(error.value).startswith("unknown category `zzz`; known are category0, ")
    with pytest.raises(ConfigError, match="^unknown depth `7`; known are 18, 34, 101.$"):
        require_known("depth", 7, [101, 18, 34])


def test_where_there_are_none_that_is_said():
    with pytest.raises(ConfigError, match="^place: unknown key `depth`; there are none.$"):
        call(lambda: None, {"depth": 3}, "place")


def test_choices_may_be_left_out_where_none_is_one():
    def draw(regime: Literal["one", "random"] | None = None):
        check_choices(draw, regime=regime)

    draw()
    draw("one")
    with pytest.raises(ConfigError, match="draw: unknown regime `on`; did you mean `one`"):
        draw("on")


@pytest.mark.parametrize(
    ("function", "option", "known"),
    [
        (resnet, "depth", NUM_BLOCKS),
        (feature_transfer, "kind", TRANSFERS),
        (DecodeMap, "activation", ACTIVATIONS),
        (Masks, "kind", KINDS),
        (NYUMat, "split", SPLITS),
        (Scenes, "world", SEMANTIC_NAMES),
        (Scenes, "look", LOOKS),
        (render, "world", SEMANTIC_NAMES),
        (render, "look", LOOKS),
    ],
)
def test_the_choices_of_a_signature_are_those_that_there_are(function, option, known):
    assert set(choices_of(inspect.signature(function).parameters[option].annotation)) == set(known)

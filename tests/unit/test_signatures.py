from typing import Literal

import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import call, construct
from xdomain_keras.tasks import Depth, Normals
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


DENSE = {name: kind(name, (32, 32)) for name, kind in {"depth": Depth, "normals": Normals}.items()}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: PairConsistency(DENSE, condition="ech"), "unknown condition `ech`; did you mean `each`?"),
        (lambda: PairConsistency(DENSE, pairs="labelled"), "unknown pairs `labelled`; did you mean `unlabelled`?"),
        (lambda: CrossTaskMaps(DENSE, kind="xtask"), "unknown kind `xtask`; did you mean `x_task`?"),
        (lambda: Supervised({}, reduction="images"), "unknown reduction `images`; did you mean `image`?"),
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

import math

import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.terms.stand_in import OnlyLoss
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.gradients import value_and_gradients
from xdomain_keras.models import MultiHeadModel, domain_classifier
from xdomain_keras.tasks import SalientObject
from xdomain_keras.terms import DomainAdversarial, Needs, Setting, Step, Supervised, domain_adversarial
from xdomain_keras.terms.term import check_needs
from xdomain_keras.training import Trainer
from xdomain_keras.training.optimizer import build_schedule
from xdomain_keras.training.trainer import setting_of

MATRIX = LabelMatrix({"a": ["height"], "b": ["height"]})
ALPHA, RATE, RATE_C, SOFT = 0.4, 0.05, 0.1, 0.1
RNG = np.random.default_rng(0)
IMAGES = {name: RNG.normal(shift, 1, (4, 1, 1, 3)).astype("float32") for name, shift in (("a", 0.5), ("b", -0.5))}
TARGETS = {name: RNG.normal(0, 1, (4, 1, 1, 1)).astype("float32") for name in IMAGES}
WEIGHTS = {
    "encoder": RNG.normal(0, 1, (3, 2)),
    "head": RNG.normal(0, 1, (2, 1)),
    "classifier": RNG.normal(0, 1, (2, 1)),
}


class LinearHead:
    def __call__(self, pyramid, name):
        return keras.layers.Dense(1, use_bias=False, name=f"{name}_dense")(pyramid["c0"])


def linear_classifier(input_shape, name):
    features = keras.Input(input_shape)
    return keras.Model(features, keras.layers.Dense(1, use_bias=False)(keras.layers.Flatten()(features)))


def make_trainer(monkeypatch, **options):
    """Two linear layers, encoder and head, and a linear classifier, each from `WEIGHTS`."""
    monkeypatch.setattr(domain_adversarial, "domain_classifier", linear_classifier)
    images = keras.Input((1, 1, 3))
    backbone = keras.Model(images, {"c0": keras.layers.Dense(2, use_bias=False)(images)})
    network = MultiHeadModel(backbone, {"height": LinearHead()})
    term = DomainAdversarial("c0", softening=SOFT, weight=1 - ALPHA, **options)
    tasks = {"height": OnlyLoss(keras.losses.MeanSquaredError())}
    trainer = Trainer(network, MATRIX, [Supervised(weight=ALPHA), term], tasks)
    encoder, head = network.trainable_variables
    (classifier,) = term.learned if term.alternates else term.classifier.trainable_variables
    for variable, key in ((encoder, "encoder"), (head, "head"), (classifier, "classifier")):
        variable.assign(WEIGHTS[key])
    trainer.compile(keras.optimizers.SGD(RATE), jit_compile=False)
    return trainer, (encoder, head, classifier)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def slope(logits, label, objective):
    """d mean loss / d logits, `[B, 1]`."""
    if objective == "bce":
        return (sigmoid(logits) - label) / len(logits)
    if objective == "least_squares":
        return 2 * (logits - label) / len(logits)
    return np.full_like(logits, (1 - 2 * label) / len(logits))


def unroll(steps, update, objective="bce", strength=1.0, deceives="all"):
    """Eq. 1 and 2 with plain SGD, written out."""
    E, H, C = (WEIGHTS[key].astype("float64").copy() for key in ("encoder", "head", "classifier"))
    labels = {"a": 1 - SOFT, "b": SOFT}
    for _ in range(steps):
        x = {name: IMAGES[name].reshape(4, 3).astype("float64") for name in IMAGES}
        f = {name: x[name] @ E for name in x}
        grad_E, grad_H, grad_C = np.zeros_like(E), np.zeros_like(H), np.zeros_like(C)
        for name in x:
            residual = 2 * (f[name] @ H - TARGETS[name].reshape(4, 1)) / 4
            grad_H += ALPHA * f[name].T @ residual
            grad_E += ALPHA * x[name].T @ residual @ H.T
        for name in x:
            grad_C += f[name].T @ slope(f[name] @ C, labels[name], objective)
        if update == "alternating":
            C = C - RATE_C * grad_C
            for name in x if deceives == "all" else ["b"]:
                grad_E += (1 - ALPHA) * x[name].T @ slope(f[name] @ C, 1 - labels[name], objective) @ C.T
        else:
            for name in x:
                grad_E -= strength * (1 - ALPHA) * x[name].T @ slope(f[name] @ C, labels[name], objective) @ C.T
            C = C - RATE * (1 - ALPHA) * grad_C
        E, H = E - RATE * grad_E, H - RATE * grad_H
    return E, H, C


@pytest.mark.parametrize(
    ("update", "objective", "strength", "deceives"),
    [
        ("alternating", "bce", 1.0, "all"),
        ("alternating", "least_squares", 1.0, "all"),
        ("alternating", "bce", 1.0, "others"),
        ("reversal", "bce", 1.0, "all"),
        ("reversal", "least_squares", 0.3, "all"),
    ],
)
def test_three_steps_are_those_written_out(monkeypatch, update, objective, strength, deceives):
    options = {"optimizer": "sgd", "learning_rate": RATE_C, "strength": strength, "deceives": deceives}
    trainer, variables = make_trainer(monkeypatch, update=update, objective=objective, **options)
    data = [(IMAGES, {name: {"height": TARGETS[name]} for name in TARGETS})]
    trainer.fit(as_stream(data), steps_per_epoch=3, verbose=0)
    for variable, expected in zip(variables, unroll(3, update, objective, strength, deceives), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(variable), expected, rtol=0, atol=1e-6)


def as_stream(data):
    while True:
        yield from data


def step_of(shift, training=True):
    rng = np.random.default_rng(1)
    features = {
        name: {"c2": ops.array(rng.normal(s, 1, (6, 8, 8, 4)), "float32")} for name, s in zip("ab", shift, strict=True)
    }
    return Step({}, {}, {}, {}, features, training=training)


SETTING = Setting(MATRIX, {}, {"c2": (8, 8, 4), "pooled": (4,)})


def build(**options):
    keras.utils.set_random_seed(0)
    term = DomainAdversarial(classifier={"width": 0.125, **options.pop("classifier", {})}, **options)
    check_needs(term, SETTING)
    term.prepare(None, SETTING)
    return term


@pytest.mark.parametrize("objective", ["bce", "least_squares", "wasserstein"])
def test_the_classifier_learns_to_tell_domains_apart_and_says_so(objective):
    term, step = build(objective=objective, learning_rate=3e-3), step_of((1.0, -1.0))
    for _ in range(30):
        term.compute(step)
    for metric in term.measures.values():
        metric.reset_state()
    before = [ops.convert_to_numpy(variable).copy() for variable in term.learned]
    term.compute(step_of((1.0, -1.0), training=False))
    logs = {metric.name: float(metric.result()) for metric in term.measures.values()}
    assert (
        logs["domain_adversarial/classifier/accuracy"] == 1.0
        and logs["domain_adversarial/classifier/a_distance"] == 2.0
    )
    assert "tells the domains apart in 100.0%" in term.notes(logs)[0]
    for variable, value in zip(term.learned, before, strict=True):  # measuring moves nothing
        np.testing.assert_array_equal(ops.convert_to_numpy(variable), value)


def test_chance_is_ln_2_and_a_constant_answer_is_called_collapsed():
    term = build()
    for variable in term.learned:
        variable.assign(np.zeros(variable.shape))
    value, count = term.compute(step_of((1.0, -1.0), training=False))["a~b"]
    logs = {metric.name: float(metric.result()) for metric in term.measures.values()}
    assert float(value) == pytest.approx(2 * math.log(2)) and count == 1.0
    assert logs["domain_adversarial/classifier/loss"] == pytest.approx(math.log(2))
    assert (
        logs["domain_adversarial/classifier/accuracy"] == 0.5
        and logs["domain_adversarial/classifier/a_distance"] == 0.0
    )
    assert "has collapsed" in term.notes(logs)[0]
    assert term.notes({**logs, "domain_adversarial/classifier/spread": 0.2}) == []


def test_the_networks_optimizer_does_not_see_a_classifier_with_its_own():
    term = build()
    term.trainable = False  # as stages do
    term.trainable = True
    assert term.trainable_variables == [] and {id(v) for v in term.learned} <= {id(v) for v in term.variables}
    assert {id(v) for v in term.moments} <= {id(v) for v in term.variables}  # so that a checkpoint holds them
    assert build(update="reversal").trainable_variables
    assert all(build(update=update).learned_variables for update in ("reversal", "alternating"))


def test_the_reversal_grows_to_its_strength():
    term = build(update="reversal", strength=2.0, ramp_steps=4)
    strengths = [float(ops.convert_to_numpy(term.reversal_strength(training=True))) for _ in range(6)]
    expected = [2 * (2 / (1 + math.exp(-10 * min(1, step / 4))) - 1) for step in range(6)]
    assert strengths == pytest.approx(expected, abs=1e-6)


def test_the_classifier_follows_the_schedule_of_the_stage_and_starts_anew_in_each():
    term, moves = build(optimizer="sgd", learning_rate=1e-3), []
    for _ in range(2):
        term.begin_stage(build_schedule(4, schedule="staircase", halvings=4), 4)
        for step in range(4):
            before = [ops.convert_to_numpy(variable).copy() for variable in term.learned]
            term.compute(step_of((0.1, -0.1)))
            gaps = [np.abs(ops.convert_to_numpy(v) - b).max() for v, b in zip(term.learned, before, strict=True)]
            moves.append(max(gaps))
            assert int(ops.convert_to_numpy(term.optimizer.iterations)) == step + 1
    for stage in (moves[:4], moves[4:]):
        np.testing.assert_allclose(np.array(stage[1:]) / stage[:-1], 0.5, rtol=0.1)


def test_a_pooled_classifier_takes_any_size():
    term = build(classifier={"kind": "pooled"})
    features = {name: {"c2": ops.ones((2, 6, 10, 4))} for name in "ab"}
    assert math.isfinite(float(term.compute(Step({}, {}, {}, {}, features))["a~b"][0]))


def test_patches_of_what_a_task_predicts_are_judged(build_network):
    """Masks: those of A are bright, those of B dark; the encoder is asked to make B's bright too."""
    term = DomainAdversarial(
        "saliency",
        deceives="others",
        objective="least_squares",
        classifier={"kind": "patches", "width": 0.125},
        learning_rate=3e-3,
    )
    matrix, network = LabelMatrix({"a": ["saliency"], "b": ["detection"]}), build_network()
    tasks = {"saliency": SalientObject("saliency", (32, 32))}
    setting = setting_of(network, matrix, tasks)
    assert list(term.needs(setting).values()) == [Needs(outputs=frozenset(["saliency"]))] * 2
    check_needs(term, setting)
    term.prepare(network, setting)
    logits = {"a": ops.full((2, 8, 8, 1), 3.0), "b": ops.full((2, 8, 8, 1), -3.0)}
    outputs = {name: {"saliency": value} for name, value in logits.items()}
    losses = [float(term.compute(Step({}, {}, {}, outputs, {}))["a~b"][0]) for _ in range(60)]
    assert losses[-1] == pytest.approx(0.8**2, abs=0.03)  # it answers .1 to B, and .9 is asked for
    assert float(term.measures["accuracy"].result()) > 0.8

    def of_dark(x):
        given = {"a": {"saliency": logits["a"]}, "b": {"saliency": x}}
        return term.compute(Step({}, {}, {}, given, {}, training=False))["a~b"][0]

    _, (gradients,) = value_and_gradients(lambda xs: of_dark(xs[0]), [logits["b"]], nested=True)
    assert float(ops.sum(gradients)) < 0  # the descent makes it brighter

    def of_bright(x):
        given = {"a": {"saliency": x}, "b": {"saliency": logits["b"]}}
        return term.compute(Step({}, {}, {}, given, {}, training=False))["a~b"][0] + 0 * ops.sum(x)

    _, (gradients,) = value_and_gradients(lambda xs: of_bright(xs[0]), [logits["a"]], nested=True)
    assert not ops.convert_to_numpy(gradients).any()


def test_a_patch_classifier_of_19_classes_has_2_78_million():
    model = domain_classifier((64, 96, 19), kind="patches")
    assert model.count_params() == pytest.approx(2.78e6, rel=1e-3) and model.output_shape == (None, 6)


def test_what_predicts_no_map_cannot_be_judged(tasks):
    with pytest.raises(ConfigError, match="`detection` does not predict a map; name a task that does"):
        check_needs(DomainAdversarial("detection"), Setting(MATRIX, tasks))


@pytest.mark.parametrize(
    ("build_term", "message"),
    [
        (lambda: DomainAdversarial(objective="lsgan"), "unknown objective `lsgan`; known are"),
        (lambda: DomainAdversarial(deceives="others", update="reversal"), "a reversed gradient deceives about all"),
        (lambda: DomainAdversarial(softening=0.5), "softening is 0.5; expected a number in"),
        (lambda: DomainAdversarial(learning_rate=0), "expected the last above 0"),
        (lambda: build(feature="c3"), "unknown feature `c3`; known are c2, pooled"),
        (lambda: build(feature="pooled"), "is not a map; take a level"),
        (lambda: build(classifier={"kind": "flatt"}), "`kind` is 'flatt'"),
        (
            lambda: DomainAdversarial().needs(Setting(LabelMatrix({"a": ["depth"]}))),
            "needs features of 2 domains; got 1",
        ),
    ],
)
def test_wrong_options(build_term, message):
    with pytest.raises(ConfigError, match=message):
        build_term()

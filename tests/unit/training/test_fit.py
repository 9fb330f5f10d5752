import keras
import numpy as np
import pytest

from tests.unit.training.tiny import MATRIX, SGD, arrays_of, make_mixture_of, make_network, make_tasks, make_terms
from xdomain_keras.data import Arrays, Domain, Mixture
from xdomain_keras.errors import ConfigError, DataError, DivergedError
from xdomain_keras.terms import MMD, Supervised
from xdomain_keras.training import Stage, check_stages, fit, fit_stages, save_checkpoint
from xdomain_keras.training.callbacks import SaveEveryEpoch, StopWhenDiverged
from xdomain_keras.training.checkpoint import peek_position

TASKS = make_tasks()
STAGES = [
    Stage("both", 2, optimizer={**SGD, "schedule": "cosine"}),
    Stage("gaze", 3, domains=("attic",), trainable=("saliency",), terms=("supervised",), optimizer=SGD),
    Stage("align", 1, trainable=("backbone",), terms=("mmd",), optimizer=SGD),
]


@pytest.fixture
def network():
    return make_network(TASKS)


@pytest.fixture
def runs(monkeypatch):
    """What every stage would have run, recorded instead."""
    runs = []

    def record(trainer, mixture, epochs, epoch, done_steps, loader, workers, callbacks):
        parts = {layer.name.split("_")[0] for layer in trainer.network.layers if layer.trainable_variables}
        runs.append(
            {
                "trainer": trainer,
                "domains": tuple(mixture.domains),
                "position": (epochs, epoch, done_steps),
                "terms": [term.name for term in trainer.terms],
                "parts": parts,
                "kernel_learns": any("projection" in variable.path for variable in trainer.trainable_variables),
                "given": (loader, workers, callbacks),
            }
        )

    monkeypatch.setattr(fit, "run_fit", record)
    return runs


def run(network, stages=STAGES, **options):
    mixture_of = make_mixture_of(TASKS, batch_sizes=(2, 4))  # 3 steps for road, 2 for attic
    return fit_stages(network, MATRIX, make_terms(), stages, TASKS, mixture_of, **options)


def test_every_stage_trains_its_parts_on_its_domains_with_its_terms(network, runs):
    trainer = run(network)
    assert [each["domains"] for each in runs] == [("road", "attic"), ("attic",), ("road", "attic")]
    assert [each["terms"] for each in runs] == [["supervised", "mmd"], ["supervised"], ["mmd"]]
    assert [each["parts"] for each in runs] == [{"backbone", "detection", "saliency"}, {"saliency"}, {"backbone"}]
    assert [each["kernel_learns"] for each in runs] == [True, False, True]
    assert trainer is runs[-1]["trainer"]


def test_the_stream_goes_on_from_stage_to_stage(network, runs):
    run(network)
    assert [each["position"] for each in runs] == [(2, 0, 0), (3, 0, 6), (1, 0, 12)]


def test_a_schedule_lasts_as_long_as_its_stage(network, runs):
    run(network)
    optimizer = runs[0]["trainer"].optimizer
    rates = []
    for step in (0, 3, 6):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    np.testing.assert_allclose(rates, [0.01, 0.005, 0], atol=1e-8)


def test_the_variables_of_all_terms_are_in_every_stage(network, runs):
    # What an idle term learnt has to be in the checkpoint, and each is made once.
    run(network)
    found = [[variable for variable in each["trainer"].variables if variable.name == "projection"] for each in runs]
    assert [len(each) for each in found] == [1, 1, 1]
    assert found[0][0] is found[1][0] is found[2][0]


def test_callbacks_and_loader_options_reach_the_stage(network, runs):
    calls = []

    def callbacks(index, stage, trainer):
        calls.append((index, stage.name, trainer))
        return [f"callback of {stage.name}"]

    run(network, callbacks=callbacks, loader="py_dataset", workers=3)
    assert calls == [(index, stage.name, runs[index]["trainer"]) for index, stage in enumerate(STAGES)]
    assert [each["given"] for each in runs] == [("py_dataset", 3, [f"callback of {stage.name}"]) for stage in STAGES]


def test_a_pass_of_its_own_for_each_domain_can_be_chosen(network, runs):
    assert run(network).encoders.joint and not run(network, forward="separate").encoders.joint


def test_resuming_skips_what_is_done_and_counts_it(network, runs, tmp_path):
    run(network)
    gaze = runs[1]["trainer"]
    gaze.optimizer.iterations.assign(4)
    gaze.step.assign(4)
    save_checkpoint(tmp_path / "checkpoint.npz", gaze, {"stage": 1, "epoch": 2})
    runs.clear()
    run(make_network(TASKS, seed=1), checkpoint=tmp_path / "checkpoint.npz")
    assert [(each["domains"], each["position"]) for each in runs] == [
        (("attic",), (3, 2, 6)),
        (MATRIX.domains, (1, 0, 12)),
    ]
    assert [int(keras.ops.convert_to_numpy(each["trainer"].step)) for each in runs] == [4, 0]
    assert [int(keras.ops.convert_to_numpy(each["trainer"].optimizer.iterations)) for each in runs] == [4, 0]


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"trainable": ()}, "stage `late`: nothing trains; name a part in stages.1.trainable."),
        (
            {"trainable": ("detector",)},
            "stage `late`: part 'detector' has no layers with weights; did you mean `detection`?",
        ),
        ({"terms": ()}, "stage `late`: no term is left to train on; name one in stages.1.terms."),
        ({"terms": ("mdd",)}, "stage `late`: unknown term `mdd`; did you mean `mmd`?"),
        (
            {"domains": ("road",), "tasks": ("saliency",)},
            "stage `late`: cell saliency@road has no labels; none of its domains (road) is labelled for `saliency`. "
            "Name others in stages.1.domains.",
        ),
        ({"tasks": ("saliencey",)}, "stage `late`: unknown task `saliencey`; did you mean `saliency`?"),
        ({"domains": ("cellar",)}, "stage `late`: unknown domain `cellar`; known are attic, road."),
        (
            {"domains": ("road",)},
            "stage `late`, on road alone: `mmd` needs features of 2 domains; got 1 (`road`). Add a domain to the label "
            "matrix or drop the term. Or name the stage's terms without it in stages.1.terms.",
        ),
        ({"optimizer": {"nam": "sgd"}}, "stages.1.optimizer: unknown key `nam`; did you mean `name`?"),
        (
            {"optimizer": {"warmup": 2.0}},
            "stages.1.optimizer: warmup is 2.0; expected the part of the steps that it lasts, in [0, 1].",
        ),
    ],
)
def test_a_later_stage_that_cannot_run_is_reported_before_anything_trains(network, runs, stage, message):
    with pytest.raises(ConfigError) as caught:
        run(network, [Stage("early", 1), Stage("late", 1, **stage)])
    assert str(caught.value) == message and not runs


def test_checking_builds_nothing(network):
    terms = [MMD()]
    check_stages(network, MATRIX, terms, [Stage("only", 1)], TASKS)
    assert not terms[0].built and not terms[0].variables


def test_what_a_term_reads_is_checked_before_anything_is_made_or_trained(network):
    terms = [Supervised(), MMD("c9")]
    with pytest.raises(ConfigError, match="^terms.mmd: unknown feature `c9`; known are"):
        check_stages(network, MATRIX, terms, [Stage("only", 1)], TASKS)
    assert not any(term.built for term in terms)
    check_stages(network, MATRIX, terms, [Stage("only", 1, terms=("supervised",))], TASKS)  # nothing reads it here


class Stream:
    """As much of a mixture as `run_fit` asks for."""

    steps_per_epoch = 4

    def __init__(self, error=None):
        self.error = error

    def as_tf_data(self, start):
        return "tf_data", start

    def as_py_dataset(self, start, workers):
        return "py_dataset", start, workers

    def raise_error(self):
        if self.error:
            raise self.error


class Fitted:
    """As much of a trainer as `run_fit` asks for."""

    def __init__(self, error=None):
        self.error = error

    def fit(self, stream, **options):
        self.stream, self.options = stream, options
        if self.error:
            raise self.error


@pytest.mark.parametrize(
    ("loader", "expected"),
    [
        ("tf_data", ("tf_data", 18)),
        ("py_dataset", ("py_dataset", 18, 5)),
        ("auto", ("tf_data", 18) if keras.backend.backend() == "tensorflow" else ("py_dataset", 18, 5)),
    ],
)
def test_fit_starts_where_the_stream_stands(loader, expected):
    trainer, mine = Fitted(), keras.callbacks.Callback()
    fit.run_fit(trainer, Stream(), 7, 2, 10, loader, 5, [mine])
    assert trainer.stream == expected  # 10 steps of earlier stages, and 2 epochs of 4
    callbacks = trainer.options.pop("callbacks")
    # First, so that nothing is saved of an epoch that diverged.
    assert isinstance(callbacks[0], StopWhenDiverged) and callbacks[-1] is mine
    options = {"epochs": 7, "initial_epoch": 2, "steps_per_epoch": 4, "shuffle": False, "verbose": 0}
    assert trainer.options == options


def test_an_error_of_the_data_is_raised_as_itself_and_another_one_too():
    wrapped, cause = RuntimeError("in a pipeline"), DataError("a.png: cannot be decoded.")
    for mixture, expected in [(Stream(cause), cause), (Stream(), wrapped)]:
        with pytest.raises(type(expected)) as caught:
            fit.run_fit(Fitted(wrapped), mixture, 1, 0, 0, "auto", 1, None)
        assert caught.value is expected


def test_what_is_frozen_stays_to_the_last_bit(network):
    stage = Stage("gaze", 1, ("attic",), ("saliency",), ("supervised",), {**SGD, "schedule": "cosine"})
    before = dict(zip((v.path for v in network.variables), arrays_of(network), strict=True))
    trainer = run(network, [stage])
    after = dict(zip((v.path for v in network.variables), arrays_of(network), strict=True))
    moved = {path for path in before if not np.array_equal(before[path], after[path])}
    assert moved == {path for path in before if path.startswith("saliency_")}  # no average of the backbone either
    assert float(trainer.optimizer.learning_rate) == pytest.approx(0)
    assert [int(keras.ops.convert_to_numpy(number)) for number in (trainer.step, trainer.optimizer.iterations)] == [
        2,
        2,
    ]


def test_frozen_layers_stay_while_those_before_and_after_them_move(network):
    """With the averages of their batch normalisation, which they use as in inference."""
    frozen = ("backbone_conv4", "backbone_bn4", "saliency")
    run(network, [Stage("first", 1, optimizer=SGD)])
    before = dict(zip((v.path for v in network.variables), arrays_of(network), strict=True))
    trainer = run(network, [Stage("second", 1, frozen=frozen, optimizer=SGD)])
    after = dict(zip((v.path for v in network.variables), arrays_of(network), strict=True))
    still = {path for path in before if np.array_equal(before[path], after[path])}
    held = {path for path in before if path.startswith(frozen)}
    assert len(held) > 8 and held <= still
    # What is left of the detector are anchors that meet no box of these images.
    assert all(path.startswith("detection_") for path in still - held)
    learnt = {variable.path for variable in trainer.trainable_variables}
    assert not [path for path in learnt if path.startswith(frozen)]


def test_frozen_batch_normalisation_is_in_inference_mode(network):
    images = np.random.default_rng(0).normal(3, 2, (4, 2, 2, 8)).astype("float32")
    held, free = (network.get_layer(f"backbone_bn{level}") for level in (4, 5))
    Stage("second", 1, frozen=("backbone_bn4",), optimizer=SGD).freeze(network)
    for layer, equal in ((held, True), (free, False)):
        trained, inferred = (keras.ops.convert_to_numpy(layer(images, training=mode)) for mode in (True, False))
        assert np.array_equal(trained, inferred) == equal


def test_a_run_that_diverges_says_so_and_saves_nothing_of_that_epoch(network, tmp_path):
    path = tmp_path / "checkpoint.npz"
    stages = [Stage("wild", 9, ("attic",), terms=("supervised",), optimizer={"name": "sgd", "learning_rate": 1e30})]
    source = Arrays({"image": np.full((1, 32, 32, 3), 9, np.uint8), "fixations_xy": [np.float32([[9, 9]])]})
    mixture = Mixture([Domain("attic", source, {"saliency": TASKS["saliency"]}, (32, 32), batch_size=1)])
    with pytest.raises(DivergedError, match=r"loss is (nan|inf) after epoch [2-9] ") as caught:
        fit_stages(
            network,
            MATRIX,
            make_terms(),
            stages,
            TASKS,
            lambda names: mixture,
            callbacks=lambda *_: [SaveEveryEpoch(path, 0, 9)],
        )
    assert f"after epoch {peek_position(path)['epoch'] + 1} " in str(caught.value)


def test_stages_of_no_epochs_are_passed_over(network, runs):
    run(network, [Stage("none", 0, optimizer={"schedule": "cosine"}), Stage("some", 2)])
    assert [each["position"] for each in runs] == [(0, 0, 0), (2, 0, 0)]

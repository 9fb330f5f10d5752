import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.terms.pairs import PRESENT, gradients, make_setting, make_step, prepared, stateless, value
from tests.unit.terms.pairs import TASKS as ALL_TASKS
from xdomain_keras.terms import CrossTaskMaps

KINDS = ("direct", "perceptual", "x_task")
TASKS = {name: ALL_TASKS[name] for name in ("segmentation", "depth")}
COLUMNS = {name: column for column, name in enumerate(ALL_TASKS) if name in TASKS}


@pytest.fixture(scope="module")
def terms():
    return {kind: prepared(CrossTaskMaps(kind, width=1 / 32), make_setting(TASKS)) for kind in KINDS}


def by_loop(term, step):
    """The sums of the docstring, an image and a pair at a time."""
    names, total = list(TASKS), 0.0

    def run(s, t, maps):
        return term.maps[f"{s}_to_{t}"](maps[None])

    for n, row in enumerate(PRESENT):
        labelled = [name for name in names if row[COLUMNS[name]]]
        others = [name for name in names if name not in labelled]
        predicted = {name: TASKS[name].map_prediction(step.outputs["room"][name])[n] for name in names}
        true = {name: TASKS[name].map_target(step.targets["room"][name])[n] for name in labelled}
        for t in labelled:
            for s in names:
                if s == t or (s in labelled) != (term.kind == "x_task"):
                    continue
                inputs = true[s] if term.kind == "x_task" else predicted[s]
                loss = term.label_losses[t](step.targets["room"][t][n][None], run(s, t, inputs))
                total += float(ops.convert_to_numpy(loss)[0]) / len(labelled if term.kind == "x_task" else others)
        if term.kind != "direct":
            for s in labelled:
                for t in names:
                    if s != t:
                        first, second = (TASKS[t].map_prediction(run(s, t, maps[s])) for maps in (predicted, true))
                        total += np.mean(np.abs(ops.convert_to_numpy(first - second))) / len(labelled)
    return total / len(PRESENT)


@pytest.mark.parametrize("kind", KINDS)
def test_the_batch_is_the_sum_over_images_and_pairs(terms, kind):
    step = make_step(absent=np.nan)
    expected = by_loop(terms[kind], step)
    assert value(terms[kind], step) == pytest.approx(expected, rel=1e-4) and expected > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_who_learns(terms, kind):
    """Direct: network and maps. Perceptual: the network through held maps, the maps from held predictions."""
    present = np.float32([[1, 0, 0]])  # segmentation alone
    step, term = make_step(present, absent=np.nan), terms[kind]
    outputs = {name: keras.Variable(step.outputs["room"][name], name=name) for name in TASKS}
    to_label, from_label = term.maps["depth_to_segmentation"], term.maps["segmentation_to_depth"]
    watched = [*outputs.values(), to_label.trainable_variables[-1], from_label.trainable_variables[-1]]

    def loss():
        step.outputs["room"] = {name: ops.convert_to_tensor(variable) for name, variable in outputs.items()}
        return term.compute(step)["room"][0]

    found = [g is not None and np.abs(g).max() > 0 for g in gradients(loss, watched)]
    assert (
        found
        == {
            "direct": [False, True, True, False],
            "perceptual": [True, False, True, False],
            "x_task": [True, False, False, False],
        }[kind]
    )


@pytest.mark.parametrize(("labels", "counted"), [([[1, 0, 0], [0, 1, 0]], 0), ([[1, 1, 0], [0, 0, 1]], 2)])
def test_x_task_learns_from_images_with_two_labels_and_says_where_there_is_none(terms, labels, counted):
    """A count of 0 is logged as no value, and told: maps that learn nothing have nothing to teach."""
    count = stateless(lambda: terms["x_task"].compute(make_step(np.float32(labels)))["room"][1])
    assert float(ops.convert_to_numpy(ops.convert_to_tensor(count))) == counted

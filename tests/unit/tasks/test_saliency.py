import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from tests.unit.losses.gradients import gradient
from xdomain_keras.errors import ConfigError
from xdomain_keras.models import MSINetHead, ThinHead
from xdomain_keras.tasks import Saliency

SIZE = (38, 50)  # no multiple of the stride
POINTS = np.float32([[3, 2], [2.5, 2.5], [46.1, 34]])


def make_sample(points=POINTS, size=SIZE):
    return {"image": np.full((*size, 3), 200, np.uint8), "id": "a", "fixations_xy": np.float32(points).reshape(-1, 2)}


@pytest.fixture
def task():
    return Saliency("gaze", SIZE, sigma=0.04, stride=4)


def test_a_target_holds_density_and_counts_on_the_coarser_grid(task):
    target = task.encode(make_sample())
    assert target.shape == task.empty().shape == (10, 13, 2) and target.dtype == np.float32
    counts = np.zeros((10, 13))
    counts[0, 0], counts[8, 11] = 2, 1  # 46.1 px of 50 are column 11.99 of 13, 34 of 38 row 8.9 of 10
    np.testing.assert_array_equal(target[..., 1], counts)
    assert target[0, 0, 0] == target[..., 0].max() == 1
    spread = 0.04 * 13  # a part of the width, in cells
    expected = np.exp(-1 / (2 * spread**2))
    np.testing.assert_allclose(target[8, 10, 0] / target[8, 11, 0], expected, rtol=1e-3)
    np.testing.assert_allclose(target[7, 11, 0] / target[8, 11, 0], expected, rtol=1e-3)


def test_a_map_without_fixations_is_labelled_and_one_without_the_key_is_not(task):
    sample = make_sample([])
    assert task.has_labels(sample)
    np.testing.assert_array_equal(task.encode(sample), task.empty())
    del sample["fixations_xy"]
    assert not task.has_labels(sample)


def test_a_density_alone_is_a_label_too(task):
    density = np.zeros(SIZE, np.float32)
    density[8:12, 8:12] = 0.2  # one cell of the target
    sample = {"image": np.full((*SIZE, 3), 200, np.uint8), "id": "a", "saliency_map": density}
    assert task.kinds() == ["fixations", "saliency_map"] and task.has_labels(sample)
    assert Saliency.is_served_by(["saliency_map"]) and Saliency.is_served_by(["fixations"])
    target = task.encode(sample)
    assert target.shape == task.empty().shape and target.dtype == np.float32
    assert target[..., 0].max() == 1 and not target[..., 1].any()  # a density at its largest is 1, as of fixations
    assert np.unravel_index(target[..., 0].argmax(), (10, 13)) == (2, 2)
    np.testing.assert_array_equal(task.encode({**sample, "saliency_map": 0 * density}), task.empty())
    both = {**make_sample(), "saliency_map": density}
    np.testing.assert_array_equal(task.encode(both), task.encode(make_sample()))  # fixations say more


@pytest.mark.parametrize("form", ["negative", "inverse", "literal"])
def test_the_loss_of_a_density_alone_is_finite_and_rewards_the_right_place(network, form):
    task = Saliency("gaze", SIZE, stride=4, loss={"nss_form": form})
    density = np.zeros(SIZE, np.float32)
    density[30:34, 40:44] = 1
    target = task.encode({"image": np.zeros((*SIZE, 3), np.uint8), "saliency_map": density})[None]
    right = np.full((1, 10, 13, 1), -4, "float32")
    wrong = right.copy()
    right[0, 8, 10], wrong[0, 1, 1] = 4, 4
    loss = task.loss(network)

    def slope(logits):
        return gradient(lambda x: loss(ops.convert_to_tensor(target), x), logits)

    compiled = jitted(loss)
    assert float(compiled(target, right)) < float(compiled(target, wrong)) - 0.5
    for logits in (right, wrong, 0 * right):
        assert np.isfinite(float(compiled(target, logits))) and np.isfinite(slope(logits)).all()
    without = Saliency("gaze", SIZE, stride=4, loss={"nss": 0.0}).loss(network)
    assert float(compiled(target, wrong)) == pytest.approx(float(jitted(without)(target, wrong)), rel=1e-6)


def test_of_a_density_alone_the_scores_of_fixations_are_not_measured(task):
    density = np.zeros((60, 80), np.float32)
    density[20:30, 40:60] = 0.8
    sample = {"image": np.zeros((60, 80, 3), np.uint8), "saliency_map": density}
    scores = []
    for predicted in (density, density[::-1, ::-1]):
        metric = task.metrics()
        task.measure(metric, sample, {"saliency_map": predicted + np.float32(0.01)})
        scores.append(metric.result())
    for name in ("NSS", "AUC-Judd", "AUC-Borji", "sAUC"):
        assert np.isnan([score[name] for score in scores]).all()
    good, bad = scores
    assert good["CC"] == pytest.approx(1, abs=1e-6) and good["SIM"] > 0.7 > bad["SIM"]
    assert bad["CC"] < 0.1 and 0 <= good["KL"] < bad["KL"] < np.inf
    metric, both = task.metrics(), {**make_sample([[10, 10]], (60, 80)), "saliency_map": density}
    task.measure(metric, both, {"saliency_map": density})
    assert metric.result()["CC"] < 0.1 and np.isfinite(metric.result()["NSS"])  # fixations count where there are any


def test_head_and_loss_are_chosen_by_options(task, network):
    assert isinstance(task.head(), ThinHead)
    other = Saliency("gaze", SIZE, head={"name": "msinet", "filters": 4}, loss={"nss": 0.0, "nss_form": "inverse"})
    assert isinstance(other.head(), MSINetHead) and other.head().filters == 4
    assert (other.loss(network).nss, other.loss(network).nss_form) == (0.0, "inverse")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": {"name": "thik"}}, "tasks.gaze.head: unknown name `thik`; did you mean `thin`?"),
        ({"head": {"filter": 3}}, "tasks.gaze.head: unknown key `filter`; did you mean `filters`?"),
        ({"loss": {"bxe": 3}}, "tasks.gaze.loss: unknown key `bxe`; did you mean `bce`?"),
    ],
)
def test_an_unknown_option_is_named_with_its_place(network, options, message):
    with pytest.raises(ConfigError) as caught:
        Saliency("gaze", SIZE, **options).loss(network)
    assert str(caught.value) == message


def test_the_loss_rewards_the_right_place_though_the_head_is_coarser(task, network):
    target = task.encode(make_sample([[45, 33]]))[None]
    right = np.full((1, 5, 7, 1), -4, "float32")
    wrong = right.copy()
    right[0, 4, 6], wrong[0, 0, 0] = 4, 4
    loss = jitted(task.loss(network))
    assert float(loss(target, right)) < float(loss(target, wrong)) - 1


def test_what_was_learnt_comes_back_at_the_stored_size(task, network):
    logits = np.full((1, 9, 13, 1), -6, "float32")
    logits[0, 8, 11] = 6
    decoder = task.decoder(network)
    assert decoder.name == "gaze_decoder"
    decoded = {key: ops.convert_to_numpy(value)[0] for key, value in decoder(logits).items()}
    prediction = task.prediction(decoded, (90, 260))  # 10 x 20 pixels a cell
    assert set(prediction) == {"saliency_map"}
    saliency = prediction["saliency_map"]
    assert saliency.shape == (90, 260) and saliency.dtype == np.float32
    assert np.unravel_index(saliency.argmax(), saliency.shape) == (85, 229)  # middle of cell (8, 11)
    assert 0.97 < saliency.max() < 1 and saliency[:60].max() < 0.01
    sample = make_sample([[230, 85]], (90, 260))
    metric = task.metrics()
    assert metric.sigma_fraction == 0.04
    task.measure(metric, sample, prediction)
    good = metric.result()[task.main_metric]
    metric.reset_state()
    task.measure(metric, sample, {"saliency_map": saliency[::-1, ::-1]})
    assert good > 0.7 > 0.1 > metric.result()[task.main_metric]


def test_fixations_and_predictions_are_painted_where_they_are(task):
    sample = make_sample([[40, 30]])
    image = sample["image"]
    heat = np.zeros(SIZE, np.float32)
    heat[30, 40] = 0.02  # faint maps are stretched
    for label in (sample, {"saliency_map": heat}):
        picture = task.draw(image, label)
        assert picture.shape == image.shape and picture.dtype == np.uint8
        assert picture[30, 40].sum() > picture[5, 5].sum() + 150  # bright yellow on dimmed grey
        assert len(set(picture[5, 5].tolist())) == 1
    assert (image == 200).all()
    for nothing in (make_sample([]), {"saliency_map": 0 * heat}):
        assert len(np.unique(task.draw(image, nothing))) <= 3  # grey under the darkest color

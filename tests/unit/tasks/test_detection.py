import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.classes import TaskClasses
from xdomain_keras.layers import encode_boxes, pairwise_iou
from xdomain_keras.tasks import Detection

NAMES = ["chair", "lamp", "table"]
SHAPE = (48, 64)
BOXES, CLASSES = np.float32([[4, 6, 20, 30], [36, 20, 60, 46]]), np.int32([2, 0])


def make_sample(boxes=BOXES, classes=CLASSES, shape=SHAPE):
    image = np.full((*shape, 3), 90, np.uint8)
    return {"image": image, "id": "a.png", "boxes_xyxy": np.float32(boxes).reshape(-1, 4), "classes": np.int32(classes)}


def perfect_output(task, network, target):
    """What a head gives that has learnt one target: the best anchor of every box is sure of it."""
    anchors = task.ssd_head.make_anchors(network.backbone)
    codes, logits = np.zeros((len(anchors), 4), "float32"), np.zeros((len(anchors), 1 + len(NAMES)), "float32")
    logits[:, 0] = 20
    real = target[target[:, 4] >= 0]
    best = ops.convert_to_numpy(jitted(pairwise_iou)(real[:, :4], anchors)).argmax(axis=1)
    codes[best] = ops.convert_to_numpy(jitted(encode_boxes)(real[:, :4], anchors[best]))
    logits[best, 0], logits[best, 1 + real[:, 4].astype(int)] = 0, 20
    return np.concatenate([codes, logits], axis=-1)


def test_a_target_holds_relative_boxes_their_classes_and_padding(tasks):
    target = tasks["detection"].encode(make_sample())
    assert target.dtype == np.float32 and target.shape == (5, 5)
    np.testing.assert_allclose(target[:2, :4], BOXES / [64, 48, 64, 48], rtol=1e-6)
    assert target[:, 4].tolist() == [2, 0, -1, -1, -1] and not target[2:, :4].any()


def test_an_image_without_boxes_is_labelled_and_one_without_the_keys_is_not(tasks):
    task, sample = tasks["detection"], make_sample([], [])
    assert task.has_labels(sample)
    np.testing.assert_array_equal(task.encode(sample), task.empty())
    for key in ("boxes_xyxy", "classes"):
        assert not task.has_labels({name: value for name, value in sample.items() if name != key})


def test_boxes_are_never_cut_off_silently(tasks):
    full = make_sample(np.tile(BOXES[:1], (5, 1)), [1] * 5)
    assert tasks["detection"].encode(full)[:, 4].tolist() == [1] * 5
    with pytest.raises(ConfigError, match=r"image a.png has 6 boxes; set tasks.detection.max_boxes to at least that."):
        tasks["detection"].encode(make_sample(np.tile(BOXES[:1], (6, 1)), [1] * 6))


def resolve(counts, **options):
    """What the data decide where images have so many boxes; one image has no label at all."""
    labels = [
        (
            f"road/train {row}.png",
            {"boxes_xyxy": np.zeros((count, 4), np.float32), "classes": np.zeros(count, np.int32)},
        )
        for row, count in enumerate(counts)
    ]
    classes = TaskClasses(NAMES, {}, [])
    return Detection.resolve(options, classes, lambda: iter([("road/train dark.png", {}), *labels]))


def test_without_a_number_there_is_room_for_100_boxes_or_as_many_as_the_data_need():
    assert resolve([3, 7]) == {"class_names": NAMES, "max_boxes": 100}
    assert resolve([3, 130, 7])["max_boxes"] == 130 and resolve([])["max_boxes"] == 100
    assert resolve([130], max_boxes=None)["max_boxes"] == 130
    assert resolve([3], class_names=["cat"]) == {"max_boxes": 100}
    assert Detection("things", (32, 32), **resolve([130])).empty().shape == (130, 5)


def test_a_number_that_is_given_is_kept_where_it_is_enough():
    assert resolve([3, 7], max_boxes=7)["max_boxes"] == 7 and resolve([3, 130], max_boxes=200)["max_boxes"] == 200
    with pytest.raises(ConfigError) as caught:
        resolve([3, 9, 12, 5], max_boxes=5)
    assert str(caught.value) == (
        "max_boxes is 5, but 2 image(s) have more boxes, road/train 2.png with 12 the most; set max_boxes to 12, or "
        "leave it out."
    )


def test_a_task_without_classes_is_refused():
    with pytest.raises(ConfigError, match="task `things` has no class names; its domains need a source with classes."):
        Detection("things", (32, 32))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"taps": []}, "tasks.things.head: taps: none; name the levels of the backbone that carry anchors."),
        ({"taps": [["c3"]]}, "tasks.things.head: `taps.0` is ['c3']; input should be a valid string"),
        ({"scales": [0.1, "wide"]}, "tasks.things.head: `scales.1` is 'wide'; input should be a valid number"),
    ],
)
def test_heads_that_cannot_be(head, message):
    with pytest.raises(ConfigError) as error:
        Detection("things", (32, 32), NAMES, head=head)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(("part", "option"), [("head", "tap"), ("loss", "iou"), ("decode", "max_boxes")])
def test_an_unknown_option_is_named_with_its_place(network, part, option):
    with pytest.raises(ConfigError, match=f"tasks.things.{part}: unknown key `{option}`"):
        task = Detection("things", (32, 32), NAMES, **{part: {option: 1}})
        {"loss": task.loss, "decode": task.decoder}[part](network)


def test_its_options_reach_the_head_the_loss_and_the_decoder(network):
    options = {"aspect_ratios": [2], "taps": ["c5"], "extras": [], "scales": [0.2, 0.9]}
    loss, decode = {"location": "smooth_l1"}, {"max_detections": 7, "score_threshold": 0.3}
    task = Detection("things", (32, 32), NAMES, head=options, loss=loss, decode=decode)
    assert task.head().taps == ("c5",) and task.head().num_classes == 3
    assert task.loss(network).location == "smooth_l1"
    decoder = task.decoder(network)
    assert (decoder.name, decoder.max_detections, decoder.score_threshold) == ("things_decoder", 7, 0.3)


def test_loss_and_decoder_have_an_anchor_for_every_row_of_the_head(tasks, network):
    rows = network.output["detection"].shape[1]
    assert len(tasks["detection"].loss(network).anchors) == len(tasks["detection"].decoder(network).anchors) == rows


def test_what_was_learnt_comes_back_in_pixels_of_the_stored_image(tasks, network):
    task, sample = tasks["detection"], make_sample()
    target = task.encode(sample)
    output = perfect_output(task, network, target)
    loss, decode = jitted(task.loss(network)), jitted(task.decoder(network))
    assert float(loss(target[None], output[None])) < 1e-3
    assert float(loss(target[None], np.zeros_like(output)[None])) > 1
    decoded = {key: ops.convert_to_numpy(value)[0] for key, value in decode(output[None]).items()}
    prediction = task.prediction(decoded, SHAPE)
    order = np.argsort(-prediction["classes"], kind="stable")
    np.testing.assert_allclose(prediction["boxes_xyxy"][order], BOXES, atol=1e-3)
    assert prediction["classes"][order].tolist() == CLASSES.tolist() and (prediction["scores"] > 0.99).all()
    metric = task.metrics()
    task.measure(metric, sample, prediction)
    scores = metric.result()
    np.testing.assert_allclose(scores[task.main_metric], 1.0, atol=1e-6)
    task.measure(metric, sample, {**prediction, "classes": 2 - prediction["classes"]})
    assert metric.result()[task.main_metric] < 0.9


def test_a_prediction_has_no_padding_and_stays_within_the_image(tasks):
    decoded = {
        "boxes_xyxy": np.float32([[-0.5, 0.25, 0.5, 1.5], [0, 0, 1, 1]]),
        "scores": np.float32([0.7, 0]),
        "classes": np.float32([1, -1]),
    }
    prediction = tasks["detection"].prediction(decoded, (100, 300))
    assert prediction["boxes_xyxy"].tolist() == [[0, 25, 150, 100]]
    assert prediction["scores"].tolist() == [np.float32(0.7)]
    assert prediction["classes"].tolist() == [1] and prediction["classes"].dtype == np.int32


def test_boxes_are_painted_on_a_copy_in_the_color_of_their_class(tasks):
    task, sample = tasks["detection"], make_sample()
    image = sample["image"].copy()
    image.setflags(write=False)
    picture = task.draw(image, sample)
    painted = (picture != image).any(axis=-1)
    for left, top, right, bottom in BOXES.astype(int):
        assert painted[top, left : right + 1].all() and painted[bottom, left : right + 1].all()
        assert painted[top : bottom + 1, left].all() and painted[top : bottom + 1, right].all()
        assert not painted[top + 2 : bottom - 1, left + 2 : right - 1].any()
    assert picture[6, 4].tolist() != picture[20, 36].tolist()


def test_uncertain_boxes_are_not_painted(tasks):
    sample = make_sample()
    sure, unsure = (make_sample()["image"].copy() for _ in range(2))
    label = {"boxes_xyxy": BOXES, "classes": CLASSES, "scores": np.float32([0.9, 0.3])}
    sure, unsure = tasks["detection"].draw(sure, label, 0.2), tasks["detection"].draw(unsure, label)
    assert (sure[20, 36] != 90).any() and (unsure[20, 36] == 90).all() and (unsure[6, 4] != 90).any()
    np.testing.assert_array_equal(tasks["detection"].draw(sample["image"], make_sample([], [])), sample["image"])


def test_a_prediction_is_listed_row_by_row_and_no_box_is_the_baseline(tasks):
    task, shape = tasks["detection"], (48, 64)
    nothing = task.baseline().predict(task.baseline().values(), shape)
    assert task.as_rows(nothing) == {"boxes_xyxy": [], "scores": [], "classes": []}
    listed = task.as_rows({"boxes_xyxy": BOXES, "scores": np.float32([1, 0.5]), "classes": CLASSES})
    assert listed == {"boxes_xyxy": BOXES.tolist(), "scores": [1.0, 0.5], "classes": [2, 0]}
    assert all(type(index) is int for index in listed["classes"])

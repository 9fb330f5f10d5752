import cv2
import numpy as np

from xdomain_keras.reporting.figures import draw_curves, draw_scatter, encode_png, picture_row

LOG = [{"loss": 3.0, "a/b": 2.0}, {"loss": 1.0, "a/b": None}, {"loss": 0.5}]


def decode(png):
    """RGB pixels of a PNG."""
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def make_picture(height=6, width=9, label=True):
    image = np.full((height, width, 3), 10, np.uint8)
    drawn = {"label": np.full_like(image, 90) if label else None, "prediction": np.full_like(image, 200)}
    return {"id": "a", "image": image, "tasks": {"detection": drawn}}


def test_png_keeps_every_pixel_and_the_order_of_colors():
    image = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    np.testing.assert_array_equal(decode(encode_png(image)), image)


def test_curves_draw_what_the_log_holds():
    drawn, empty = decode(draw_curves(LOG, ["loss"], "loss")), decode(draw_curves(LOG, ["none"], "loss"))
    assert drawn.shape == empty.shape and min(drawn.shape[:2]) > 200
    assert not np.array_equal(drawn, empty)


def test_an_epoch_without_a_value_leaves_a_gap_in_the_curve():
    full = [{**line, "a/b": 2.0} for line in LOG]
    assert draw_curves(LOG, ["a/b"], "terms") != draw_curves(full, ["a/b"], "terms")
    shifted = [{"a/b": None}, {"a/b": 1.0}, {"a/b": 2.0}]
    assert draw_curves(shifted, ["a/b"], "terms") != draw_curves(shifted[1:], ["a/b"], "terms")


def test_several_curves_have_a_legend():
    both = draw_curves(LOG, ["loss", "a/b"], "")
    assert both != draw_curves(LOG, ["loss"], "")


def test_a_row_shows_image_label_and_prediction():
    row = picture_row(make_picture(), height=12)
    assert row.shape == (12, 3 * 18, 3) and row.dtype == np.uint8
    assert [int(row[0, column, 0]) for column in (0, 18, 36)] == [10, 90, 200]


def test_what_is_not_labelled_is_dark_and_says_so():
    row = picture_row(make_picture(label=False), height=96)
    assert row[:24, 144:288].max() == 32 and 100 < row[:, 144:288].max() < 170 and row[:, 288:].min() == 200


def test_a_large_picture_is_averaged_down():
    picture = make_picture(40, 40)
    picture["image"] = np.zeros((40, 40, 3), np.uint8)
    picture["image"][::2] = 200
    assert abs(int(picture_row(picture, height=10)[:, :10].mean()) - 100) <= 1


def test_a_panel_of_points_for_each_moment():
    places = {"road": np.zeros((3, 2)), "attic": np.ones((2, 2))}
    moments = ({"before": places}, {"before": places, "after": places})
    one, two = (decode(draw_scatter(panels)) for panels in moments)
    assert two.shape[0] == one.shape[0] and two.shape[1] == 2 * one.shape[1]
    five = decode(draw_scatter({str(place): places for place in range(5)}))
    assert five.shape[:2] == (2 * one.shape[0], 3 * one.shape[1])

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from xdomain_keras.data import Arrays, Domain, draw_rows, repeat_factors, split_batch
from xdomain_keras.errors import ConfigError


@hypothesis.given(
    strategies.lists(strategies.integers(1, 10**6), min_size=1, max_size=6),
    strategies.integers(0, 64),
    strategies.floats(0.2, 50),
)
def test_sizes_add_up_and_every_domain_has_an_image(counts, more, temperature):
    counts = dict(enumerate(counts))
    sizes = split_batch(len(counts) + more, counts, temperature)
    assert sum(sizes.values()) == len(counts) + more and min(sizes.values()) >= 1
    # Who has more images never has a smaller share.
    assert all(sizes[a] >= sizes[b] for a in counts for b in counts if counts[a] > counts[b])


def test_shares_go_from_those_of_the_counts_to_equal_ones():
    counts = {"road": 810, "room": 90}
    assert split_batch(10, counts) == {"road": 9, "room": 1}
    assert split_batch(40, counts, temperature=2) == {"road": 30, "room": 10}  # 3 : 1
    assert split_batch(10, counts, temperature=1e6) == {"road": 5, "room": 5}
    assert split_batch(10, counts, weights={"room": 9}) == {"road": 5, "room": 5}


def test_a_batch_has_room_for_every_domain():
    with pytest.raises(ConfigError, match="mixture.batch_size is 1 for 2 domains"):
        split_batch(1, {"a": 3, "b": 3})


def test_factors_are_those_of_the_rarest_class_of_an_image():
    present = np.zeros((100, 3), bool)
    present[:, 0], present[:4, 1], present[0, 2] = True, True, True
    factors = repeat_factors(present, 0.16)
    assert factors[5] == 1 and factors[1] == pytest.approx((0.16 / 0.04) ** 0.5) and factors[0] == pytest.approx(4)
    assert (repeat_factors(np.zeros((3, 2), bool), 0.5) == 1).all()


@hypothesis.given(strategies.lists(strategies.floats(1, 6), min_size=1, max_size=40), strategies.integers(0, 9))
def test_rows_are_drawn_as_often_as_their_factors_say(factors, seed):
    factors = np.array(factors)
    rows = draw_rows(factors, np.random.default_rng(seed))
    counts = np.bincount(rows, minlength=len(factors))
    assert len(rows) == round(factors.sum()) and len(counts) == len(factors)
    scaled = factors * len(rows) / factors.sum()
    assert (counts >= np.floor(scaled) - 1e-9).all() and (counts <= np.ceil(scaled) + 1e-9).all()


def test_a_domain_shows_rare_images_more_often_and_is_a_function_of_the_step():
    images = np.arange(8, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)

    def make():
        return Domain("a", Arrays({"image": images}), {}, (4, 4), 2, factors=[1, 1, 1, 3, 1, 1, 1, 1])

    domain = make()
    assert domain.steps_per_epoch == 5
    shown = np.concatenate([domain.batch(step)[0][:, 0, 0, 0] for step in range(5)])
    assert np.bincount(shown).tolist() == [1, 1, 1, 3, 1, 1, 1, 1]
    assert (make().batch(7)[0] == domain.batch(7)[0]).all()


def test_an_extreme_temperature_gives_all_to_the_largest():
    assert split_batch(8, {"road": 900, "room": 100}, temperature=0.001) == {"road": 7, "room": 1}

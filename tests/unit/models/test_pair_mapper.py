import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.models import PairMapper

CHANNELS = {"segmentation": 5, "depth": 1, "normals": 3}
RNG = np.random.default_rng(0)
MAPS = {task: RNG.uniform(0, 1, (4, 32, 32, count)).astype("float32") for task, count in CHANNELS.items()}
PAIRS = np.array([1, 4, 4, 0])


def build(channels=CHANNELS, width=1 / 32, **options):
    """A mapper whose pairs differ."""
    mapper = PairMapper(channels, width, **options)
    mapper.build()
    for films in mapper.films:
        for film in filter(None, films):
            film.scale.assign(RNG.normal(0, 0.3, film.scale.shape))
            film.shift.assign(RNG.normal(0.3, 0.3, film.shift.shape))
    return mapper


@pytest.fixture(scope="module")
def mapper():
    keras.utils.set_random_seed(0)
    return build()


def apply(mapper, task, pairs, rows=slice(None)):
    forward = jitted(lambda maps, pairs: mapper([mapper.embed(task, maps), pairs]))
    return ops.convert_to_numpy(forward(ops.convert_to_tensor(MAPS[task][rows]), ops.convert_to_tensor(pairs)))


def count(variables):
    return sum(int(np.prod(variable.shape)) for variable in variables)


@pytest.mark.parametrize(
    ("channels", "parameters", "films"),
    [
        ({"segmentation": 13, "depth": 1, "normals": 3}, 14_819_328, 50_688),
        ({"segmentation": 7, "depth": 1}, 14_780_160, 16_896),
    ],
)
@pytest.mark.backend_free
def test_parameters_are_those_of_paper_002(channels, parameters, films):
    mapper = PairMapper(channels)
    mapper.build()
    assert count(mapper.trainable_variables) == parameters
    assert count(variable for stage in mapper.films for film in stage for variable in film.variables) == films


def test_the_space_is_as_large_as_the_deepest_feature(mapper):
    assert apply(mapper, "depth", PAIRS).shape == (4, 1, 1, 16)
    embedded = mapper.embed("normals", np.zeros((1, 64, 96, 3), "float32"))
    assert tuple(embedded.shape) == (1, 64, 96, 8)


def test_a_new_mapper_treats_all_pairs_alike():
    mapper = PairMapper(CHANNELS, 1 / 32)
    same = np.tile(MAPS["depth"][:1], (6, 1, 1, 1))
    mapped = ops.convert_to_numpy(mapper([mapper.embed("depth", same), np.arange(6)]))
    np.testing.assert_allclose(mapped, np.tile(mapped[:1], (6, 1, 1, 1)), rtol=1e-5, atol=1e-7)


def test_pairs_differ(mapper):
    same = np.tile(MAPS["depth"][:1], (6, 1, 1, 1))
    mapped = ops.convert_to_numpy(mapper([mapper.embed("depth", same), np.arange(6)])).reshape(6, -1)
    distances = np.abs(mapped[:, None] - mapped[None]).max(-1)
    assert distances[~np.eye(6, dtype=bool)].min() > 1e-3


def test_rows_are_independent_at_inference(mapper):
    together = apply(mapper, "normals", PAIRS)
    for row in range(4):
        alone = apply(mapper, "normals", PAIRS[row : row + 1], slice(row, row + 1))
        np.testing.assert_allclose(together[row], alone[0], rtol=1e-4, atol=1e-5)


def test_unconditioned_has_no_films_and_knows_no_pairs():
    mapper, conditioned = build(conditioned=False), build()
    films = [variable for stage in conditioned.films for film in stage for variable in film.variables]
    assert len(films) == 2 * 13
    assert count(mapper.trainable_variables) == count(conditioned.trainable_variables) - count(films)
    first, second = apply(mapper, "depth", PAIRS), apply(mapper, "depth", 5 - PAIRS)
    np.testing.assert_array_equal(first, second)


class Mapped(keras.Model):
    """Depth maps and pairs, mapped, so that Keras trains the mapper."""

    def __init__(self, mapper):
        super().__init__()
        self.mapper = mapper

    def call(self, inputs, training=False):
        return self.mapper([self.mapper.embed("depth", inputs["maps"], training), inputs["pairs"]], training=training)


def test_gradients_reach_the_tables_of_the_used_pairs_only():
    mapper = build()
    films = [film for stage in mapper.films for film in stage]
    before = [film.get_weights() for film in films]
    model = Mapped(mapper)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    model.fit({"maps": MAPS["depth"], "pairs": PAIRS}, np.ones((4, 1, 1, 16)), batch_size=4, verbose=0)
    used = np.isin(np.arange(6), PAIRS)
    for film, tables in zip(films, before, strict=True):
        for after, table in zip(film.get_weights(), tables, strict=True):
            moved = np.abs(after - table).max(axis=1)
            assert moved[used].min() > 0 and not moved[~used].any()


def test_it_is_made_again_from_its_config_and_weights():
    mapper = build(film_learning_rate_factor=10.0)
    restored = PairMapper.from_config(mapper.get_config())
    restored.build()
    assert restored.get_config() == mapper.get_config()
    restored.set_weights(mapper.get_weights())
    np.testing.assert_allclose(apply(restored, "depth", PAIRS), apply(mapper, "depth", PAIRS), rtol=1e-5, atol=1e-6)


def test_it_is_saved_within_a_model(mapper, tmp_path):
    model = Mapped(mapper)
    inputs = {"maps": MAPS["depth"], "pairs": PAIRS}
    expected = ops.convert_to_numpy(model(inputs))
    model.save_weights(tmp_path / "mapped.weights.h5")
    restored = Mapped(PairMapper.from_config(mapper.get_config()))
    restored(inputs)
    restored.load_weights(tmp_path / "mapped.weights.h5")
    np.testing.assert_allclose(ops.convert_to_numpy(restored(inputs)), expected, rtol=1e-5, atol=1e-6)

import numpy as np
import pytest

from tests.unit.experiments.small import make_experiment
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.domain_features import check_features, compare_domains, domain_features


def test_features_of_both_domains_are_compared_before_and_after():
    experiment = make_experiment({"evaluation": {"features": "c4"}})
    rng = np.random.default_rng(0)
    for variable in experiment.network.trainable_variables:
        variable.assign(rng.normal(0, 0.1, variable.shape))
    (header, rows), panels = compare_domains(experiment)
    assert header[0] == "network" and [row[:2] for row in rows] == [("before", "road, attic"), ("after", "road, attic")]
    assert all(0 <= accuracy <= 1 and distance == pytest.approx(4 * accuracy - 2) for *_, accuracy, distance in rows)
    before, after = panels.values()
    assert before["road"].shape == (6, 2) and not np.allclose(before["road"], after["road"])
    assert list(panels)[1].startswith("c4 after, ")


def test_maps_are_averaged_over_the_image():
    experiment = make_experiment({"evaluation": {"features": "c4"}})
    assert domain_features(experiment, "c4", "road").shape == (6, experiment.network.features["c4"].shape[-1])


def test_nothing_is_compared_where_nothing_is_named():
    assert compare_domains(make_experiment()) is None


def test_a_feature_that_the_network_has_not():
    with pytest.raises(ConfigError, match="evaluation.features: no feature `c44`; did you mean `c4`"):
        check_features(make_experiment({"evaluation": {"features": "c44"}}))

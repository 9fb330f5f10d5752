"""The scores of salient objects against py-sod-metrics, the field's evaluation code in Python."""

import numpy as np
import pytest
from scipy import ndimage

from xdomain_keras.metrics import SalientObjectMetrics

pytestmark = pytest.mark.backend_free
py_sod_metrics = pytest.importorskip("py_sod_metrics")


def draw_maps(count, seed=0):
    """Yield (object uint8 in 0 and 255, saliency uint8), the first ones without object and full of it."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        size = rng.integers(12, 60, 2)
        field = ndimage.gaussian_filter(rng.normal(size=size), 3)
        true = np.full(size, number == 1) if number < 2 else field > np.quantile(field, rng.uniform(0.3, 0.95))
        noise = ndimage.gaussian_filter(rng.normal(size=size), 2)
        yield np.uint8(255 * true), np.uint8(255 * np.clip(0.6 * true + 2 * noise + 0.2, 0, 1))


def reference(maps):
    """What py-sod-metrics says of the same maps."""
    measures = {
        "F": py_sod_metrics.Fmeasure(),
        "E": py_sod_metrics.Emeasure(),
        "S": py_sod_metrics.Smeasure(),
        "W": py_sod_metrics.WeightedFmeasure(),
        "M": py_sod_metrics.MAE(),
    }
    for true, saliency in maps:
        for measure in measures.values():
            measure.step(pred=saliency, gt=true)
    found = {name: measure.get_results() for name, measure in measures.items()}
    curves = {"F": found["F"]["fm"], "E": found["E"]["em"]}
    return {
        **{f"{name}_max": curve["curve"].max() for name, curve in curves.items()},
        **{f"{name}_mean": curve["curve"].mean() for name, curve in curves.items()},
        **{f"{name}_adaptive": curve["adp"] for name, curve in curves.items()},
        "F_weighted": found["W"]["wfm"],
        "S": found["S"]["sm"],
        "MAE": found["M"]["mae"],
    }


def measured(maps):
    metrics = SalientObjectMetrics()
    for true, saliency in maps:
        metrics.update_state(true, saliency / 255)
    return metrics.result()


def test_the_scores_are_those_of_the_reference():
    found = measured(draw_maps(200))
    for name, expected in reference(draw_maps(200)).items():
        assert found[name] == pytest.approx(expected, abs=1e-6), name

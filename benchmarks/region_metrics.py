"""Metrics of regions and of salient objects: beside the reference libraries, and how long they take.

    python benchmarks/region_metrics.py [--maps 200] [--data FOLDER]

Compared are scikit-image and scikit-learn (variation of information, Rand index, adapted Rand error) and py-sod-metrics
(MAE, F, weighted F, S, E) on random maps. Timed are the 200 test images of BSDS500 with all annotators, one
segmentation each, in one process. About 4 minutes.
"""

import pathlib
import sys
import time

import numpy as np
from result import ROOT, make_parser, target, write_result


def measure_parity(count):
    """Rows of (reference, score, largest difference)."""
    from tests.parity import test_region_metrics as regions
    from tests.parity import test_salient_object_metrics as salient

    found = zip(
        ("scikit-image", "scikit-learn", "scikit-image"),
        ("variation of information", "Rand index", "adapted Rand error"),
        regions.differences(count),
        strict=True,
    )
    rows = [dict(zip(("reference", "score", "largest difference"), row, strict=True)) for row in found]
    ours = salient.measured(salient.draw_maps(count))
    for name, expected in salient.reference(salient.draw_maps(count)).items():
        rows.append(
            {"reference": "py-sod-metrics", "score": name, "largest difference": abs(float(ours[name] - expected))}
        )
    return rows


def measure_time(folder):
    """Seconds for the test images: reading, scores of the regions, and with the matching of their boundaries."""
    from segmenters import colour_pieces, grid

    from xdomain_keras.data.readers import BSDS
    from xdomain_keras.metrics import RegionMetrics

    source = BSDS(str(folder / "bsds500"), "test")
    start = time.perf_counter()
    samples = [source[index] for index in range(len(source))]
    rows, reading = [], time.perf_counter() - start
    for name, segment in (("3 x 3 grid", grid), ("colour clusters", colour_pieces)):
        cuts = [segment(sample["image"]) for sample in samples]
        row = {"segmentation": name, "images": len(samples), "regions": float(np.mean([cut.max() + 1 for cut in cuts]))}
        for column, boundaries in (("seconds", False), ("seconds with boundary matching", True)):
            metrics, start = RegionMetrics(boundaries=boundaries), time.perf_counter()
            for sample, cut in zip(samples, cuts, strict=True):
                metrics.update_state(sample["regions"], cut)
            row |= {column: time.perf_counter() - start, **metrics.result()}
        rows.append({key: value for key, value in row.items() if not key.endswith("_ois")})  # one cut: OIS is ODS
    return rows, reading


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--maps", type=int, default=200)
    parser.add_argument("--data", default=ROOT.parent / "shared" / "data", type=pathlib.Path)
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    parity = measure_parity(arguments.maps)
    worst = max(row["largest difference"] for row in parity)
    text = f"scores of regions and salient objects against the references, {arguments.maps} maps"
    targets, figures = [target(text, "≤ 1e-6", f"{worst:.1e}", worst <= 1e-6)], {"parity": parity}
    if (arguments.data / "bsds500").is_dir():
        figures["time"], figures["seconds_of_reading"] = measure_time(arguments.data)
        slowest = max(figures["time"], key=lambda row: row["seconds"])
        with_boundaries = slowest["seconds with boundary matching"]
        targets.append(
            target(
                "BSDS500 test, all annotators: seconds of the region metrics",
                "≤ 60",
                f"{slowest['seconds']:.1f} (with boundary matching {with_boundaries:.0f})",
                slowest["seconds"] <= 60,
            )
        )
    write_result(
        "region_metrics",
        "Metrics of regions and salient objects",
        figures,
        targets,
        folder=arguments.results,
        seeds=[0],
    )


if __name__ == "__main__":
    main()

"""How long the metrics of regions take.

    python benchmarks/region_metrics.py [--data FOLDER]

Timed are the 200 test images of BSDS500 with all annotators, one segmentation each, in one process. Read from
../shared/data. About 3 minutes. (That the scores are those of the reference libraries is held by `tests/parity`.)
"""

import pathlib
import time

import numpy as np
from result import ROOT, make_parser, target, write_result


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
    parser.add_argument("--data", default=ROOT.parent / "shared" / "data", type=pathlib.Path)
    arguments = parser.parse_args()
    rows, reading = measure_time(arguments.data)
    slowest = max(rows, key=lambda row: row["seconds"])
    shown = f"{slowest['seconds']:.1f} (with boundary matching {slowest['seconds with boundary matching']:.0f})"
    text = "BSDS500 test, all annotators: seconds of the region metrics"
    write_result(
        "region_metrics",
        "Time of the region metrics",
        {"time": rows, "seconds_of_reading": reading},
        [target(text, "≤ 60", shown, slowest["seconds"] <= 60)],
        folder=arguments.results,
    )


if __name__ == "__main__":
    main()

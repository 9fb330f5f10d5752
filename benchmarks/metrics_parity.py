"""Measure how far the metrics are from the reference libraries: largest absolute differences.

    python benchmarks/metrics_parity.py [--pysaliency-python PATH] [--data FOLDER]

Detection is compared with pycocotools on 300 random sets, saliency with pysaliency on 120 random images.
pysaliency need not be in the environment of the project: `--pysaliency-python` names the interpreter of
another one that has it (`python -m venv V && V/bin/pip install pysaliency`); without either it is left out.
`--data` names a folder with the real data sets `osie/` and `crowd/`; where it exists, the centre prior fitted on
OSIE (first 500 images) is scored on Saliency in Crowd (images 401 to 500). About 40 seconds on one CPU core.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
from result import ROOT, make_parser, target, write_result

NUM_CASES = 120

# Runs in the other interpreter: cases on stdin, scores on stdout. The package imports models that need torch
# as a side effect; the scores do not.
ORACLE = """
import json, sys, types
class Absent(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
sys.modules["pysaliency.external_models"] = Absent("pysaliency.external_models")
import numpy as np
if not hasattr(np, "trapz"): np.trapz = np.trapezoid
import pysaliency
from pysaliency import metrics
cases = json.load(sys.stdin)
class Given(pysaliency.SaliencyMapModel):
    def __init__(self, maps, **keywords):
        super().__init__(caching=False, **keywords)
        self.maps = maps
    def _saliency_map(self, image):
        return self.maps[int(image[0, 0, 0]) * 256 + int(image[0, 0, 1])].copy()
maps = [np.array(case["saliency"]) for case in cases]
images = []
for index, saliency in enumerate(maps):
    images.append(np.zeros((*saliency.shape, 3), np.uint8))
    images[-1][0, 0, :2] = divmod(index, 256)
stimuli = pysaliency.Stimuli(images)
points = [np.array(case["fixations"]) for case in cases]
owners = np.repeat(np.arange(len(cases)), [len(p) for p in points])
joined = np.concatenate(points)
fixations = pysaliency.Fixations.create_without_history(x=joined[:, 0], y=joined[:, 1], n=owners)
model = Given(maps)
judd = model.AUC_per_image(stimuli, fixations, nonfixations="unfixated", thresholds="fixations")
uniform = model.AUC_per_image(stimuli, fixations, nonfixations="uniform")
shuffled = model.AUC_per_image(stimuli, fixations, nonfixations="shuffled")
rows = []
for index, case in enumerate(cases):
    density, saliency, xy = np.array(case["density"]), maps[index], points[index]
    rows.append([float(v) for v in (
        metrics.NSS(saliency, xy[:, 0], xy[:, 1]).mean(), metrics.CC(saliency, density),
        metrics.SIM(saliency, density), metrics.MIT_KLDiv(saliency, density), judd[index], uniform[index],
        shuffled[index])])
from importlib.metadata import version
json.dump({"version": version("pysaliency"), "rows": rows}, sys.stdout)
"""


def measure_detection():
    """Compare all twelve numbers with pycocotools."""
    from tests.parity import test_coco_metrics as parity

    worst, compared = dict.fromkeys(parity.NAMES, 0.0), 0
    for seed in range(300):
        images = parity.draw_set(seed)
        expected, result = parity.evaluate_with_pycocotools(images), parity.measure(images)
        for name in parity.NAMES:
            if np.isnan(expected[name]) != np.isnan(result[name]):
                raise SystemExit(f"set {seed}: {name} is {result[name]}, pycocotools says {expected[name]}.")
            if not np.isnan(expected[name]):
                worst[name] = max(worst[name], abs(expected[name] - result[name]))
                compared += 1
    return {"numbers_compared": compared, "largest_difference": worst}


def measure_formulas():
    """Compare all seven scores with their formulas, written in NumPy by loops over fixations and thresholds."""
    from tests.parity import test_saliency_metrics as parity
    from xdomain_keras import metrics

    worst = {}
    for seed in range(NUM_CASES):
        saliency, density, fixations, others = parity.draw_case(seed)
        seen, scaled = parity.binary_map(fixations, saliency.shape), parity.scale(saliency)
        standard = (saliency - saliency.mean()) / saliency.std()
        p, q = density / density.sum(), saliency / saliency.sum()
        shifted = [map - map.min() for map in (density, saliency)]
        eps, elsewhere = 2.2204e-16, [scaled[int(y), int(x)] for x, y in others]
        pairs = {
            "NSS": (metrics.nss(fixations, saliency), np.mean(standard[seen])),
            "CC": (metrics.correlation(density, saliency), np.corrcoef(density.ravel(), saliency.ravel())[0, 1]),
            "SIM": (metrics.similarity(density, saliency), np.minimum(*(map / map.sum() for map in shifted)).sum()),
            "KL": (metrics.kl_divergence(density, saliency), np.sum(p * np.log(eps + p / (q + eps)))),
            "AUC-Judd": (metrics.auc_judd(fixations, saliency), parity.judd_by_loop(saliency, seen)),
            "AUC-Borji": (
                metrics.auc_borji(fixations, saliency, num_splits=None),
                parity.auc_on_grid(scaled[seen], scaled.ravel()),
            ),
            "sAUC": (
                metrics.auc_shuffled(fixations, saliency, others, num_splits=None),
                parity.auc_on_grid(scaled[seen], np.array(elsewhere)),
            ),
        }
        for name, (ours, formula) in pairs.items():
            worst[name] = max(worst.get(name, 0.0), abs(float(ours - formula)))
    return {"largest_difference": worst}


def measure_saliency(python):
    """Compare all seven scores with pysaliency, which counts every fixation and needs no thresholds."""
    from tests.parity.test_saliency_metrics import draw_case
    from xdomain_keras import metrics

    cases = [draw_case(seed) for seed in range(NUM_CASES)]
    sent = [{"saliency": s.tolist(), "density": d.tolist(), "fixations": f.tolist()} for s, d, f, _ in cases]
    reply = subprocess.run([python, "-c", ORACLE], input=json.dumps(sent), capture_output=True, text=True)
    if reply.returncode:
        return {"version": f"left out: {reply.stderr.strip().splitlines()[-1]}", "largest_difference": {}}, None
    reply = json.loads(reply.stdout)
    names = ("NSS", "CC", "SIM", "KL", "AUC-Judd", "AUC-Borji", "sAUC")
    rows = []
    for index, (saliency, density, fixations, _) in enumerate(cases):
        size = np.array(saliency.shape[::-1])
        others = [f * (size / s.shape[::-1]) for i, (s, _, f, _) in enumerate(cases) if i != index]
        rows.append(
            [
                metrics.nss(fixations, saliency, distinct=False),
                metrics.correlation(density, saliency),
                metrics.similarity(density, saliency, subtract_minimum=False),
                metrics.kl_divergence(density, saliency),
                metrics.auc_judd(fixations, saliency, distinct=False),
                metrics.auc_borji(fixations, saliency, num_splits=None, step=None, distinct=False),
                metrics.auc_shuffled(fixations, saliency, np.concatenate(others), None, None, distinct=False),
            ]
        )
    worst = np.abs(np.array(rows) - reply["rows"]).max(axis=0)
    differences = dict(zip(names, worst.tolist(), strict=True))
    return {"version": reply["version"], "largest_difference": differences}, reply["rows"]


def measure_center_prior(folder):
    """Score the centre prior of one data set on another; density of σ = 12 px at a width of 512 for both."""
    if not (folder / "osie").is_dir() or not (folder / "crowd").is_dir():
        return []
    import cv2
    import scipy.io

    from xdomain_keras.data.fixation_map import fixation_density
    from xdomain_keras.evaluation.center_prior import CenterPrior
    from xdomain_keras.metrics import SaliencyMetrics

    gaze = {}
    stored = scipy.io.loadmat(folder / "osie/eye/fixations.mat", squeeze_me=True, struct_as_record=False)
    for image in stored["fixations"]:
        viewers = [np.stack([np.atleast_1d(v.fix_x), np.atleast_1d(v.fix_y)], axis=1) for v in image.subjects]
        gaze[image.img] = np.concatenate(viewers)
    prior = CenterPrior(fixation_density(gaze[name], (600, 800), 800 * 12 / 512) for name in sorted(gaze)[:500])
    viewers = json.loads((folder / "crowd/fixations.json").read_text())
    metrics, exact = SaliencyMetrics(), SaliencyMetrics(distinct=False, step=None, num_splits=None)
    for name in sorted(viewers)[400:]:
        shape = cv2.imread(str(folder / "crowd/images" / name)).shape[:2]
        fixations = np.concatenate([np.asarray(points, float).reshape(-1, 2) for points in viewers[name]])
        for metric in (metrics, exact):
            metric.update_state({"fixations_xy": fixations}, prior.predict(shape))
    return [
        {"counted": "defaults", **metrics.result()},
        {"counted": "every fixation, all thresholds", **exact.result()},
    ]


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--pysaliency-python", default=sys.executable, help="Python that has pysaliency")
    parser.add_argument("--data", default=ROOT.parent / "shared" / "data", type=pathlib.Path)
    parser.add_argument(
        "--print-references", type=int, default=0, help="print pysaliency's scores of the first N images"
    )
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    detection, saliency = measure_detection(), measure_formulas()
    others, references = measure_saliency(arguments.pysaliency_python)
    for seed, row in enumerate((references or [])[: arguments.print_references]):
        print(f"    {seed}: {[round(value, 9) for value in row[:6]]},")
    rows = [
        {"reference": name, "metric": metric, "largest_difference": difference}
        for name, result in (("pycocotools", detection), ("plain NumPy", saliency), ("pysaliency", others))
        for metric, difference in result["largest_difference"].items()
    ]
    limits = {"pycocotools": ("300 random detection sets", 1e-9), "plain NumPy": (f"{NUM_CASES} maps", 1e-6)}
    limits["pysaliency"] = limits["plain NumPy"]
    targets = []
    for name, (cases, limit) in limits.items():
        differences = [row["largest_difference"] for row in rows if row["reference"] == name]
        worst = max(differences, default=float("nan"))
        shown = f"{worst:.1e}" if differences else "left out: not installed"
        targets.append(target(f"metrics against {name}, {cases}", f"≤ {limit:.0e}", shown, worst <= limit))
    write_result(
        "metrics_parity",
        "Metrics against the reference implementations",
        {
            "detection_numbers_compared": detection["numbers_compared"],
            "pysaliency": others["version"],
            "differences": rows,
            "centre_prior_of_osie_on_crowd": measure_center_prior(arguments.data),
        },
        targets,
        folder=arguments.results,
        backend="none",
    )


if __name__ == "__main__":
    main()

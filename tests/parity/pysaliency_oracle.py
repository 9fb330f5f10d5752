"""Write `pysaliency.json`: what pysaliency says of the random cases. Not a test; run it where pysaliency is installed.

python -m venv V && V/bin/pip install pysaliency==0.2.22 && V/bin/python tests/parity/pysaliency_oracle.py
"""

import json
import pathlib
import sys
import types
from importlib.metadata import version

import numpy as np
from saliency_cases import COUNT, draw_case

NAMES = ("NSS", "CC", "SIM", "KL", "AUC-Judd", "AUC-Borji", "sAUC")


class Absent(types.ModuleType):
    """Stands in for the models of pysaliency, which need torch; the scores do not."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)


def load():
    """The package without its models."""
    sys.modules["pysaliency.external_models"] = Absent("pysaliency.external_models")
    if not hasattr(np, "trapz"):
        np.trapz = np.trapezoid
    import pysaliency

    return pysaliency


def score(pysaliency, cases):
    """A row of scores for each case; every fixation counts, and all values of a map are thresholds.

    KL is `MIT_KLDiv`, AUC-Judd is without jitter, AUC-Borji takes all pixels for nonfixations, and sAUC the fixations
    of all other cases, stretched to the size of the map.
    """
    maps, points = [case[0] for case in cases], [case[2] for case in cases]

    class Given(pysaliency.SaliencyMapModel):
        """The maps, found by the number that is written in the first pixel of an image."""

        def _saliency_map(self, image):
            return maps[int(image[0, 0, 0]) * 256 + int(image[0, 0, 1])].copy()

    images = [np.zeros((*saliency.shape, 3), np.uint8) for saliency in maps]
    for number, image in enumerate(images):
        image[0, 0, :2] = divmod(number, 256)
    stimuli, joined = pysaliency.Stimuli(images), np.concatenate(points)
    owners = np.repeat(np.arange(len(cases)), [len(own) for own in points])
    fixations = pysaliency.Fixations.create_without_history(x=joined[:, 0], y=joined[:, 1], n=owners)
    model = Given(caching=False)
    kinds = ({"nonfixations": "unfixated", "thresholds": "fixations"}, {"nonfixations": "uniform"})
    kinds += ({"nonfixations": "shuffled"},)
    areas = zip(*(model.AUC_per_image(stimuli, fixations, **kind) for kind in kinds), strict=True)
    metrics = pysaliency.metrics
    for (saliency, density, xy, _), own in zip(cases, areas, strict=True):
        location = metrics.NSS(saliency, xy[:, 0], xy[:, 1]).mean()
        compared = (metrics.CC, metrics.SIM, metrics.MIT_KLDiv)
        yield [location, *(compare(saliency, density) for compare in compared), *own]


def main():
    rows = score(load(), [draw_case(seed) for seed in range(COUNT)])
    lines = ",\n".join(f"    {json.dumps([round(float(value), 9) for value in row])}" for row in rows)
    head = f'  "version": "{version("pysaliency")}",\n  "scores": {json.dumps(NAMES)},\n'
    path = pathlib.Path(__file__).with_name("pysaliency.json")
    path.write_text(f'{{\n{head}  "rows": [\n{lines}\n  ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()

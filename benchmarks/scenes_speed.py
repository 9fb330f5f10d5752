"""How many labelled images one core renders in a second of its own time: `python benchmarks/scenes_speed.py`.

Writes `benchmarks/results/scenes_speed.json`: images a CPU second of each world, look and size, and how well
the simulated gaze is explained (NSS, the mean of the standardised map at the fixations) by the density it
was drawn from and by the mean density of other pictures, the centre prior.
"""

import json
import os
import pathlib
import platform
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2
import numpy as np

from xdomain_keras.data.scenes import fixations, render


def measure_speed(world, look, size, count=100):
    """Return images rendered in a second of CPU time, all labels included; the best of three runs."""
    render(world, look, size, seed=10_000)
    rates = []
    for _ in range(3):
        start = time.process_time()
        for seed in range(count):
            render(world, look, size, seed)
        rates.append(count / (time.process_time() - start))
    return round(max(rates), 1)


def measure_gaze(world, look, count=100):
    """Return the mean NSS of the simulated density and of the centre prior, on pictures that the prior has not seen."""
    densities, points = [], []
    for seed in range(2 * count):
        sample = render(world, look, (96, 96), seed)
        weights = fixations.weigh_objects(world, sample["image"], sample)
        densities.append(fixations.gaze_density(world, sample, weights))
        points.append(sample["fixations_xy"].astype(int))
    prior = np.mean(densities[:count], axis=0)

    def score(density, place):
        standard = (density - density.mean()) / density.std()
        return standard[place[:, 1], place[:, 0]].mean()

    own = [score(density, place) for density, place in zip(densities[count:], points[count:], strict=True)]
    centre = [score(prior, place) for place in points[count:]]
    return {"density": round(float(np.mean(own)), 2), "centre_prior": round(float(np.mean(centre)), 2)}


def main():
    """Measure everything, print it and write it."""
    cv2.setNumThreads(1)
    result = {"machine": platform.machine(), "threads": 1, "images_per_cpu_second": {}, "gaze_nss": {}}
    for world in ("street", "room"):
        for look in ("synthetic", "photo"):
            name = f"{world}_{look}"
            result["images_per_cpu_second"][name] = {
                f"{side}x{side}": measure_speed(world, look, (side, side), 100 if side < 200 else 30)
                for side in (64, 128, 256)
            }
            result["gaze_nss"][name] = measure_gaze(world, look)
    path = pathlib.Path(__file__).parent / "results" / "scenes_speed.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

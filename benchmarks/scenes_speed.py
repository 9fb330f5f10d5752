"""How many labelled images one core renders in a second of its own time.

    python benchmarks/scenes_speed.py

Images a CPU second of each world, look and size, and how well the simulated gaze is explained (NSS, the mean of
the standardised map at the fixations) by the density it was drawn from and by the mean density of other pictures,
the centre prior. About a minute on one core.
"""

import os
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2
import numpy as np
from result import make_parser, target, write_result

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
    arguments = make_parser(__doc__).parse_args()
    cv2.setNumThreads(1)
    speeds, gaze = [], []
    for world in ("street", "room"):
        for look in ("synthetic", "photo"):
            rates = {
                f"{side}x{side}": measure_speed(world, look, (side, side), 12800 // side) for side in (64, 128, 256)
            }
            speeds.append({"world": world, "look": look, **rates})
            gaze.append({"world": world, "look": look, **measure_gaze(world, look)})
    slowest = min(row["128x128"] for row in speeds)
    text = "rendered scenes at 128 x 128 with every label, images a CPU second, slowest look"
    write_result(
        "scenes_speed",
        "Rendered scenes",
        {"images_a_cpu_second": speeds, "nss_of_the_simulated_gaze": gaze},
        [target(text, "≥ 40", f"{slowest:.0f}", slowest >= 40)],
        folder=arguments.results,
        backend="none",
        notes=["One thread; labels of every kind are made with each image."],
    )


if __name__ == "__main__":
    main()

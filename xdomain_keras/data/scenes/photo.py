"""The camera of the photo look: exposure, lens, sensor and colour processing."""

import cv2
import numpy as np


def develop(light, random):
    """Turn linear light into a photograph.

    Exposure to a middle grey, vignetting, blur of the lens, white balance and crosstalk of the colour
    filters, a filmic tone curve, and noise of the sensor (a part that grows with the light and a part
    that does not).

    Args:
        light: float32 `[H, W, 3]`, linear RGB.
        random: `numpy.random.Generator`.

    Returns:
        float32 `[H, W, 3]`, sRGB in [0, 1].

    Example:

    >>> image = develop(np.full((16, 16, 3), 0.2, np.float32), np.random.default_rng(0))
    >>> image.shape, bool((image >= 0).all() and (image <= 1).all())
    ((16, 16, 3), True)
    """
    height, width = light.shape[:2]
    exposure = np.float32(random.uniform(0.16, 0.27)) / (np.float32(np.median(light)) * 0.7 + light.mean() * 0.3 + 1e-3)
    rows, columns = (np.linspace(-1, 1, length, dtype=np.float32) ** 2 for length in (height, width))
    falloff = 1 - np.float32(random.uniform(0.12, 0.3)) * (rows[:, None] + columns[None])
    image = np.minimum(light, 6) * (exposure * falloff)[..., None]
    softness = random.uniform(0.38, 0.62) * max(1.0, width / 160)
    image = cv2.GaussianBlur(image, (0, 0), softness)
    # Bright light spreads in the lens.
    halo = cv2.blur(np.maximum(image - 1.0, 0), (width // 16 | 1, width // 16 | 1))
    image += 0.35 * halo
    read, shot = random.uniform(0.003, 0.009), random.uniform(0.008, 0.02)
    noise = random.standard_normal(image.shape, np.float32)
    image += noise * (np.float32(read) + np.float32(shot) * np.sqrt(np.maximum(image, 0)))
    warmth, leak = random.uniform(-0.1, 0.14), random.uniform(0.02, 0.08)
    matrix = np.full((3, 3), leak) + np.eye(3) * (1 - 3 * leak)
    image = image @ (matrix * (1 + warmth, 1.0, 1 - warmth)).astype(np.float32)
    image = np.maximum(image, 0)
    # Fit of a film's response, K. Narkowicz, "ACES filmic tone mapping curve", 2016.
    image = image * (2.51 * image + 0.03) / (image * (2.43 * image + 0.59) + 0.14)
    return np.clip(np.power(image, np.float32(1 / 2.2)), 0, 1)

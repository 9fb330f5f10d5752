"""What surfaces are made of: their colours in both looks, their grain, their gloss and their pattern."""

import functools
import typing

import numpy as np


class Material(typing.NamedTuple):
    """One kind of surface.

    Args:
        synthetic: space-separated sRGB colours (hex), one is picked by a part's tint.
        photo: the same for the photo look.
        grain: standard deviation of the brightness noise in the photo look, as a fraction.
        scale: grains a metre.
        gloss: strength of the highlight, 0 to 1.
        glow: light sent out by the surface itself, relative to full white.
        pattern: str, a key of `patterns.PATTERNS`; empty for none.
    """

    synthetic: str
    photo: str
    grain: float = 0.08
    scale: float = 12.0
    gloss: float = 0.0
    glow: float = 0.0
    pattern: str = ""


PAINT = "e03030 2f6fe0 f0f0f0 303038 f2c018 20a860 f07820 9040c0"
CLOTH = "e84040 3070e8 f0c020 28b060 f08030 a040c8 30c0c8 f070b0"
MATERIALS = {
    "asphalt": Material("74747e 6a6a74", "5a5a5e 656362 4e4f54", 0.09, 14),
    "paving": Material("c8bca8 d0c4b4", "9b958c 8b8680 a89c8c", 0.1, 9, pattern="paving"),
    "grass": Material("6cc83c 58b838", "4f6130 5d6836 6b6a3e", 0.3, 25),
    "concrete": Material("b0b0b8 a0a4ac", "8d8a84 9c958a 77767a", 0.12, 6),
    "brick": Material("d86848 c88860", "8c5a48 96705a 7f6a60 a89a88", 0.14, 12, pattern="brick"),
    "facade": Material(
        "f0a868 e87868 f0d890 98b8e0 c8a0d8 a8d0a0", "b8a78c a37a62 c9c0b0 8d8f94 9c6b58 c7ad80 8a7d70", 0.1, 3,
        pattern="facade",
    ),
    "roof": Material("c04030 904838 705868", "7c4a3c 5d5654 6b4f42 4c4c52", 0.2, 8, pattern="tiles"),
    "timber": Material("b87838 f0f0e8 98582c", "7d6248 b9b4aa 5f5144 6c7468", 0.18, 14),
    "bark": Material("885028", "5a4a3c 6b5d50", 0.3, 18),
    "foliage": Material("38a838 58c030 289848 80c028", "3f5426 4c6030 35492c 66682c 7a6a2c", 0.5, 9),
    "metal": Material("9098a8 707888 5c6470", "6d7074 4b4f50 8a8c8c 3c4440", 0.06, 20, 0.5),
    "rubber": Material("282830 383840", "1f1f21 2b2a29", 0.08, 20, 0.05),
    "glass": Material("78c0e8 88c8f0", "23282c 2c3234", 0.03, 5, 0.9),
    "paint": Material(PAINT, "8f2a26 2c4464 c6c7c4 26272a a9a294 5c6468 3c5244 d8d6d0 70757a", 0.03, 8, 0.7),
    "lamp": Material("fff8d0", "e8e0c8", 0.02, 5, 0.5, 0.25),
    "red": Material("e82020", "a3241f 8c2a2a", 0.05, 8, 0.25),
    "blue": Material("2058e0", "23488c 2f5578", 0.05, 8, 0.25),
    "green": Material("20a848", "2d6a48 3d7050", 0.05, 8, 0.25),
    "yellow": Material("f8d020", "c89c2c b88a30", 0.05, 8, 0.25),
    "white": Material("f8f8f8 f0ece0", "cfcdc6 d6cfc0 b8b6b0", 0.07, 12, 0.1),
    "cloth": Material(CLOTH, "7c3434 34465c 8c8678 2c2c30 5a6650 a08468 d0ccc4 574a6c", 0.14, 30),
    "trousers": Material("3858a8 404048 886848 585878", "2d3850 28282a 6a5c4a 45464a", 0.12, 30),
    "skin": Material("f8c8a0 c88858 885838", "c89a80 a87458 7a5240 d8b09a", 0.05, 20),
    "hair": Material("402818 181818 c89040 a05028", "2c211a 171514 6c5334 4a3226", 0.2, 40),
    "plaster": Material("f0e0b8 b8d8e8 e8c8c8 c8e0b8 e0d8f0", "c9c0ac b4bcbc c8b8a8 b9bfa8 d2cec4 a3a9a6", 0.05, 3),
    "wallpaper": Material("e8d098 98c8d8 e0a8b8", "b9aa8c 98a8a4 b09a94 8f9a86", 0.05, 6, pattern="stripes"),
    "ceiling": Material("f8f8f8", "cfccc4 d8d4cc", 0.03, 3),
    "parquet": Material("c88848 a86838 e0b070", "8a6544 6f4c34 a78660 59412f", 0.13, 8, 0.25, pattern="planks"),
    "carpet": Material("a8b0c8 c8a898 98b8a0", "8c857a 6f7478 7c6a60", 0.22, 50),
    "rug": Material("d83848 3858c8 e8b038 38a088 f0e8d0", "7c3a34 38465c a08450 4a5c50 b8a890", 0.22, 40,
                    pattern="weave"),
    "wood": Material("b06830 e0a860 784020 f0e8e0 d08848", "7a5434 9c7648 4e3524 b8aa98 8c6a4c 3a2a22", 0.13, 7, 0.2,
                     pattern="wood"),
    "fabric": Material(CLOTH, "5c6670 8a7a66 74504a 50604e a89c8c 3e4a5c 94806e 6a5a70", 0.14, 35),
    "linen": Material("f8f8ff", "d0ccc4 c8c4bc", 0.05, 18),
    "ceramic": Material("f0f0f0 e87838 3890d0 d8b080", "b8b0a4 9c5c40 46607a c0a488", 0.06, 10, 0.5),
    "shade": Material("fff0a8 ffd890", "e8d0a4 e0c8a8", 0.05, 20, 0.0, 0.75),
    "books": Material("d04040 4060c0 e0b040", "7c4438 40506a 9c8450", 0.1, 20, pattern="books"),
    "screen": Material("203048 304868", "0e1013 15181c", 0.01, 3, 0.9, pattern="screen"),
    "painting": Material("e0c080 80b0e0 e09090", "a8987c 7c8c94 8c6c60", 0.12, 14, pattern="painting"),
    "daylight": Material("a8e0ff c0ecff", "d4e2ee e4e6e2", 0.02, 2, 0.0, 0.9, pattern="daylight"),
    "sky": Material("78c0f8", "a0b4c8"),
}  # fmt: skip
MATERIAL_IDS = {name: number for number, name in enumerate(MATERIALS)}
GRAIN, SCALE, GLOSS, GLOW = (
    np.array([getattr(material, field) for material in MATERIALS.values()], np.float32)
    for field in ("grain", "scale", "gloss", "glow")
)


@functools.cache
def read_colours(look):
    """Return the colours of all materials in one look, float32 `[M, 9, 3]` sRGB in [0, 1], and how many each has."""
    texts = [getattr(material, look).split() for material in MATERIALS.values()]
    table = np.zeros((len(texts), 9, 3), np.float32)
    for row, colours in zip(table, texts, strict=True):
        row[: len(colours)] = [[int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)] for colour in colours]
    return table, np.array([len(colours) for colours in texts])


def pick_colours(look, materials, tints):
    """Return the colour of each part: the tint picks one of the material's colours and varies its brightness.

    Args:
        look: str, `"synthetic"` or `"photo"`.
        materials: int `[K]`, numbers from `MATERIAL_IDS`.
        tints: float `[K]` in [0, 1).

    Returns:
        float32 `[K, 3]`, sRGB in [0, 1].

    Example:

    >>> pick_colours("synthetic", np.array([MATERIAL_IDS["linen"]]), np.array([0.5])).shape
    (1, 3)
    """
    table, counts = read_colours(look)
    place = np.asarray(tints) * counts[materials]
    number = np.minimum(place.astype(np.int32), counts[materials] - 1)
    colours = table[materials, number]
    vary = {"synthetic": 0.0, "photo": 0.3}[look] * (place - number - 0.5)
    return np.clip(colours * (1 + vary[:, None]), 0, 1).astype(np.float32)

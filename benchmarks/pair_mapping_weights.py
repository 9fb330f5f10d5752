"""The weight of each term over task pairs, chosen on validation images of rendered rooms, one label an image.

    python benchmarks/pair_mapping_weights.py [--methods …]

Three seeds, which the tables of `pair_mapping.py` do not use: one alone misleads, since the same weight can leave the
mapper stuck from one start and not from another. The best mean of each term stands there, but for Perceptual-Map, whose
two are within the noise. Resumable; about three hours of a core.
"""

import compare_methods
import train_methods
from pair_mapping import OURS, RIVAL_TERMS, SUPERVISED, columns_of, delta_mtl, set_scale, with_term
from result import ROOT, make_parser, target

TERMS = {OURS: ("pair_consistency", {}, 0.3), **RIVAL_TERMS}
WEIGHTS = (1.0, 0.3)
METHODS = {"supervised": SUPERVISED}
for name, (term, options, _) in TERMS.items():
    METHODS |= {f"{name}, weight {weight}": with_term(term, options, weight) for weight in WEIGHTS}


def main():
    parser = make_parser(__doc__)
    train_methods.add_arguments(parser, METHODS, seeds=(10, 11, 12))
    arguments = parser.parse_args()
    set_scale(arguments, "room")
    columns = columns_of("room")

    def describe(rows, no_look):
        gains = {}
        for method in {row["method"] for row in rows}:
            found = delta_mtl(rows, method, columns, base="supervised").values()
            gains[method] = sum(found) / len(found) if found else None
        lines = compare_methods.summarise(rows, no_look, columns)
        for line in lines:
            line["gain over supervised %"] = gains[line["method"]]
        return {
            "title": "Partial labels, rendered rooms: the weight of each term, on validation images",
            "figures": {"validation_split": lines},
            "targets": list(make_targets(rows, gains)),
            "notes": ["The gain is the mean over the tasks of the relative gain over `supervised`."],
        }

    config = ROOT / "configs" / "pair_mapping" / "scenes_rooms.yaml"
    train_methods.train_all("pair_mapping_weights", config, METHODS, arguments, describe, split="validation")


def make_targets(rows, gains):
    """The weight in use is the best of those measured, over three seeds."""
    for name, (_, _, used) in TERMS.items():
        found = {weight: gains.get(f"{name}, weight {weight}") for weight in WEIGHTS}
        if None not in found.values():
            best = max(found, key=found.get)
            seeds = min(sum(row["method"] == f"{name}, weight {weight}" for row in rows) for weight in WEIGHTS)
            text = f"partial labels, weight of {name}: the one in use, over {seeds} seeds"
            yield target(text, "the best, over 3", f"{used} ({best})", used == best and seeds >= 3)


if __name__ == "__main__":
    main()

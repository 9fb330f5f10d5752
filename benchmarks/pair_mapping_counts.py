"""Parameters and multiply-adds of the full-size networks of paper 002, beside those of the authors' code.

    python benchmarks/pair_mapping_counts.py

Nothing is trained and no data is read. About 20 seconds.
"""

from result import count_target, make_parser, write_result

NYU = {"segmentation": 13, "depth": 1, "normals": 3}
CITYSCAPES = {"segmentation": 7, "depth": 1}
PASCAL = {"segmentation": 21, "parts": 7, "normals": 3, "salient_object": 1, "edges": 1}
# Network → (backbone, channels by task, image size, millions of parameters, GMAC where it is known).
NETWORKS = {
    "SegNet, NYU": ({"name": "segnet"}, NYU, (288, 384), 25.055, 68.60),
    "SegNet, Cityscapes": ({"name": "segnet"}, CITYSCAPES, (128, 256), 25.018, 19.10),
    "MTAN, NYU": ({"name": "mtan", "tasks": list(NYU)}, NYU, (288, 384), 44.229, None),
    "ResNet-18 + ASPP, PASCAL": ({"name": "resnet18", "output_stride": 8}, PASCAL, (512, 512), 34.80, None),
}
# Mapper → (channels by task, millions of parameters).
MAPPERS = {"mapper, NYU": (NYU, 14.819), "mapper, Cityscapes": (CITYSCAPES, 14.780)}


def main():
    arguments = make_parser(__doc__).parse_args()
    from xdomain_keras.evaluation.profile import count_macs, count_parameters
    from xdomain_keras.models import PairMapper

    rows, targets = [], []

    for name, (backbone, channels, size, millions, gmac) in NETWORKS.items():
        network = build(backbone, channels, size)
        rows.append({"network": name, "parameters": count_parameters(network), "macs": count_macs(network)})
        targets.append(count_target(f"{name}: parameters", rows[-1]["parameters"], millions, "M"))
        if gmac:
            targets.append(count_target(f"{name}: multiply-adds", rows[-1]["macs"], gmac, "G"))
    for name, (channels, millions) in MAPPERS.items():
        mapper = PairMapper(channels)
        mapper.build()
        rows.append({"network": name, "parameters": count_parameters(mapper)})
        targets.append(count_target(f"{name}: parameters", rows[-1]["parameters"], millions, "M"))
    notes = [
        "Counted are trainable parameters, and the multiply-adds of convolutions for one image: 288 x 384 (NYU), "
        "128 x 256 (Cityscapes), 512 x 512 (PASCAL). The targets are counts of the authors' torch networks, which hold "
        "three unused log variances more on NYU; the released Cityscapes network also carries parts it does not use."
    ]
    write_result(
        "pair_mapping_counts",
        "Size of the networks of paper 002",
        {"networks": rows},
        targets,
        folder=arguments.results,
        notes=notes,
    )


def build(backbone, channels, size):
    """The network with a head a task, as paper 002 has it for that backbone."""
    from xdomain_keras.models import DeepLabHead, MultiHeadModel, SegNetHead, build_backbone

    head = {
        "segnet": lambda task, count: SegNetHead(count),
        "mtan": lambda task, count: SegNetHead(count, tap=f"c0_{task}"),
        "resnet18": lambda task, count: DeepLabHead(count),
    }[backbone["name"]]
    heads = {task: head(task, count) for task, count in channels.items()}
    return MultiHeadModel(build_backbone(**backbone, input_shape=(*size, 3)), heads)


if __name__ == "__main__":
    main()

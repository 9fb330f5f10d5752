"""Parameters of the networks of paper 001, beside those that it prints.

    python benchmarks/task_transfer_counts.py

Nothing is trained and no data is read. About 20 seconds.
"""

from result import count_target, make_parser, write_result

SIZE = (128, 128, 3)


def main():
    arguments = make_parser(__doc__).parse_args()
    from xdomain_keras.evaluation.profile import count_parameters
    from xdomain_keras.models import (
        GeneratorHead,
        MultiHeadModel,
        UpconvHead,
        domain_classifier,
        feature_transfer,
        generator,
        projected_resnet,
    )

    base = {channels: MultiHeadModel(generator(SIZE), {"task": GeneratorHead(channels)}) for channels in (1, 11)}
    base = {channels: network.count_params() for channels, network in base.items()}
    released = MultiHeadModel(projected_resnet(SIZE), {"task": UpconvHead(11)})
    classifier = domain_classifier((32, 32, 256)).count_params()
    # Network → (parameters, millions: of the layouts fitted to the paper's counts, which it rounds to the last digit).
    networks = {
        "base network, depth": (base[1], 7.831),
        "base network, eleven classes": (base[11], 7.863),
        "base network with classifier": (base[1] + classifier, 16.811),
        "transfer, U-Net": (feature_transfer((32, 32, 256), "unet").count_params(), 53.223),
        "transfer, U-Net + attention": (feature_transfer((32, 32, 256), "unet_attention").count_params(), 71.813),
        "transfer, conv": (feature_transfer((32, 32, 256), "conv").count_params(), 12.98),
        "base network of AT/DT": (count_parameters(released), 40.73),
        "transfer of AT/DT": (feature_transfer((32, 32, 2048), "wide_conv").count_params(), 226.505),
    }
    targets = [
        count_target(f"{name}: parameters", count, millions, "M") for name, (count, millions) in networks.items()
    ]
    write_result(
        "task_transfer_counts",
        "Size of the networks of paper 001",
        {"networks": [{"network": name, "parameters": count} for name, (count, _) in networks.items()]},
        targets,
        folder=arguments.results,
        notes=[
            "The paper prints 7.8, 16.8, 53.2 and 71.8 M. Of AT/DT it prints 90.1 M for the base network, whose "
            "released code has 40.73 M, and 226.9 M for the transfer network, which its six convolutions of 2048 "
            "channels do not reach; of `conv` it prints no count."
        ],
    )


if __name__ == "__main__":
    main()

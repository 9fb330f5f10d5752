"""How alike two runs see the same images: RSA of paper 000, §5.5. `xdomain relatedness RUN_A RUN_B`."""

import json
import sys


def add_arguments(parser):
    parser.add_argument("run_a", metavar="RUN_A", help="folder of a run")
    parser.add_argument("run_b", metavar="RUN_B", help="folder of another run")
    parser.add_argument("--domain", help="whose images (default: the first domain of RUN_A)")
    parser.add_argument("--split", default="test")
    parser.add_argument("--images", type=int, default=100, help="how many (default: 100, as in the paper)")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of images")
    parser.add_argument("--json", action="store_true", help="print the figure as JSON")


def run(arguments):
    from xdomain_keras.experiments.run_folder import RunFolder

    from .backend import start_backend

    start_backend(trained=RunFolder(arguments.run_a).backend())
    from xdomain_keras.experiments.relatedness import relatedness
    from xdomain_keras.parts import load_parts

    chosen = (arguments.domain, arguments.split, arguments.images, arguments.seed)
    result = relatedness(arguments.run_a, arguments.run_b, *chosen, load_parts(arguments.parts))
    if arguments.json:
        print(json.dumps(result))
    else:
        print(f"task relatedness {result['relatedness']:.3f} over {result['images']} images of {result['domain']}")


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

"""Paint predictions of a run on images: `xdomain predict RUN IMAGE … [--out FOLDER]`."""

import json
import pathlib
import sys

LISTED = {"boxes_xyxy", "keypoints"}  # what is no map; rows of keypoints are x, y in pixels, depth in metres, peak


def add_arguments(parser):
    parser.add_argument("run_folder", metavar="RUN", help="folder of the run")
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="image files or folders of them")
    parser.add_argument("--out", default="predictions", help="folder to write (default: predictions)")
    parser.add_argument("--weights", choices=("best", "last"), default="best")
    parser.add_argument("--domain", help="predict as on this domain, where its `taps` send heads to other levels")


def run(arguments):
    from xdomain_keras.experiments.run_folder import RunFolder

    from .backend import start_backend

    start_backend(trained=RunFolder(arguments.run_folder).backend())
    from xdomain_keras.data.images import read_image
    from xdomain_keras.errors import ConfigError, DataError
    from xdomain_keras.evaluation.predictor import build_predictor, predict
    from xdomain_keras.experiments.evaluate import load_run
    from xdomain_keras.reporting.figures import encode_png

    experiment, _ = load_run(arguments.run_folder, arguments.weights)
    files = [file for name in arguments.images for file in image_files(pathlib.Path(name))]
    if not files:
        raise DataError(f"{arguments.images[0]}: holds no .jpg, .jpeg or .png; give image files or a folder of them.")
    twins = [file for number, file in enumerate(files) if file.stem in {other.stem for other in files[:number]}]
    if twins:
        raise ConfigError(f"{twins[0]}: another image is called `{twins[0].stem}` too; give each a call of its own.")
    images = [read_image(file) for file in files]  # all are read before anything is written
    experiment = experiment.for_evaluation()
    predictor = build_predictor(experiment.network, experiment.tasks, experiment.taps(arguments.domain))
    out = pathlib.Path(arguments.out)
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out}: is a file; choose another folder with --out.")
    out.mkdir(parents=True, exist_ok=True)
    for file, image, predicted in zip(files, images, predict(predictor, experiment.tasks, images), strict=True):
        for name, task in experiment.tasks.items():
            (out / f"{file.stem}_{name}.png").write_bytes(encode_png(task.draw(image, predicted[name])))
        listed = {name: as_lists(value) for name, value in predicted.items() if LISTED & value.keys()}
        (out / f"{file.stem}.json").write_text(json.dumps(listed) + "\n", encoding="utf-8")
        print(f"{file} → {out / file.stem}_*.png")


def image_files(path):
    """The file itself, or the images of a folder in order."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() in (".jpg", ".jpeg", ".png"))


def as_lists(prediction):
    """Arrays as lists, for JSON."""
    return {key: value.tolist() for key, value in prediction.items()}


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

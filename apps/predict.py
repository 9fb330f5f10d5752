"""Paint predictions of a run on images: `xdomain predict RUN IMAGE … [--out FOLDER]`."""

import json
import pathlib
import sys


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
    from xdomain_keras.evaluation.predictor import predict
    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.figures import encode_png

    experiment, _ = load_run(arguments.run_folder, load_parts(arguments.parts), arguments.weights)
    files = [file for name in arguments.images for file in image_files(pathlib.Path(name))]
    if not files:
        raise DataError(f"{arguments.images[0]}: holds no .jpg, .jpeg or .png; give image files or a folder of them.")
    stems = {}
    for file in files:
        if stems.setdefault(file.stem, file) is not file:
            raise ConfigError(f"{file}: another image is called `{file.stem}` too; give each a call of its own.")
    model = experiment.model.for_evaluation()
    predictor = model.predictor(arguments.domain)
    out = pathlib.Path(arguments.out)
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out}: is a file; choose another folder with --out.")
    for file in files:  # all are read before anything is written, and none is kept
        read_image(file)
    samples = ({"image": read_image(file), "id": file.stem} for file in files)
    out.mkdir(parents=True, exist_ok=True)
    for file, (sample, predicted) in zip(files, predict(predictor, model.tasks, samples), strict=True):
        for name, task in model.tasks.items():
            (out / f"{file.stem}_{name}.png").write_bytes(encode_png(task.draw(sample["image"], predicted[name])))
        rows = {name: task.as_rows(predicted[name]) for name, task in model.tasks.items()}
        listed = {name: own for name, own in rows.items() if own is not None}
        (out / f"{file.stem}.json").write_text(json.dumps(listed) + "\n", encoding="utf-8")
        print(f"{file} → {out / file.stem}_*.png")


def image_files(path):
    """The file itself, or the images of a folder in order."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() in (".jpg", ".jpeg", ".png"))


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))

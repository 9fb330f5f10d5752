"""Every command of the README and the methods' manuals on tiny settings, and tiny data that its configs read."""

import json
import re
import shlex
import shutil

import cv2
import numpy as np
import scipy.io
import yaml
from result import ROOT

SIDE = 64
# What `make test` needs are the tools of development; the rest of the set-up is the script's own.
NOT_HERE = ("make test", "pip install")
PYTHON = "python readme.py"  # the README's blocks of Python
BEYOND = (  # what needs TensorFlow by its settings, and the command that the README does not call
    "xdomain report runs/faces_and_gaze",
    "xdomain check faces.yaml loader.kind=tf_data",
    "xdomain check tfds.yaml",
)

SMALL = ["steps_per_epoch=1", "image_size=[64, 64]", "evaluation.pictures=1", "evaluation.every_epochs=1"]
NARROW = "model.backbone.width=0.125"


def count(*domains, splits=("train", "validation", "test"), images=4):
    """Overrides: so many rendered images in every split."""
    return [f"domains.{domain}.splits.{split}.count={images}" for domain in domains for split in splits]


def stages(number):
    """Overrides: one epoch a stage."""
    return [f"stages.{index}.epochs=1" for index in range(number)]


FACES = [*SMALL, *stages(1), NARROW, "domains.crowd.batch_size=2", "domains.osie.batch_size=2"]
FACES += [
    f"domains.{domain}.splits.{split}.rows='{rows}'"
    for domain, split, rows in [
        ("crowd", "train", ":2"), ("crowd", "validation", "2:3"), ("crowd", "test", "1:"),
        ("osie", "train", ":2"), ("osie", "test", "1:"),
    ]
]  # fmt: skip
CROWD_OSIE = [*FACES, "domains.osie.splits.validation.rows='2:3'"]
FACES += ["tasks.detection.head={taps: [c4, c5], extras: [], aspect_ratios: [2]}"]
FACES += ["tasks.saliency.head={name: thin, filters: 8, decoder_filters: [8]}"]
ENCODER = "model.backbone.encoder.width=0.125"
TRANSFER = [ENCODER, "model.backbone.encoder.blocks=1", "model.backbone.transfer.width=0.03125"]
SOD = [*SMALL, *stages(1), NARROW, "domains.sod.splits.train.rows=':3'", "domains.sod.splits.validation.rows='3:'"]
# Config → overrides that make it tiny.
TINY = {
    "mmd_alignment/scenes": [*SMALL, *stages(1), NARROW, *count("room", "street", splits=("train", "test"))],
    "mmd_alignment/crowd_osie": CROWD_OSIE,
    "faces.yaml": FACES,
    "more.yaml": FACES,
    "tfds.yaml": [],
    "pair_mapping/scenes_rooms": [*SMALL, *stages(1), NARROW, *count("room", images=6)],
    "pair_mapping/scenes_streets": [*SMALL, *stages(1), NARROW, *count("street", images=20)],
    "task_transfer/scenes": [*SMALL, *stages(3), *TRANSFER, *count("synthetic", "photo")],
    "task_transfer/street_camvid": [*SMALL, *stages(3), *TRANSFER, *count("street")],
    "head_freeze/scenes": [*SMALL, *stages(2), ENCODER, *count("synthetic", "photo")],
    "head_freeze/rooms_coco128": [*SMALL, *stages(2), ENCODER, *count("room")],
    "class_agnostic/sod": SOD,
    "class_agnostic/bsds500": [*SMALL, *stages(1), NARROW],
}
CHOICES = {
    "title": "Two batch sizes",
    "config": "faces.yaml",
    "overrides": FACES,
    "split": "test",
    "figures": ["detection@crowd/AP50"],
    "rows": {"two": [], "one": ["domains.crowd.batch_size=1"]},
}
SHAPES = [*SMALL, *stages(1), NARROW, *count("a", "b", splits=("train", "test"))]
# Networks of full size are counted; their speed is measured for a moment.
PROFILED = {"mmd_alignment/paper_joint", "pair_mapping/paper_nyuv2", "head_freeze/paper_faces"}
RUNS = {"RUN_A": "runs/faces_and_gaze", "RUN_B": "runs/more"}


def read_pages():
    """The text of the README and of the methods' manuals."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs" / "methods").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def read_commands(readme):
    """The commands of the shell blocks, in their order, without comments."""
    blocks = re.findall(r"```bash\n(.*?)```", readme, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    commands = [shlex.join(shlex.split(line, comments=True)) for line in lines]
    return [command for command in commands if command and not command.startswith(NOT_HERE)]


def make_tiny(command):
    """The words of a command on tiny settings.

    Raises:
        KeyError: nobody said what is tiny for its config.
    """
    words = [RUNS.get(word, word) for word in shlex.split(command)]
    if command == "make demo":
        return ["python", "-m", "xdomain_keras.apps.demo", *TINY["mmd_alignment/scenes"]]
    if words[:2] == ["xdomain", "profile"]:
        assert words[2] in PROFILED, words[2]
        return [*words, "--seconds", "1"]
    if words[1] == "table":
        words[words.index("--seeds") + 1] = "2"
        return words  # the tables that `write_files` writes are tiny
    if words[1] not in ("train", "check", "sweep") or words[2] == "--resume":
        return words
    axes = [index + 1 for index, word in enumerate(words) if word == "--vary"]
    for place in axes:
        words[place] = shorten(words[place], keep=2 if place == axes[0] else 1)
    return [*words, *TINY[words[2]]]


def shorten(axis, keep):
    """The first values of `key=[values]`."""
    key, _, values = axis.partition("=")
    return f"{key}={json.dumps(yaml.safe_load(values)[:keep])}"


def write_files(folder, readme):
    """Write the README's YAML and Python, what they name, the tables, and the data sets of the packaged configs.

    Args:
        folder: in which the commands will run; the data sets go to `../shared/data`.
        readme: its text.
    """
    rng = np.random.default_rng(0)
    faces = next(block for block in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if "faces_and_gaze" in block)
    (folder / "faces.yaml").write_text(faces, encoding="utf-8")
    (folder / "more.yaml").write_text("base: faces.yaml\nname: more\n", encoding="utf-8")
    tfds = "name: tfds\nimage_size: [64, 64]\ndomains:\n  a: {source: {reader: tfds, name: voc}, tasks: [detection]}\n"
    (folder / "tfds.yaml").write_text(tfds, encoding="utf-8")
    (folder / "choices.yaml").write_text(yaml.safe_dump(CHOICES, sort_keys=False), encoding="utf-8")
    tables = shutil.copytree(ROOT / "benchmarks" / "tables", folder / "benchmarks" / "tables")
    shapes = yaml.safe_load((tables / "unlabelled_classes.yaml").read_text(encoding="utf-8")) | {"overrides": SHAPES}
    (tables / "unlabelled_classes.yaml").write_text(yaml.safe_dump(shapes, sort_keys=False), encoding="utf-8")
    python = "\n".join(re.findall(r"```python\n(.*?)```", readme, re.DOTALL))
    (folder / "readme.py").write_text(python, encoding="utf-8")

    def draw(*places):
        for place in places:
            write(folder / place, rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8))

    draw("photo.jpg")
    data = folder.parent / "shared" / "data"
    for place in (folder, data):
        write_faces_and_gaze(place, draw)
    write_data_sets(data, draw)


def write_faces_and_gaze(folder, draw):
    """Saliency in Crowd and OSIE, four images each."""
    names = [f"{letter}.jpg" for letter in "abcd"]
    draw(*(folder / "crowd/images" / name for name in names), *(folder / "osie/stimuli" / name for name in names))
    boxes = {
        "images": [{"id": i, "file_name": name, "height": SIDE, "width": SIDE} for i, name in enumerate(names)],
        "annotations": [{"id": i, "image_id": i, "category_id": 1, "bbox": [9, 9, 30, 40]} for i in range(4)],
        "categories": [{"id": 1, "name": "face"}],
    }
    (folder / "crowd/faces.json").write_text(json.dumps(boxes), encoding="utf-8")
    viewers = {name: [[[9, 20], [40, 9]]] for name in names}
    (folder / "crowd/fixations.json").write_text(json.dumps(viewers), encoding="utf-8")
    gaze = [{"img": name, "subjects": [{"fix_x": [9.0, 40], "fix_y": [20.0, 9]}]} for name in names]
    (folder / "osie/eye").mkdir()
    scipy.io.savemat(folder / "osie/eye/fixations.mat", {"fixations": gaze})


def write_data_sets(data, draw):
    """CamVid, COCO128, BSDS500 and SOD, four images a split."""
    halves = np.zeros((SIDE, SIDE), np.uint8)
    halves[:, SIDE // 2 :] = 1
    for stem in "abcd":
        for split in ("train", "val", "test"):
            draw(data / f"camvid/{split}/{stem}.png", data / f"bsds500/images/{split}/{split}_{stem}.jpg")
            write(data / f"camvid/{split}annot/{stem}.png", 3 * halves)
            person = {"Segmentation": halves.astype(np.uint16) + 1, "Boundaries": halves}
            cells = np.empty((1, 1), object)
            cells[0, 0] = person
            truth = data / f"bsds500/groundTruth/{split}/{split}_{stem}.mat"
            truth.parent.mkdir(parents=True, exist_ok=True)
            scipy.io.savemat(truth, {"groundTruth": cells})
            write(data / f"sod/masks/{split}_{stem}.png", 255 * halves)
        for split in ("train2017", "val2017"):
            draw(data / f"coco128/images/{split}/{stem}.jpg")
            write(data / f"coco128/masks/{split}/{stem}.png", np.where(halves, 171, 118).astype(np.uint8))


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)

"""How a sound experiment is broken, and what the one line must then hold."""

import json

import cv2
import numpy as np

from tests.integration.experiment import NAMES, SIZE, add_maps, change_config, make_transfer

NAN = float("nan")


def config_of(parts, domain="boxed"):
    return parts["config"]["domains"][domain]


def set_box(box):
    return lambda parts: parts["boxes"]["annotations"][1].update(bbox=box)


def truncate(parts):
    path = parts["folder"] / "images" / "b.jpg"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def set_mask(pixels):
    def break_it(parts):
        cv2.imwrite(str(add_maps(parts) / "masks" / "b.png"), pixels)

    return break_it


def set_depth(value):
    def break_it(parts):
        depth = np.full((SIZE, SIZE), 2.5)
        depth[3, 4] = value
        np.save(add_maps(parts) / "depth" / "b.npy", depth)

    return break_it


def set_labels(content, **options):
    def break_it(parts):
        path = add_maps(parts) / "labels.json"
        path.write_text(json.dumps(content))
        config_of(parts, "mapped")["labels"] = options or {"file": str(path)}

    return break_it


def drop_images(parts):
    (parts["folder"] / "images" / "b.jpg").unlink()


def set_transfer(**changes):
    """An experiment of task transfer with changes of its config by place, as `stages.1.domains`."""

    def break_it(parts):
        make_transfer(parts)
        change_config(parts, changes)

    return break_it


def set_all_depths(value):
    def break_it(parts):
        make_transfer(parts)
        for name in NAMES:
            np.save(parts["folder"] / "depth" / f"{name}.npy", np.full((SIZE, SIZE), value))

    return break_it


BAD_CONFIG = {
    "unknown key": (
        lambda p: config_of(p).update(batchsize=4),
        ["config.yaml: unknown key `domains.boxed.batchsize`; did you mean `batch_size`?"],
    ),
    "wrong type": (lambda p: p["config"].update(image_size="large"), ["config.yaml: `image_size` is 'large'"]),
    "missing key": (lambda p: p["config"].pop("name"), ["config.yaml: `name` is missing"]),
    "unknown reader": (
        lambda p: config_of(p)["source"].update(reader="cocoa"),
        ["domains.boxed.splits.train: unknown reader `cocoa`; did you mean `coco`?"],
    ),
    "unknown reader option": (
        lambda p: config_of(p)["source"].update(outsid="clip"),
        ["domains.boxed.splits.train: unknown key `outsid`; did you mean `outside`?"],
    ),
    "unknown task": (
        lambda p: config_of(p).update(tasks=["detectoin"]),
        ["domains.boxed.tasks: unknown task `detectoin`; did you mean `detection`?"],
    ),
    "unknown method": (lambda p: p["config"].update(method="multi"), ["unknown method `multi`", "`multi_task`?"]),
    "task without labels": (
        lambda p: config_of(p).update(tasks=["detection", "saliency"]),
        ["domains.boxed.tasks: `saliency` needs labels of the kind fixations or saliency_map", "(it has boxes)"],
    ),
    "MMD over one domain": (
        lambda p: (p["config"]["domains"].pop("gazed"), p["config"].update(terms={"mmd": {}})),
        ["`mmd` needs features of 2 domains", "`boxed`"],
    ),
    "rows that are none": (
        lambda p: config_of(p)["splits"].update(train={"rows": "50:"}),
        ["rows", "'50:'", "6 images"],
    ),
}
BAD_CONFIG |= {
    "unknown option of masks": (
        lambda p: (add_maps(p), config_of(p, "mapped")["source"][1].update(missing="skip")),
        ["`missing` is 'skip'; input should be 'error', 'absent' or 'drop'"],
    ),
    "class that has no name": (
        lambda p: (add_maps(p), config_of(p, "mapped")["source"][1].update(ids={0: "wal"})),
        ["ids: unknown class `wal`; did you mean `wall`?"],
    ),
    "scale that is none": (
        lambda p: (add_maps(p), config_of(p, "mapped")["source"][0].update(scale=0)),
        ["scale: 0.0; expected the metres of a stored 1, above 0"],
    ),
    "unknown regime of labels": (
        set_labels({}, regime="on"),
        ["`regime` is 'on'; input should be 'full', 'one' or 'random'"],
    ),
    "ratios of an unknown task": (
        set_labels({}, ratios={"dept": 1}),
        ["labels.ratios: unknown task `dept`; did you mean `depth`?"],
    ),
}
BAD_CONFIG |= {
    "stage without a labelled cell": (
        set_transfer(**{"stages.1.domains": ["real"]}),
        [
            "stage `depth`: cell depth@real has no labels; none of its domains (real)",
            "Name others in stages.1.domains.",
        ],
    ),
    "size that the encoder cannot halve": (
        set_transfer(image_size=[30, 32]),
        ["generator: 30 x 32 pixels; expected multiples of 4: change image_size."],
    ),
    "size that the transfer cannot halve": (
        set_transfer(image_size=[40, 32]),
        ["transfer `unet`: features of 10 x 8; expected multiples of 8. Choose another `image_size`."],
    ),
    "tap of an unknown level": (
        set_transfer(**{"domains.real.taps": {"depth": "c2_segmentation_to_dept"}}),
        ["unknown level `c2_segmentation_to_dept`; did you mean `c2_segmentation_to_depth`?"],
    ),
    "run to start from that is none": (
        lambda p: p["config"]["model"].update(start_from=str(p["folder"] / "none")),
        ["model.start_from: there is no ", "none; give the folder of a run, or a .weights.h5."],
    ),
}
BAD_DATA = {
    "depth maps that are all invalid": (
        set_all_depths(0.0),
        ["domains.rendered.splits.train: cell depth@rendered: none of its 6 images", "a.jpg the first", "`scale`"],
    ),
    "class map with a missing id": (
        set_transfer(**{"domains.real.source.ids": {1: "line"}}),
        ["masks/a.png: pixel [1, 0]: class id 0 is not a class; expected 1: name it in names, ids or ignore."],
    ),
    "cell whose labels are all hidden": (
        set_transfer(**{"domains.rendered.labels": {"ratios": {"segmentation": 1, "depth": 0}}}),
        ["domains.rendered.labels: cell depth@rendered: none of the 6 images keeps its label"],
    ),
    "mask of another size": (
        set_mask(np.zeros((SIZE, 20), np.uint8)),
        ["masks/b.png: 20 x 32 px, but its image has 32 x 32 (width x height)"],
    ),
    "class id out of range": (
        set_mask(np.full((SIZE, SIZE), 2, np.uint8)),
        ["masks/b.png: pixel [0, 0]: class id 2 is not a class; expected 0, 1"],
    ),
    "mask that is missing": (lambda p: (add_maps(p) / "masks/b.png").unlink(), ["images/b.jpg: no map b.*"]),
    "depth with NaN": (set_depth(NAN), ["depth/b.npy: pixel [4, 3]: depth nan (1 such pixels); expected metres"]),
    "depth with infinity": (set_depth(np.inf), ["depth/b.npy: pixel [4, 3]: depth inf"]),
    "negative depth": (set_depth(-1), ["depth/b.npy: pixel [4, 3]: depth -1"]),
    "labels of an unknown image": (
        set_labels({"z.jpg": ["depth"]}),
        ["labels.json: z.jpg: is not an image of this split"],
    ),
    "labels of an unknown task": (
        set_labels({"b.jpg": ["dept"]}),
        ["labels.json: b.jpg: unknown task `dept`; did you mean `depth`?"],
    ),
    "labels file that is missing": (
        lambda p: (add_maps(p), config_of(p, "mapped").update(labels={"file": str(p["folder"] / "no.json")})),
        ["no.json: missing; expected a JSON file"],
    ),
    "list of images that names another": (
        lambda p: (
            add_maps(p).joinpath("list.txt").write_text("a\nz\n"),
            config_of(p, "mapped").update(splits={"train": [{"image_list": str(p["folder"] / "list.txt")}, {}]}),
        ),
        ["list.txt: line 2: 'z' is not an image with labels"],
    ),
    "missing image": (drop_images, ["boxes.json: images[1].file_name: 'b.jpg' is not in", "`xdomain check` lists all"]),
    "truncated JPEG": (truncate, ["b.jpg: JPEG cut off"]),
    "box outside the image": (set_box([25, 10, 12, 12]), ["boxes.json: annotations[1].bbox:", "beyond 32 by 5 px"]),
    "box wholly outside": (set_box([50, 10, 12, 12]), ["boxes.json: annotations[1].bbox:", "outside the whole image"]),
    "inverted box": (set_box([20, 10, -5, 12]), ["boxes.json: annotations[1].bbox:", "width -5"]),
    "box with NaN": (set_box([10, NAN, 12, 12]), ["boxes.json: annotations[1].bbox:", "four finite numbers"]),
    "unknown category": (
        lambda p: p["boxes"]["annotations"][1].update(category_id=9),
        ["boxes.json: annotations[1].category_id: 9 is the id of no category"],
    ),
    "fixation outside": (
        lambda p: p["gaze"]["b.jpg"][1].append([33, 10]),
        ["gaze.json: b.jpg[1][1]: [33, 10] is outside the image of 32 x 32 px"],
    ),
    "fixation with NaN": (lambda p: p["gaze"]["b.jpg"][0].append([NAN, 1]), ["gaze.json: b.jpg[0][2]:", "finite"]),
    "image without fixations": (lambda p: p["gaze"].pop("b.jpg"), ["gaze.json: b.jpg: the image has no entry"]),
    "empty JSON object": (lambda p: p.update(boxes={}), ["boxes.json: images: missing"]),
    "empty JSON file": (lambda p: p.update(boxes=""), ["boxes.json: empty file (0 bytes)"]),
    "JSON cut short": (lambda p: p.update(boxes=json.dumps(p["boxes"])[:100]), ["boxes.json: line 1 column"]),
    "duplicate image id": (
        lambda p: p["boxes"]["images"][1].update(id=0),
        ["boxes.json: images[1].id: 0 comes twice"],
    ),
    "another image size": (
        lambda p: p["boxes"]["images"][1].update(width=40),
        ["boxes.json: images[1].width: 40 x 32 px, but b.jpg has 32 x 32"],
    ),
    "no folder of images": (
        lambda p: config_of(p)["source"].update(images=str(p["folder"] / "photos")),
        ["photos"],
    ),
}

"""What `check` refuses, `train` refuses in the same words, and before there is a folder."""

import cv2
import h5py
import numpy as np
import pytest

from tests.integration.experiment import call, make_experiment, write_experiment
from tests.unit.training import tiny
from xdomain_keras.experiments import model

pytestmark = pytest.mark.backend_free
# Name → (exit code, a part of what is said, overrides); `FOLDER` stands for where the files of the experiment are.
CASES = {
    # domains and their splits
    "unknown key": (2, "unknown key `domains.boxed.batchsize`", "domains.boxed.batchsize=4"),
    "no domain": (2, "domains: none is trained", "domains.boxed=null", "domains.gazed=null"),
    "no domain that trains": (2, "none is trained", "domains.boxed.train=false", "domains.gazed.train=false"),
    "a task twice": (2, "names a task twice", "domains.boxed.tasks=[detection, detection]"),
    "no training split": (2, "domains.boxed: has no split `train`", "domains.boxed.splits.train=null"),
    "no labels for a task": (2, "`saliency` needs labels of", "domains.boxed.tasks=[detection, saliency]"),
    "unknown reader": (2, "unknown reader `cocoa`", "domains.boxed.source.reader=cocoa"),
    "list as reader": (2, "unknown reader `['coco']`", "domains.boxed.source.reader=[coco]"),
    "option of a reader": (2, "unknown key `outsid`", "domains.boxed.source.outsid=clip"),
    "rows that are none": (2, "rows: '50:' selects none", "domains.boxed.splits.test.rows='50:'"),
    "no folder of images": (3, "nowhere", "domains.gazed.source.images=FOLDER/nowhere"),
    "no list of images": (3, "none.txt: cannot be read", "domains.boxed.splits.train.image_list=FOLDER/none.txt"),
    "cut image": (3, "z.jpg: JPEG cut off", "domains.cut={source: {reader: images, images: FOLDER/cut}, tasks: []}"),
    "option of augmentation": (2, "unknown key `nosie`", "domains.boxed.augment={nosie: 1}"),
    "augmentation where nothing is labelled": (
        2,
        "domains.bare.augment: unknown key `nosie`",
        "domains.bare={source: {reader: images, images: FOLDER/images}, tasks: [], augment: {nosie: 1}}",
    ),
    "objects to swap": (2, "no masks of salient objects", "domains.boxed.swap_objects=0.5"),
    "unknown regime": (2, "two", "domains.boxed.labels={regime: two}"),
    "no file of labels": (3, "gone.json: missing", "domains.boxed.labels={file: FOLDER/gone.json}"),
    "labels of no image": (3, "labels.json: z.jpg: is not an image", "domains.boxed.labels={file: FOLDER/labels.json}"),
    "no label is left": (3, "keeps its label", "domains.boxed.labels={file: FOLDER/none.json}"),
    "a name that nobody knows": (2, "did you mean `bluee`", "tasks.detection.class_names=[green, bluee]"),
    "sources that are none": (2, "splits.train: an empty list", "domains.boxed.source=[]"),
    "fewer names than classes": (2, "`blue` is not among tasks.detection", "tasks.detection.class_names=[green]"),
    # tasks
    "unknown task": (2, "unknown task `detectoin`", "domains.boxed.evaluate=[detectoin]"),
    "unknown type": (2, "tasks.saliency: unknown type `salience`", "tasks.saliency.type=salience"),
    "list as type": (2, "unknown type `['saliency']`", "tasks.saliency.type=[saliency]"),
    "option of a task": (2, "unknown key `sigam`", "tasks.saliency.sigam=0.1"),
    "number that is none": (2, "`max_boxes` is 'many'", "tasks.detection.max_boxes=many"),
    "too few boxes": (2, "max_boxes is 0, but 6 image(s)", "tasks.detection.max_boxes=0"),
    "width of a Gaussian": (2, "tasks.saliency.sigma is -1", "tasks.saliency.sigma=-1"),
    "stride of 0": (2, "tasks.saliency.stride is 0", "tasks.saliency.stride=0"),
    "no level for anchors": (2, "tasks.detection.head: taps: none", "tasks.detection.head.taps=[]"),
    "layers that are numbers": (2, "tasks.detection.head: extras: 3", "tasks.detection.head.extras=[3]"),
    "anchors without a width": (2, "aspect_ratios: (0,)", "tasks.detection.head.aspect_ratios=[0]"),
    "unknown head": (2, "unknown name `thinn`", "tasks.saliency.head.name=thinn"),
    "level of a head": (2, "c9", "tasks.saliency.head.skips=[c9]"),
    "filters of a head": (2, "filters", "tasks.saliency.head.filters=-1"),
    "option of a loss": (2, "tasks.saliency.loss: unknown key `nsss`", "tasks.saliency.loss={nsss: 1}"),
    "option of decoding": (2, "tasks.detection.decode: unknown key `thresh`", "tasks.detection.decode={thresh: 1}"),
    # model
    "unknown backbone": (2, "unknown name `resnett`", "model.backbone={name: resnett}"),
    "option of a backbone": (2, "unknown key `widht`", "model.backbone.widht=1"),
    "weights among a backbone's options": (
        2,
        "model.backbone: unknown key `weights`",
        "model.backbone.weights=imagenet",
    ),
    "no file of weights": (2, "none.weights.h5", "model.weights=FOLDER/none.weights.h5"),
    "weights of no file": (3, "broken.weights.h5: is not a file of weights", "model.weights=FOLDER/broken.weights.h5"),
    "no run to start from": (2, "model.start_from: there is no", "model.start_from=FOLDER/none"),
    "run without weights": (2, "has no weights yet", "model.start_from=FOLDER/images"),
    "broken run": (3, "is not a file of weights", "model.start_from=FOLDER/broken.weights.h5"),
    "run of another network": (2, "no layer in common", "model.start_from=FOLDER/other.weights.h5"),
    "size that an encoder cannot halve": (2, "30 x 32", "model.backbone={name: generator}", "image_size=[30, 32]"),
    "tap of no level": (2, "c9", "domains.gazed.taps={saliency: c9}"),
    "tap of another size": (2, "it cannot read 'c3'", "domains.gazed.taps={saliency: c3}"),
    # terms, stages, optimizer
    "unknown method": (2, "unknown method `multi`", "method=multi"),
    "unknown term": (2, "terms.align: unknown type `mdm`", "terms.align={type: mdm}"),
    "option of a term": (2, "terms.mmd: unknown key `wieght`", "terms.mmd={wieght: 1}"),
    "rank below 1": (2, "terms.mmd.rank is -1", "terms.mmd={rank: -1}"),
    "kernels of no width": (2, "terms.mmd.bandwidths is [0.0]", "terms.mmd={kernel: rbf, bandwidths: [0]}"),
    "feature of a term": (2, "terms.mmd: unknown feature `c9`", "terms.mmd={feature: c9}"),
    "features of two shapes": (2, "expected equal shapes", "terms.feature_matching={source: c4, target: c5}"),
    "one domain for two": (2, "`mmd` needs features of 2 domains", "domains.gazed=null", "terms.mmd={}"),
    "pairs without maps": (2, "needs two tasks whose predictions are maps", "terms.pair_consistency={}"),
    "no term": (2, "nothing is left to train on", "terms.supervised=null"),
    "weight below 0": (2, "terms.supervised.weight is -1", "terms.supervised.weight=-1"),
    "weights that are not a table": (2, "`weights` is 3", "terms.supervised.weights=3"),
    "weight of no task": (2, "unknown task `detecton`", "terms.supervised.weights={detecton: 2}"),
    "weight of no domain": (2, "unknown domain", "terms.supervised.weights={detection@boxd: 2}"),
    "kind of a classifier": (2, "classifier", "terms.domain_adversarial={feature: c4, classifier: {kind: pathces}}"),
    "stage of no domain": (2, "unknown domain `boxd`", "stages.0.domains=[boxd]"),
    "stage of no term": (2, "unknown term `mmd`", "stages.0.terms=[mmd]"),
    "part of no name": (2, "part 'backbon'", "stages.0.trainable=[backbon]"),
    "stage that trains nothing": (2, "nothing trains", "stages.0.trainable=[]"),
    "head that nothing has trained": (2, "which no stage before it trains", "stages.0.frozen=[detection]"),
    "patience without validation": (2, "stages.0.patience is 2", "stages.0.patience=2", "evaluation.every_epochs=0"),
    "option of an optimizer": (2, "unknown key `learning_rat`", "optimizer.learning_rat=1"),
    "learning rate below 0": (2, "learning_rate is -1", "stages.0.optimizer={learning_rate: -1}"),
    "momentum beyond 1": (2, "momentum is 5", "optimizer={name: sgd, momentum: 5}"),
    "gradients clipped to nothing": (2, "clip_norm -1", "optimizer.clip_norm=-1"),
    "unknown balancer": (2, "unknown name `gradnrom`", "balancing={name: gradnrom}"),
    "list as balancer": (2, "unknown name `['gradnorm']`", "balancing={name: [gradnorm]}"),
    # evaluation
    "monitor of nothing": (2, "unknown figure of validation", "evaluation.monitor=detection@boxed/Ap50"),
    "monitor without a task": (2, "unknown figure of validation", "evaluation.monitor=score"),
    "loss that is not measured": (2, "set evaluation.losses to true", "evaluation.monitor=loss"),
    "nothing to look at": (2, "evaluation.label_free: no domain", "evaluation.label_free=true"),
    "feature of no name": (2, "evaluation.features: unknown feature `c9`", "evaluation.features=c9"),
    "features of one image": (
        2,
        "evaluation.features: gazed/validation has 1 image",
        "evaluation.features=c4",
        "domains.gazed.splits.validation.rows='-1:'",
    ),
    # both: what is wrong with the config is said first
    "broken data and a wrong term": (
        2,
        "terms.mmd: unknown feature `c9`",
        "domains.cut={source: {reader: images, images: FOLDER/cut}, tasks: []}",
        "terms.mmd={feature: c9}",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of one sound experiment, and beside them some that are not."""
    parts = make_experiment(tmp_path_factory.mktemp("files"))
    folder = parts["folder"]
    (folder / "broken.weights.h5").write_bytes(b"no weights")
    (folder / "labels.json").write_text('{"z.jpg": ["detection"]}')
    (folder / "none.json").write_text("{}")
    parts["config"]["stages"] = [{"name": "train"}]
    with h5py.File(folder / "other.weights.h5", "w") as file:
        file.create_group("layers/stranger/vars")["0"] = np.zeros(3)
    (folder / "cut").mkdir()
    data = cv2.imencode(".jpg", np.zeros((32, 32, 3), np.uint8))[1].tobytes()
    (folder / "cut" / "z.jpg").write_bytes(data[: len(data) // 2])
    write_experiment(parts)
    return folder


@pytest.fixture(autouse=True)
def five_layers(folder, monkeypatch):
    """A backbone of five layers where the config has its own as it was."""
    build, usual = model.build_backbone, {"name": "resnet", "depth": 18, "width": 0.0625}

    def build_backbone(input_shape, backbones, **options):
        if options == usual:
            return tiny.make_backbone()
        return build(input_shape=input_shape, backbones=backbones, **options)

    monkeypatch.setattr(model, "build_backbone", build_backbone)


def test_what_is_broken_here_is_sound_before(folder):
    assert call("check", folder / "config.yaml")[::2] == (0, "")


@pytest.mark.parametrize(("code", "said", "overrides"), [(*case[:2], case[2:]) for case in CASES.values()], ids=CASES)
def test_both_refuse_in_the_same_words(code, said, overrides, folder, tmp_path):
    given = [folder / "config.yaml", *(override.replace("FOLDER", str(folder)) for override in overrides)]
    before = set(folder.rglob("*"))
    checked, _, first = call("check", *given)
    trained, printed, second = call("train", *given, "--run", tmp_path / "run")
    assert (trained, printed) == (code, ""), second
    assert second.startswith("error: ") and said in second and len(second.splitlines()) == 1, second
    assert (checked, first) == (trained, second)
    assert not (tmp_path / "run").exists() and set(folder.rglob("*")) == before

"""What the network's features say of the domains, before and after training."""

import keras
import numpy as np

from xdomain_keras.data.transforms import resize
from xdomain_keras.evaluation.domain_gap import domain_accuracy, embed
from xdomain_keras.experiments.build import Experiment
from xdomain_keras.signatures import require_known

IMAGES = 100  # of a domain
KEYPOINTS = 3  # pictures in the report
LEAST = 3  # images that must show a keypoint in every domain


def compare_domains(experiment):
    """The features named by `evaluation.features`, of a fresh network and of the trained one.

    Args:
        experiment: `Experiment` with trained weights.

    Returns:
        (table `(header, rows)`, dict of title → dict of domain → places float `[n, 2]`), or None where the config
        names no feature or there is one domain.
    """
    feature, domains = experiment.config.evaluation.features, experiment.matrix.domains
    if not feature or len(domains) < 2:
        return None
    header = ("network", "domains", "accuracy of a linear classifier", "A-distance")
    rows, panels = [], {}
    for moment, each in (("before", Experiment(experiment.config, experiment.sources)), ("after", experiment)):
        found = {domain: domain_features(each, feature, domain) for domain in domains}
        for other in domains[1:]:
            accuracy = domain_accuracy(found[domains[0]], found[other])
            rows.append((moment, f"{domains[0]}, {other}", accuracy, 4 * accuracy - 2))
        places, method = embed(found)
        panels[f"{feature} {moment}, {method}"] = places
    return (header, rows), panels | keypoint_panels(experiment, feature, domains)


def keypoint_panels(experiment, feature, domains):
    """The trained features where keypoints are, one panel a keypoint (paper 004, Fig. 3): those that are seen most.

    Args:
        experiment: `Experiment` with trained weights.
        feature: name of a feature that is a map.
        domains: names of the domains to compare.

    Returns:
        Dict of title → dict of domain → float `[n, 2]`: the two directions of largest variance. Empty where not every
        domain has keypoints, or the feature is no map.
    """
    panels = {}
    if len(experiment.network.features[feature].shape) != 4:
        return panels
    for name, task in experiment.tasks.items():
        if task.labels != ("keypoints",) or any(name not in experiment.evaluated_tasks(domain) for domain in domains):
            continue
        found = {domain: keypoint_features(experiment, task, feature, domain) for domain in domains}
        fewest = [min(len(found[domain][row]) for domain in domains) for row in range(len(task.class_names))]
        for row in sorted(range(len(fewest)), key=lambda row: -fewest[row])[:KEYPOINTS]:
            if fewest[row] >= LEAST:
                places, method = embed({domain: found[domain][row] for domain in domains}, "pca")
                panels[f"{feature} at {task.class_names[row]}, {method}"] = places
    return panels


def keypoint_features(experiment, task, feature, domain):
    """List of float `[n, d]`, one a keypoint: a feature map at the cell in which the known keypoints of images lie."""
    source, chosen = held_out(experiment, domain)
    samples = [sample for index in chosen if task.has_labels(sample := source[int(index)])]
    found = [[] for _ in task.class_names]
    if samples:
        maps = image_features(experiment, [sample["image"] for sample in samples], feature)
        for grid, sample in zip(maps, samples, strict=True):
            scale = np.divide(grid.shape[:2], sample["image"].shape[:2])
            for row in np.flatnonzero(task.present(sample)):
                x, y = sample["keypoints"][row, :2]
                found[row].append(grid[int(y * scale[0]), int(x * scale[1])])
    return [np.array(rows) for rows in found]


def domain_features(experiment, feature, domain):
    """float `[n, d]`: a feature of some images of a domain that were not trained on, maps averaged over the image."""
    source, chosen = held_out(experiment, domain)
    found = image_features(experiment, [source.read_image(int(index)) for index in chosen], feature)
    return found.mean(axis=(1, 2)) if found.ndim == 4 else found


def held_out(experiment, domain):
    """(source, places of some images) of a split that was not trained on, where there is one."""
    splits = [split for split in experiment.splits(domain) if split != "train"] or ["train"]
    source = experiment.source(domain, splits[0])
    return source, np.random.default_rng(0).permutation(len(source))[:IMAGES]


def image_features(experiment, images, feature):
    """One feature of the network for images of any size, `[n, …]`."""
    size = experiment.config.image_size
    resized = np.stack([resize({"image": image}, size)["image"] for image in images]).astype("float32")
    model = experiment.subnetwork(None, features=(feature,))
    batch_size = experiment.config.evaluation.batch_size
    return keras.ops.convert_to_numpy(model.predict(resized, batch_size=batch_size, verbose=0)["features"][feature])


def check_features(experiment):
    """Raise a `ConfigError` where `evaluation.features` names no feature of the network."""
    feature = experiment.config.evaluation.features
    if feature:
        require_known("feature", feature, experiment.network.features, "evaluation.features")

"""What the network's features say of the domains, before and after training."""

import numpy as np

from xdomain_keras.evaluation.domain_gap import domain_accuracy, embed
from xdomain_keras.evaluation.infer import infer
from xdomain_keras.experiments.cells import measured_tasks, trained_matrix

IMAGES = 100  # of a domain
KEYPOINTS = 3  # panels in the report
LEAST = 3  # images that must show a keypoint in every domain


def compare_domains(config, data, model, fresh):
    """The features named by `evaluation.features`, of a fresh network and of the trained one.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        model: `Model` with trained weights.
        fresh: callable, () → the `Model` of the same config before training.

    Returns:
        (table `(header, rows)`, dict of title → dict of domain → places float `[n, 2]`), or None where the config
        names no feature or there is one domain.
    """
    feature, domains = config.evaluation.features, trained_matrix(config).domains
    if not feature or len(domains) < 2:
        return None
    header = ("network", "domains", "accuracy of a linear classifier", "A-distance")
    rows, panels = [], {}
    for moment, each in (("before", fresh()), ("after", model)):
        found = {domain: domain_features(config, data, each, feature, domain) for domain in domains}
        for other in domains[1:]:
            accuracy = domain_accuracy(found[domains[0]], found[other])
            rows.append((moment, f"{domains[0]}, {other}", accuracy, 4 * accuracy - 2))
        places, method = embed(found)
        panels[f"{feature} {moment}, {method}"] = places
    return (header, rows), panels | keypoint_panels(config, data, model, feature, domains)


def keypoint_panels(config, data, model, feature, domains):
    """The trained features where keypoints are, one panel per keypoint (paper 004, Fig. 3): those that are seen most.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        model: `Model` with trained weights.
        feature: name of a feature that is a map.
        domains: names of the domains to compare.

    Returns:
        Dict of title → dict of domain → float `[n, 2]`: the two directions of largest variance. Empty where no task has
        named places in every domain, or the feature is not a map.
    """
    panels = {}
    if len(model.network.features[feature].shape) != 4:
        return panels
    for name, task in model.tasks.items():
        if any(name not in measured_tasks(config, domain) for domain in domains):
            continue
        found = {domain: keypoint_features(config, data, model, task, feature, domain) for domain in domains}
        fewest = {row: min(len(found[domain].get(row, ())) for domain in domains) for row in found[domains[0]]}
        for row in sorted(fewest, key=lambda row: (-fewest[row], row))[:KEYPOINTS]:
            if fewest[row] >= LEAST:
                places, method = embed({domain: np.array(found[domain][row]) for domain in domains}, "pca")
                panels[f"{feature} at {task.class_names[row]}, {method}"] = places
    return panels


def keypoint_features(config, data, model, task, feature, domain):
    """Dict of row → list of float `[d]`: a feature map at the cell in which a known place of each image lies."""
    found, split = {}, held_out_split(config, domain)
    reader, kinds = model.subnetwork(domain, features=(feature,)), data.kinds(domain, split)
    task = model.tasks_on(data, domain, split)[task.name]
    samples = (sample for sample in held_out(config, data, domain) if task.has_labels(sample) and task.places(sample))
    for sample, _, said in infer(reader, samples, config.evaluation.batch_size, kinds):
        grid = said["features"][feature]
        scale = np.divide(grid.shape[:2], sample["image"].shape[:2])
        for row, (x, y) in task.places(sample).items():
            found.setdefault(row, []).append(grid[int(y * scale[0]), int(x * scale[1])])
    return found


def domain_features(config, data, model, feature, domain):
    """float `[n, d]`: a feature of some images of a domain that were not trained on, maps averaged over the image."""
    return image_features(config, model, feature, held_out(config, data, domain), domain)


def image_features(config, model, feature, samples, domain=None):
    """float `[n, d]`: one feature of the network for samples of any size, maps averaged over the image."""
    reader = model.subnetwork(domain, features=(feature,))
    images = ({"image": sample["image"]} for sample in samples)
    said = infer(reader, images, config.evaluation.batch_size)
    found = np.stack([own["features"][feature] for _, _, own in said])
    return found.mean(axis=(1, 2)) if found.ndim == 4 else found


def held_out_split(config, domain):
    """Name of a split that was not trained on, where there is one."""
    return ([split for split in config.domains[domain].splits if split != "train"] or ["train"])[0]


def held_out(config, data, domain):
    """Samples of some images that were not trained on, where there are any."""
    split = held_out_split(config, domain)
    rows = np.random.default_rng(0).permutation(data.count(domain, split))[:IMAGES]
    return data.samples(domain, split, rows)

"""How far apart a network's features of several domains lie: pictures in the plane, and one number."""

import numpy as np

from xdomain_keras.errors import DataError


def embed(features, method="auto", seed=0):
    """Features in the plane, all domains in one map.

    Args:
        features: dict of domain → float `[n, d]`.
        method: `"pca"`: the two directions of largest variance; `"tsne"`: t-SNE (van der Maaten & Hinton 2008; paper
            001, Fig. 3), of scikit-learn, which has to be installed; `"auto"`: t-SNE where it is.
        seed: of t-SNE.

    Returns:
        (dict of domain → float `[n, 2]`, the name of the method that was used).

    Example:

    >>> places, method = embed({"a": np.eye(3), "b": 1 - np.eye(3)}, "pca")
    >>> places["a"].shape, method
    ((3, 2), 'PCA')
    """
    sizes = [len(rows) for rows in features.values()]
    rows = np.concatenate([np.asarray(each, np.float64).reshape(len(each), -1) for each in features.values()])
    if not np.isfinite(rows).all():
        raise DataError("features: found NaN or infinity; look for the step that diverged.")
    rows = rows - rows.mean(axis=0)
    left, scale, _ = np.linalg.svd(rows, full_matrices=False)
    principal = left * scale  # all that any distance between rows depends on
    places, name = np.pad(principal, ((0, 0), (0, 2)))[:, :2], "PCA"
    if method != "pca" and len(rows) > 3:
        try:
            from sklearn.manifold import TSNE
        except ImportError:
            if method == "tsne":
                raise DataError("features: t-SNE needs scikit-learn; install it, or take PCA.") from None
        else:
            perplexity = min(30.0, (len(rows) - 1) / 3)
            places = TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(
                principal[:, :50].astype("float32")
            )
            name = "t-SNE"
    return dict(zip(features, np.split(places, np.cumsum(sizes)[:-1]), strict=True)), name


def domain_accuracy(first, second, folds=5, ridge=1e-2, seed=0):
    """How well a linear classifier tells two domains apart on images that it was not fitted to.

    Least squares with a ridge on standardised features; both domains count alike. `2 (2 accuracy - 1)` is the proxy
    A-distance (Ben-David et al. 2007); it does not depend on the classifier that training had.

    Args:
        first: float `[n, d]`.
        second: float `[m, d]`.
        folds: of the cross-validation; at most n and m.
        ridge: times the number of images, added to the diagonal.
        seed: of the folds.

    Returns:
        float in [0, 1]; about .5 where the domains cannot be told apart.

    Example:

    >>> domain_accuracy(np.zeros((10, 2)), np.ones((10, 2)))
    1.0
    """
    parts = [np.asarray(rows, np.float64).reshape(len(rows), -1) for rows in (first, second)]
    folds = min(folds, *map(len, parts))
    if folds < 2:
        raise DataError(f"features: {len(parts[0])} and {len(parts[1])} images; expected two of each at least.")
    rows, labels = np.concatenate(parts), np.repeat([1.0, -1.0], [len(part) for part in parts])
    rng = np.random.default_rng(seed)
    fold = np.concatenate([rng.permutation(np.arange(len(part)) % folds) for part in parts])
    right = {1.0: [], -1.0: []}
    for held in range(folds):
        fitted = fold != held
        mean, deviation = rows[fitted].mean(axis=0), rows[fitted].std(axis=0) + 1e-12
        x, y = (rows - mean) / deviation, labels
        weight = np.where(y[fitted] > 0, 0.5 / (y[fitted] > 0).sum(), 0.5 / (y[fitted] < 0).sum())
        kernel = x[fitted] @ x[fitted].T  # the dual: there are fewer images than features
        scale = max(kernel.trace() / len(kernel), 1e-12)  # 0 where all images have the same features
        solution = np.linalg.solve(kernel + ridge * scale * np.eye(len(kernel)), y[fitted])
        answers = (x @ (x[fitted].T @ solution)) - weight @ (kernel @ solution)
        for label in right:
            right[label] += list(0.5 + label * np.sign(answers[(fold == held) & (y == label)]) / 2)  # 0 is a guess
    return float(np.mean([np.mean(values) for values in right.values()]))

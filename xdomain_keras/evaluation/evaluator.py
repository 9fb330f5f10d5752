"""The evaluator: predictions against labels, in pixels of the images as stored."""

from xdomain_keras.data.labels import LABELS
from xdomain_keras.evaluation.predictor import predict
from xdomain_keras.label_matrix import Cell


def evaluate(predictor, tasks, samples, domain, *, batch_size=16, pictures=0, kinds=LABELS):
    """Measure every labelled task of a data set.

    Args:
        predictor: from `build_predictor`, over at least these tasks.
        tasks: dict of task name → `Task` to measure.
        samples: iterable of samples as stored.
        domain: name for the results.
        batch_size: images per forward pass.
        pictures: number of images to paint.
        kinds: dict of kind → `Label`, those that the samples may carry.

    Returns:
        (dict of `Cell` → dict of metric → float, list of dict `{"id", "image", "tasks"}` as `paint` makes them).
    """
    metrics, painted = {name: task.metrics() for name, task in tasks.items()}, []
    for number, (sample, predicted) in enumerate(predict(predictor, tasks, samples, batch_size, kinds)):
        labelled = {name: task for name, task in tasks.items() if task.has_labels(sample)}
        for name, task in labelled.items():
            task.measure(metrics[name], sample, predicted[name])
        if number < pictures:
            painted.append(paint(sample, predicted, tasks, labelled))
    return {Cell(name, domain): metric.result() for name, metric in metrics.items()}, painted


def evaluate_baselines(baselines, tasks, samples, domain):
    """Measure the baselines of some tasks, as `evaluate` measures the network.

    Args:
        baselines: dict of task name → values that its baseline was fitted to.
        tasks: dict of task name → `Task`; those without a baseline are left out.
        samples: iterable of samples as stored.
        domain: name for the results.

    Returns:
        dict of `Cell` → dict of metric → float.
    """
    own = {name: task for name, task in tasks.items() if name in baselines}
    if not own:
        return {}
    metrics = {name: task.metrics() for name, task in own.items()}
    guesses = {name: task.baseline() for name, task in own.items()}
    for sample in samples:
        shape = sample["image"].shape[:2]
        for name, task in own.items():
            if task.has_labels(sample):
                task.measure(metrics[name], sample, guesses[name].predict(baselines[name], shape))
    return {Cell(name, domain): metric.result() for name, metric in metrics.items()}


def paint(sample, predicted, tasks, labelled):
    """One image with its labels and predictions drawn.

    Args:
        sample: as stored.
        predicted: dict of task name → prediction.
        tasks: dict of task name → `Task`.
        labelled: names of the tasks that the image is labelled for.

    Returns:
        dict `{"id": str, "image": uint8 [H, W, 3], "tasks": {name: {"label": picture or None, "prediction": …}}}`.
    """
    image = sample["image"]
    return {
        "id": sample["id"],
        "image": image,
        "tasks": {
            name: {
                "label": task.draw(image, task.read(sample)) if name in labelled else None,
                "prediction": task.draw(image, predicted[name]),
            }
            for name, task in tasks.items()
        },
    }


def below_baseline(results, baselines, tasks):
    """Sentences on the cells whose main score is not above that of the baseline, which has not seen the images.

    Args:
        results: dict of `Cell` → metrics of the network.
        baselines: dict of `Cell` → metrics of the baseline.
        tasks: dict of task name → `Task`.

    Example:

    >>> from types import SimpleNamespace
    >>> task = SimpleNamespace(main_metric="CC", baseline=lambda: SimpleNamespace(name="centre prior"))
    >>> cell = Cell("saliency", "osie")
    >>> below_baseline({cell: {"CC": 0.3}}, {cell: {"CC": 0.4}}, {"saliency": task})
    ['saliency@osie: CC 0.300 is below that of the baseline, 0.400 (centre prior): the network adds nothing here.']
    """
    sentences = []
    for cell, own in baselines.items():
        task = tasks[cell.task]
        value, other = results.get(cell, {}).get(task.main_metric), own.get(task.main_metric)
        if value is None or other is None or value != value or other != other or value > other:
            continue
        relation = "below" if value < other else "only equal to"
        sentences.append(
            f"{cell}: {task.main_metric} {value:.3f} is {relation} that of the baseline, {other:.3f} "
            f"({task.baseline().name}): the network adds nothing here."
        )
    return sentences

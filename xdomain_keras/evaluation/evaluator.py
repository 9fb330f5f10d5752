"""The evaluator: predictions against labels, in pixels of the images as stored."""

from xdomain_keras.evaluation.predictor import predict


def evaluate(predictor, tasks, source, domain, *, batch_size=16, pictures=0):
    """Measure every labelled task of a data set.

    Args:
        predictor: from `build_predictor`, over at least these tasks.
        tasks: dict of task name → `Task` to measure.
        source: `Source` of samples as stored.
        domain: name for the results.
        batch_size: images a forward pass.
        pictures: number of images to paint.

    Returns:
        (dict `task@domain` → dict of metric → float, list of dict `{"image", task: (label, prediction)}`).
    """
    metrics = {name: task.metrics() for name, task in tasks.items()}
    painted, samples = [], []

    def images():
        for index in range(len(source)):
            samples.append(source[index])
            yield samples[-1]["image"]

    for number, predicted in enumerate(predict(predictor, tasks, images(), batch_size)):
        sample = samples[number]
        samples[number] = None  # labels of a whole data set would fill the memory
        labelled = {name: task for name, task in tasks.items() if task.has_labels(sample)}
        for name, task in labelled.items():
            task.measure(metrics[name], sample, predicted[name])
        if number < pictures:
            painted.append(paint(sample, predicted, tasks, labelled))
    return {f"{name}@{domain}": metric.result() for name, metric in metrics.items()}, painted


def paint(sample, predicted, tasks, labelled):
    """One image with its labels and predictions drawn."""
    image = sample["image"]
    return {
        "id": sample["id"],
        "image": image,
        "tasks": {
            name: {
                "label": task.draw(image, sample) if name in labelled else None,
                "prediction": task.draw(image, predicted[name]),
            }
            for name, task in tasks.items()
        },
    }

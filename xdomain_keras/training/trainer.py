"""The trainer: one forward pass a step, and the sum of the terms."""

import contextlib
from typing import Literal

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.label_matrix import Cell
from xdomain_keras.models.domain_norms import average_norms
from xdomain_keras.signatures import check_choices
from xdomain_keras.terms.term import Needs, Setting, Step, check_needs
from xdomain_keras.training.encoders import Encoders
from xdomain_keras.training.replicas import require_one_replica


class PresentMean(keras.metrics.Mean):
    """A mean over what was present; NaN, not a perfect 0, where nothing was."""

    def result(self):
        total, count = ops.convert_to_tensor(self.total), ops.convert_to_tensor(self.count)
        return ops.where(count > 0, total / ops.where(count > 0, count, 1.0), float("nan"))


class Trainer(keras.Model):
    """Trains a multi-head network on several domains at once; `fit`, `evaluate` and callbacks work as ever.

    A batch is `(x, y, sample_weight)` as `Mixture` makes it: dicts of domain → images, of domain →
    task → target, of domain → task → weight. On each domain only the heads and features run that some
    term reads. One code serves TensorFlow, JAX and torch.

    Args:
        network: `MultiHeadModel`.
        matrix: `LabelMatrix` of the domains in the batch.
        terms: list of `Term`, each with a name of its own.
        tasks: dict of task name → `Task`, those that the terms read the losses and maps of.
        forward: `"joint"`: the backbone runs once over the images of all domains side by side, so that batch
            normalisation sees the mixture in training as in its moving averages; `"separate"`: once a
            domain, which normalises each domain by itself in training, but all by the same averages
            afterwards. A network with normalisation of its own for each domain (`MultiHeadModel.domains`) runs apart.
        balancer: `Balancer` of all tasks of the network, in the order of its heads, or None for the plain sum. It
            weighs the losses of the terms that are `by_task`, a task's being the sum over the domains; the others
            are added as they are. Measuring (`training=False`) takes the plain sum and changes no state.
        average: `MovingAverage` of the network, or None; it follows at the beginning of every step.

    Raises:
        ConfigError: a term or the balancer does not fit, or it is built or fitted within a `tf.distribute` scope of
            several devices.

    The logs hold `loss`, `term/cell` for every cell of every term, `labels/cell` (images labelled), and
    `balance/task`, the mean weight over the steps in which the task had labels.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.models import MultiHeadModel
    >>> from xdomain_keras.tasks import Saliency
    >>> from xdomain_keras.terms import Supervised
    >>> images = keras.Input((32, 32, 3))
    >>> backbone = keras.Model(images, {"c5": keras.layers.Conv2D(4, 32, 32)(images)})
    >>> tasks = {"saliency": Saliency("saliency", (32, 32), head={"filters": 2, "decoder_filters": [2]})}
    >>> network = MultiHeadModel(backbone, {"saliency": tasks["saliency"].head()})
    >>> trainer = Trainer(network, LabelMatrix({"street": ["saliency"]}), [Supervised()], tasks)
    >>> trainer.compile("sgd")
    >>> outputs = trainer({"street": np.zeros((1, 32, 32, 3))})["street"]["outputs"]
    >>> list(trainer.trackers), tuple(outputs["saliency"].shape)
    (['supervised/saliency@street'], (1, 2, 2, 1))
    """

    gives_gramian = False  # whether the balancer may ask for the gradients' inner products

    def __init__(
        self,
        network,
        matrix,
        terms,
        tasks,
        forward: Literal["joint", "separate"] = "joint",
        balancer=None,
        average=None,
        name="trainer",
    ):
        require_one_replica()
        super().__init__(name=name)
        check_choices(Trainer, forward=forward)
        self.network, self.matrix, self.terms, self.balancer = network, matrix, list(terms), balancer
        self.average = average
        setting = setting_of(network, matrix, tasks)
        needs = {domain: Needs() for domain in matrix.domains}
        for term in self.terms:
            check_needs(term, setting)
            for domain, need in term.needs(setting).items():
                needs[domain] |= need
        wanted = {
            domain: {"outputs": sorted(need.outputs), "features": sorted(need.features | need.maps)}
            for domain, need in needs.items()
            if need != Needs()  # a domain that no term reads is not run
        }
        levels = sorted({level for each in wanted.values() for level in network.levels_below(**each)})
        self.encoders = Encoders(network, levels, wanted, joint=forward == "joint")
        self.decoders = {domain: network.decoder(levels, **each) for domain, each in wanted.items()}
        self.trackers, self.label_counts = {}, {}
        for term in self.terms:
            if not term.built:
                term.prepare(network, setting)
            for cell in term.cells(setting):
                self.trackers[f"{term.name}/{cell}"] = PresentMean(name=f"{term.name}/{cell}")
        for cell in matrix.cells:
            self.label_counts[f"labels/{cell}"] = keras.metrics.Sum(name=f"labels/{cell}")
        self.tasks, self.balance = tuple(network.heads), {}
        if balancer is not None:
            self.check_balancer()
            self.balance = {task: PresentMean(name=f"balance/{task}") for task in self.tasks}
        self.idle_terms = ()  # of other stages; their weights are kept, and they measure nothing
        self.step = self.add_weight((), initializer="zeros", dtype="int32", trainable=False, name="step")
        self.built = True

    def make_train_function(self, force=False):
        require_one_replica()
        return super().make_train_function(force)

    @property
    def metrics(self):
        resting = {id(metric) for term in self.idle_terms for metric in term.metrics}
        return [metric for metric in super().metrics if id(metric) not in resting]

    def call(self, images, training=False):
        """Run the network on every domain.

        Args:
            images: dict of domain → `[B, H, W, 3]`.
            training: bool.

        Returns:
            dict of domain → `{"outputs": {task: tensor}, "features": {name: tensor}}`, where a term reads the domain.
        """
        pyramids = self.encoders(images, training)
        return {domain: self.decoders[domain](pyramid, training=training) for domain, pyramid in pyramids.items()}

    def run_again(self, domain, images, training):
        """The network once more, on other images of a domain than the step's."""
        levels = self.encoders.encode(domain, images, training)
        return self.decoders[domain](levels, training=training)

    @property
    def reads_images(self):
        """Whether a term reads images, and not only what the network says of them."""
        return any(term.reads_images for term in self.terms)

    def labelled(self, values, domain):
        """Of a dict of task → anything, what the label matrix knows; a stage may leave tasks out."""
        return {task: value for task, value in values.items() if self.matrix.has(domain, task)}

    def check_balancer(self):
        """Raise a `ConfigError` where the balancer is for other tasks or for a `BalancedTrainer`."""
        if self.balancer.num_tasks != len(self.tasks):
            raise ConfigError(
                f"balancer `{self.balancer.name}` is for {self.balancer.num_tasks} tasks; the network has "
                f"{len(self.tasks)} ({', '.join(self.tasks)})."
            )
        if self.balancer.needs_gramian and not self.gives_gramian:
            raise ConfigError(f"balancer `{self.balancer.name}` needs gradients; train with `BalancedTrainer`.")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        losses, present, rest = self.compute_losses(x, y, y_pred, sample_weight, training)
        if self.balancer is None or not training:
            return sum(losses, rest)
        losses, present = stack(losses), stack(present)
        weights = self.balancer.weigh(ops.stop_gradient(losses), present)
        self.log_balance(weights, present)
        return self.balancer.total(losses, present, weights) + rest

    def compute_losses(self, x, y, y_pred, sample_weight, training=True):
        """The weighted terms of one step, apart by task.

        Returns:
            (list of K scalars, the tasks' losses; list of K scalars, 1 where the batch has a label of the task; the
            sum of everything else). Without a balancer everything is in the last.
        """
        if training and self.average is not None:
            self.average.update(self.network)
        step = self.make_step(x, y, y_pred, sample_weight, training)
        rest, losses, counts = 0.0, dict.fromkeys(self.tasks, 0.0), dict.fromkeys(self.tasks, 0.0)
        for term in self.terms:
            weight = term.weight(self.step) if callable(term.weight) else term.weight
            for cell, (value, count) in term.compute(step).items():
                if self.balancer is not None and term.by_task:
                    losses[cell.task] += weight * value
                    counts[cell.task] += count
                else:
                    rest += weight * value
                self.trackers[f"{term.name}/{cell}"].update_state(value, sample_weight=count)
        for domain, weights in step.weights.items():
            for task, weight in weights.items():
                self.label_counts[f"labels/{Cell(task, domain)}"].update_state(ops.cast(weight, "float32"))
        if training:
            self.step.assign_add(1)
        present = [ops.cast(ops.convert_to_tensor(count) > 0, "float32") for count in counts.values()]
        return list(losses.values()), present, rest

    @contextlib.contextmanager
    def averaged(self):
        """The network as it is measured: its moving average, if there is one, with the means of the domains' norms."""
        own = None if self.average is None else self.network.get_weights()
        if own is not None:
            self.network.set_weights(self.average.copy.get_weights())
        average_norms(self.network.norms)
        try:
            yield
        finally:
            if own is not None:
                self.network.set_weights(own)

    def make_step(self, x, y, y_pred, sample_weight, training):
        """What the terms read of a batch and of its pass through the network."""
        weights = sample_weight if sample_weight is not None else all_present(y)
        return Step(
            images=x,
            targets={domain: self.labelled(y[domain], domain) for domain in y},
            weights={domain: self.labelled(weights[domain], domain) for domain in y},
            outputs={domain: passed["outputs"] for domain, passed in y_pred.items()},
            features={domain: passed["features"] for domain, passed in y_pred.items()},
            training=training,
            forward=lambda domain, images: self.run_again(domain, images, training),
        )

    @property
    def shared_variables(self):
        """The trainable variables of the backbone, but for streams of single tasks in it."""
        own = tuple(f"{self.network.backbone.name}_{task}_" for task in self.tasks)  # streams of MTAN
        variables = self.network.backbone.trainable_variables
        return [variable for variable in variables if not variable.path.split("/")[-2].startswith(own)]

    def log_balance(self, weights, present):
        """Add the weights of one step to the logs."""
        for index, tracker in enumerate(self.balance.values()):
            tracker.update_state(weights[index], sample_weight=present[index])


def setting_of(network, matrix, tasks):
    """The `Setting` of terms over a network.

    Args:
        network: `MultiHeadModel`.
        matrix: `LabelMatrix` of the domains that are trained together.
        tasks: dict of task name → `Task`.
    """
    return Setting(matrix, tasks, {name: tuple(x.shape[1:]) for name, x in network.features.items()})


def stack(values):
    """Scalars, Python's among them, as a float32 vector."""
    return ops.stack([ops.cast(value, "float32") for value in values])


def all_present(targets):
    """Weight 1 for every image of every target."""
    return {
        domain: {task: ops.ones((ops.shape(target)[0],)) for task, target in tasks.items()}
        for domain, tasks in targets.items()
    }

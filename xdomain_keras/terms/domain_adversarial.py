"""A domain classifier, and an encoder that learns to hide the domain from it."""

import math
from typing import Literal

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.gradient_reversal import reverse_gradient
from xdomain_keras.losses.adversarial import domain_loss, gradient_penalty
from xdomain_keras.losses.gradients import no_gradients, value_and_gradients
from xdomain_keras.models.domain_classifier import domain_classifier
from xdomain_keras.signatures import call, check_choices
from xdomain_keras.terms.term import Needs, Term, require_domains


class StageRate(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate times the schedule of the stage that runs.

    Args:
        learning_rate: at its highest.

    Example:

    >>> StageRate(0.1)(7)
    0.1
    """

    def __init__(self, learning_rate):
        super().__init__()
        self.learning_rate, self.schedule = learning_rate, 1.0

    def __call__(self, step):
        return self.learning_rate * (self.schedule(step) if callable(self.schedule) else self.schedule)

    def get_config(self):
        return {"learning_rate": self.learning_rate}


class DomainAdversarial(Term):
    """`min_E max_C` of paper 001, Eq. 1 and 2: a classifier C tells the domains apart, the encoder E makes them alike.

    The first domain of the label matrix is A, label d = 1; all others are B, d = 0.

    - `update="alternating"`: in each step C first moves against `L(C(f_A), d_A) + L(C(f_B), d_B)` with an optimizer of
      its own and f held; then the loss of E is the same with the labels turned round and C held (§4.5).
    - `update="reversal"`: one loss for both, whose gradient is turned round before it reaches E (Ganin & Lempitsky
      2015); C learns with the network's optimizer.

    With `weight = 1 - α` and the supervised term's `weight = α` the total is Eq. 2's.

    Args:
        feature: name of the network's feature f, or of a task, whose predicted map f is then: class probabilities,
            directions (Tsai et al. 2018, as paper 004 adapts outputs). Several terms are the several levels of one.
        objective: L: `"bce"` (the paper's where task 1 is segmentation), `"least_squares"` (where it is depth), or
            `"wasserstein"` with gradient penalty; see `losses.adversarial.domain_loss`.
        update: as above.
        deceives: `"all"`: E turns the labels of all domains round; `"others"`: it makes the other domains look like A,
            and leaves A as it is (Tsai et al. 2018, Eq. 5). With `"alternating"` alone.
        classifier: options of `models.domain_classifier`, `{kind: flat, width: 1.0}`.
        softening: s; the labels are 1 - s and s (§4.5: .1). The Wasserstein distance has none.
        strength: λ of the reversal.
        ramp_steps: λ rises to `strength` over so many steps as `2 / (1 + exp(-10 p)) - 1` (Ganin et al. 2016, §5.2.2).
        gradient_penalty: its weight in C's objective, for the Wasserstein distance.
        optimizer: name of C's own.
        learning_rate: of C's own optimizer (the paper's 5e-4); it follows the schedule of the stage.
        weight: of the term.
        name: of the term.

    The logs have, below `name/classifier/`, C's `accuracy` (both domains counted alike; with `alternating` after its
    update), its `loss` (the mean over both; ln 2 = .693 is chance for `bce`), the `a_distance` `2 (1 - 2 error)`
    (Ben-David et al. 2007), and the `spread`, the standard deviation of its answers.

    Raises:
        ConfigError: fewer than two domains, a task without a map, or a wrong option.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.terms import Setting
    >>> DomainAdversarial().cells(Setting(LabelMatrix({"simulator": ["depth"], "road": ["depth"]})))
    ['simulator~road']
    """

    reads_images = False

    def __init__(
        self,
        feature: str = "c2",
        objective: Literal["bce", "least_squares", "wasserstein"] = "bce",
        update: Literal["alternating", "reversal"] = "alternating",
        deceives: Literal["all", "others"] = "all",
        classifier: dict | None = None,
        softening: float = 0.1,
        strength: float = 1.0,
        ramp_steps: int = 0,
        gradient_penalty: float = 10.0,
        optimizer: Literal["adam", "sgd", "rmsprop"] = "adam",
        learning_rate: float = 5e-4,
        weight: float = 1.0,
        name="domain_adversarial",
    ):
        super().__init__(name, weight)
        check_choices(DomainAdversarial, objective=objective, update=update, deceives=deceives, optimizer=optimizer)
        if deceives == "others" and update == "reversal":
            raise ConfigError(
                f"terms.{name}: a reversed gradient deceives about all domains; give `update: alternating`, or leave "
                "`deceives` out."
            )
        if not 0 <= softening < 0.5:
            raise ConfigError(f"terms.{name}.softening is {softening}; expected a number in [0, .5), .1 in the paper.")
        if strength < 0 or ramp_steps < 0 or gradient_penalty < 0 or learning_rate <= 0:
            raise ConfigError(
                f"terms.{name}: strength {strength}, ramp_steps {ramp_steps}, gradient_penalty {gradient_penalty}, "
                f"learning_rate {learning_rate}; expected the last above 0 and none below 0."
            )
        self.task = None  # whose output is judged, where `feature` names one
        self.feature, self.objective, self.alternates = feature, objective, update == "alternating"
        self.deceives_all = deceives == "all"
        self.options = dict(classifier or {})
        self.softening = 0.0 if objective == "wasserstein" else softening
        self.strength, self.ramp_steps, self.penalty = strength, ramp_steps, gradient_penalty
        self.optimizer_of = (optimizer, learning_rate)
        self.mixing = keras.random.SeedGenerator(2) if objective == "wasserstein" else None
        names = ("accuracy", "loss", "a_distance", "spread")
        self.measures = {key: keras.metrics.Mean(name=f"{name}/classifier/{key}") for key in names}

    def needs(self, setting):
        require_domains(self, setting.matrix)
        name = frozenset([self.feature])
        need = Needs(outputs=name) if self.feature in setting.tasks else Needs(maps=name)
        return dict.fromkeys(setting.matrix.domains, need)

    def cells(self, setting):
        return ["~".join(setting.matrix.domains)]

    def check(self, setting):
        if self.feature in setting.tasks and self.feature not in setting.map_tasks:
            raise ConfigError(
                f"terms.{self.name}.feature: `{self.feature}` does not predict a map; name a task that does, as "
                "segmentation, or a level of the backbone."
            )

    def prepare(self, network, setting):
        self.task = setting.tasks.get(self.feature)
        if self.task is None:
            shape = setting.features[self.feature]
        else:
            shape = tuple(self.predicted_map(network.output[self.feature]).shape[1:])
        given = {"input_shape": shape, "name": "domain_classifier"}
        model = call(domain_classifier, self.options, f"terms.{self.name}.classifier", **given)
        if not self.alternates:
            self.classifier, self.steps = model, self.add_weight((), "zeros", "int32", trainable=False, name="steps")
            self.built = True
            return
        # State of the term that it moves by itself, as batch normalisation does its averages: the network's optimizer
        # must not see it. The closure keeps the model from being tracked as a layer that trains.
        for variable in model.trainable_variables:
            variable.trainable = False
        self.learned = list(model.non_trainable_variables)
        self.classify = lambda values, x: ops.ravel(model.stateless_call([], values, x)[0])
        name, learning_rate = self.optimizer_of
        # A classifier that goes on at full rate where the encoder's falls to 0 would have the last word.
        self.rate = StageRate(learning_rate)
        kinds = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop}
        self.optimizer = kinds[name](learning_rate=self.rate)
        self.optimizer.build(self.learned)
        self.moments = list(self.optimizer.variables)
        self.built = True

    def begin_stage(self, schedule, total_steps):
        if self.alternates:
            self.rate.schedule = schedule
            for variable in self.moments:
                variable.assign(ops.zeros(variable.shape, variable.dtype))

    def compute(self, step):
        passes = step.features if self.task is None else step.outputs
        read = self.predicted_map if self.task else lambda feature: ops.cast(feature, "float32")
        features = [read(passed[self.feature]) for passed in passes.values()]
        labels = [1 - self.softening, *[self.softening] * (len(features) - 1)]
        if self.alternates:
            held = [ops.stop_gradient(feature) for feature in features]
            if step.training:
                self.update_classifier(held, labels)
            values = [ops.stop_gradient(ops.convert_to_tensor(variable)) for variable in self.learned]
            answers = [self.classify(values, feature) for feature in features]
            turned = [1 - label for label in labels]
            if self.deceives_all:
                loss = self.total(answers, turned)
            else:
                losses = [domain_loss(*pair, self.objective) for pair in zip(answers[1:], turned[1:], strict=True)]
                loss = sum(losses) / len(losses)
        else:
            strength = self.reversal_strength(step.training)
            answers = [ops.ravel(self.classifier(reverse_gradient(feature, strength))) for feature in features]
            loss = self.total(answers, labels)
            if self.objective == "wasserstein" and step.training:
                held = [ops.stop_gradient(feature) for feature in features]
                loss += self.penalize(lambda x: ops.ravel(self.classifier(x)), held)
        self.measure([ops.stop_gradient(answer) for answer in answers], labels)
        return {"~".join(passes): (loss, 1.0)}

    def predicted_map(self, output):
        """What the task's head puts out as a map `[B, H, W, C]` that a classifier can read."""
        return self.task.map_prediction(output)

    def total(self, answers, labels):
        """`L_A + L_B` of Eq. 1; several domains beside A share the second."""
        losses = [domain_loss(answer, label, self.objective) for answer, label in zip(answers, labels, strict=True)]
        return losses[0] + sum(losses[1:]) / (len(losses) - 1)

    def update_classifier(self, features, labels):
        """One step of C's own optimizer; the features are held."""

        def objective(values):
            loss = self.total([self.classify(values, feature) for feature in features], labels)
            if self.objective == "wasserstein":
                loss += self.penalize(lambda x: self.classify(values, x), features)
            return loss

        _, gradients = value_and_gradients(objective, self.learned)
        with no_gradients():
            self.optimizer.apply(gradients, self.learned)

    def penalize(self, classify, features):
        """The weighted gradient penalty between A and each other domain."""
        penalties = []
        for other in features[1:]:
            counts = [ops.shape(feature)[0] for feature in (features[0], other)]
            # Of a graph of TensorFlow the batch sizes are tensors; JAX wants plain numbers for a shape.
            count = min(counts) if all(isinstance(size, int) for size in counts) else ops.minimum(*counts)
            mix = keras.random.uniform((count,), seed=self.mixing)
            penalties.append(gradient_penalty(classify, features[0], other, mix))
        return self.penalty * sum(penalties) / len(penalties)

    def reversal_strength(self, training):
        """λ of this step."""
        if not self.ramp_steps:
            return self.strength
        part = ops.minimum(1.0, ops.cast(self.steps, "float32") / self.ramp_steps)
        if training:
            self.steps.assign_add(1)
        return self.strength * (2 / (1 + ops.exp(-10 * part)) - 1)

    def measure(self, answers, labels):
        """Add what the classifier knows to the logs."""
        means = [ops.mean(answer) for answer in answers]
        middle = (means[0] + sum(means[1:]) / (len(means) - 1)) / 2
        threshold = {"bce": 0.0, "least_squares": 0.5}.get(self.objective, middle)
        right = [ops.mean(ops.cast(answers[0] > threshold, "float32"))]
        right += [ops.mean(ops.cast(answer <= threshold, "float32")) for answer in answers[1:]]
        accuracy = (right[0] + sum(right[1:]) / (len(right) - 1)) / 2
        shown = [ops.sigmoid(answer) for answer in answers] if self.objective == "bce" else answers
        self.measures["accuracy"].update_state(accuracy)
        self.measures["loss"].update_state(self.total(answers, labels) / 2)
        self.measures["a_distance"].update_state(4 * accuracy - 2)
        self.measures["spread"].update_state(ops.std(ops.concatenate(shown)))

    @property
    def learned_variables(self):
        return self.learned if self.alternates else self.trainable_variables

    def notes(self, logs):
        accuracy, spread = (logs.get(f"{self.name}/classifier/{key}", math.nan) for key in ("accuracy", "spread"))
        if spread < 1e-3:
            return [
                f"`{self.name}`: the classifier has collapsed: its answer is the same for every image (standard "
                f"deviation {spread:.1e}), and teaches nothing. Lower its `learning_rate` or change the `objective`."
            ]
        if accuracy > 0.99:
            return [
                f"`{self.name}`: the classifier tells the domains apart in {accuracy:.1%} of the images; the encoder "
                "does not hide them. Raise the term's `weight` or lower the classifier's `learning_rate`."
            ]
        return []

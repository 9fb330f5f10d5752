"""Facts: what the data decide, resolved once into plain values that a run keeps."""

import dataclasses
import json

from xdomain_keras.errors import DataError


@dataclasses.dataclass(frozen=True)
class Facts:
    """All that network, plan, evaluation, prediction, report and export need to know of the data.

    Attributes:
        tasks: dict of task → arguments that the data decided, as names of classes.
        classes: dict of cell, as text → what the values of its labels mean, as in `TaskClasses.cells`.
        baselines: dict of task → values of its baseline, see `data.baselines`.
        backend: of Keras, on which the run was trained.
        versions: dict of package → version.
        parts: list of {"file", "sha256"}: files with parts from outside that the run was made with.
        backbone: options of the backbone with what was read of presets, or None where there are none.
    """

    tasks: dict
    classes: dict = dataclasses.field(default_factory=dict)
    baselines: dict = dataclasses.field(default_factory=dict)
    backend: str | None = None
    versions: dict = dataclasses.field(default_factory=dict)
    parts: list = dataclasses.field(default_factory=list)
    backbone: dict | None = None

    def as_json(self):
        """The facts as a text; `parse_facts` reads it."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"


def parse_facts(text, place):
    """The `Facts` in a text.

    Raises:
        DataError: it is not what `Facts.as_json` wrote.
    """
    try:
        facts = Facts(**json.loads(text))
        tables = (
            facts.tasks,
            *facts.tasks.values(),
            facts.classes,
            facts.backbone or {},
            *facts.classes.values(),
            *(own["values"] for own in facts.baselines.values()),
        )
        named = [facts.versions.items(), *((own["file"], own["sha256"]) for own in facts.parts)]
        if not named or not all(isinstance(own, dict) for own in tables):
            raise TypeError("not a table of tasks")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = str(error).partition("\n")[0][:120]
        raise DataError(f"{place}: is damaged ({reason}); restore it, or train the run anew.") from None
    return facts

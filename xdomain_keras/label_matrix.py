"""The label matrix: which domain carries labels for which task."""

import typing

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import require_known

RESERVED = "/@"  # in no name of a domain or task: logs write `term/task@domain`


class Cell(typing.NamedTuple):
    """One cell of the label matrix, written `task@domain` wherever a person reads it.

    Attributes:
        task: name of the task.
        domain: name of the domain.

    Example:

    >>> str(Cell("depth", "road")), Cell.parse("depth@road").domain
    ('depth@road', 'road')
    """

    task: str
    domain: str

    def __str__(self):
        return f"{self.task}@{self.domain}"

    @classmethod
    def parse(cls, text):
        """The cell that a text such as `depth@road` names; its domain is empty where the text names a task alone."""
        task, _, domain = text.partition("@")
        return cls(task, domain)


class LabelMatrix:
    """Rows are domains, columns are tasks, a cell says that the domain carries labels for the task.

    Everything that depends on what is labelled reads it: loaders, terms, metrics, the report. Labels missing for single
    images are sample weights, not cells.

    Args:
        rows: dict of domain name → tasks labelled in it. A domain with no task is legal: its images still reach the
            terms that need no label.

    Raises:
        ConfigError: no domain, or a task named twice in a domain.

    Example:

    >>> matrix = LabelMatrix({"simulator": ["depth", "segmentation"], "road": ["segmentation"]})
    >>> matrix.domains_of("segmentation"), matrix.has("road", "depth")
    (('simulator', 'road'), False)
    >>> print(matrix)
               depth  segmentation
    simulator  x      x
    road       -      x
    """

    def __init__(self, rows):
        if not rows:
            raise ConfigError("the label matrix has no domain; name at least one domain with its tasks.")
        for domain, tasks in rows.items():
            if len(set(tasks)) < len(tasks):
                raise ConfigError(f"domain `{domain}` names a task twice: {', '.join(tasks)}.")
        self.rows = {domain: tuple(tasks) for domain, tasks in rows.items()}

    @property
    def domains(self):
        """Names of the domains, in the order given."""
        return tuple(self.rows)

    @property
    def tasks(self):
        """Names of the tasks, in the order in which they first appear."""
        return tuple(dict.fromkeys(task for tasks in self.rows.values() for task in tasks))

    @property
    def cells(self):
        """Every labelled `Cell`, domain by domain."""
        return tuple(Cell(task, domain) for domain, tasks in self.rows.items() for task in tasks)

    def has(self, domain, task):
        """Whether `domain` is in the matrix and carries labels for `task`."""
        return task in self.rows.get(domain, ())

    def domains_of(self, task):
        """The domains with labels for `task`."""
        return tuple(domain for domain in self.rows if self.has(domain, task))

    def tasks_of(self, domain):
        """The tasks labelled in `domain`."""
        return self.rows[domain]

    def restrict(self, domains=None, tasks=None):
        """The same matrix, in its own order, with only some of its domains and tasks; None for all of them."""
        domains, tasks = domains or self.domains, tasks or self.tasks
        for kind, given, known in (("domain", domains, self.domains), ("task", tasks, self.tasks)):
            for name in given:
                require_known(kind, name, known)
        rows = {domain: row for domain, row in self.rows.items() if domain in domains}
        return LabelMatrix({domain: [task for task in row if task in tasks] for domain, row in rows.items()})

    def __eq__(self, other):
        return isinstance(other, LabelMatrix) and self.rows == other.rows

    def __hash__(self):
        return hash(tuple(self.rows.items()))

    def __str__(self):
        width = max(map(len, self.domains))
        lines = ["  ".join([" " * width, *self.tasks])]
        for domain in self.domains:
            marks = [("x" if self.has(domain, task) else "-").ljust(len(task)) for task in self.tasks]
            lines.append("  ".join([domain.ljust(width), *marks]).rstrip())
        return "\n".join(lines)

    def __repr__(self):
        return f"LabelMatrix({self.rows})"

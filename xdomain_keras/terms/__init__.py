"""Terms: one file each, every scalar that is added to the loss."""

from xdomain_keras.terms.mmd import MMD
from xdomain_keras.terms.supervised import Supervised
from xdomain_keras.terms.term import Needs, Step, Term

TERMS = {"supervised": Supervised, "mmd": MMD}

__all__ = ["MMD", "TERMS", "Needs", "Step", "Supervised", "Term"]

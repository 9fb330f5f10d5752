"""Terms: one file each, every scalar that is added to the loss."""

from xdomain_keras.terms.crop_consistency import CropConsistency
from xdomain_keras.terms.cross_task_maps import CrossTaskMaps
from xdomain_keras.terms.domain_adversarial import DomainAdversarial
from xdomain_keras.terms.feature_matching import FeatureMatching
from xdomain_keras.terms.mmd import MMD
from xdomain_keras.terms.pair_consistency import PairConsistency
from xdomain_keras.terms.pair_contrastive import PairContrastive
from xdomain_keras.terms.pair_discriminator import PairDiscriminator
from xdomain_keras.terms.pseudo_labels import PseudoLabels
from xdomain_keras.terms.supervised import Supervised
from xdomain_keras.terms.term import Needs, Setting, Step, Term

TERMS = {
    "supervised": Supervised,
    "mmd": MMD,
    "domain_adversarial": DomainAdversarial,
    "feature_matching": FeatureMatching,
    "pair_consistency": PairConsistency,
    "pair_contrastive": PairContrastive,
    "pair_discriminator": PairDiscriminator,
    "cross_task_maps": CrossTaskMaps,
    "crop_consistency": CropConsistency,
    "pseudo_labels": PseudoLabels,
}

__all__ = [
    "MMD",
    "TERMS",
    "CropConsistency",
    "CrossTaskMaps",
    "DomainAdversarial",
    "FeatureMatching",
    "Needs",
    "Setting",
    "PairConsistency",
    "PairContrastive",
    "PairDiscriminator",
    "PseudoLabels",
    "Step",
    "Supervised",
    "Term",
]

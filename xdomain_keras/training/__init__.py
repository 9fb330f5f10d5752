"""Training: stages, the trainer that sums terms, checkpoints."""

from xdomain_keras.training.balanced_trainer import BalancedTrainer
from xdomain_keras.training.balancing import BALANCERS, Balancer
from xdomain_keras.training.checkpoint import load_checkpoint, save_checkpoint
from xdomain_keras.training.fit import check_stages, fit_stages
from xdomain_keras.training.optimizer import build_optimizer
from xdomain_keras.training.stage import Stage
from xdomain_keras.training.trainer import Trainer

__all__ = [
    "BALANCERS",
    "BalancedTrainer",
    "Balancer",
    "Stage",
    "Trainer",
    "build_optimizer",
    "check_stages",
    "fit_stages",
    "load_checkpoint",
    "save_checkpoint",
]

"""Evaluation: predictions in pixels of the images as stored, centre prior, RSA, size and speed."""

from xdomain_keras.evaluation.center_prior import CenterPrior
from xdomain_keras.evaluation.evaluator import evaluate
from xdomain_keras.evaluation.predictor import build_predictor, predict
from xdomain_keras.evaluation.profile import count_macs, count_parameters
from xdomain_keras.evaluation.speed import compare_speed
from xdomain_keras.evaluation.task_relatedness import representation_dissimilarity, task_relatedness

__all__ = [
    "CenterPrior",
    "build_predictor",
    "compare_speed",
    "count_macs",
    "count_parameters",
    "evaluate",
    "predict",
    "representation_dissimilarity",
    "task_relatedness",
]

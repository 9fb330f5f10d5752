"""Evaluation: inference, predictions in pixels of the images as stored, baselines, RSA, size and speed."""

from xdomain_keras.evaluation.evaluator import evaluate, evaluate_baselines
from xdomain_keras.evaluation.infer import infer
from xdomain_keras.evaluation.predictor import build_predictor, predict
from xdomain_keras.evaluation.profile import count_macs, count_parameters
from xdomain_keras.evaluation.speed import compare_speed
from xdomain_keras.evaluation.task_relatedness import representation_dissimilarity, task_relatedness

__all__ = [
    "build_predictor",
    "compare_speed",
    "count_macs",
    "count_parameters",
    "evaluate",
    "evaluate_baselines",
    "infer",
    "predict",
    "representation_dissimilarity",
    "task_relatedness",
]

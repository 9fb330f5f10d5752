"""Balancers: one file each, what weighs the tasks' losses or gradients against each other."""

from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.cagrad import CAGrad
from xdomain_keras.training.balancing.dynamic_weight_average import DynamicWeightAverage
from xdomain_keras.training.balancing.gradnorm import GradNorm
from xdomain_keras.training.balancing.imtl import IMTL
from xdomain_keras.training.balancing.mgda import MGDA
from xdomain_keras.training.balancing.nash_mtl import NashMTL
from xdomain_keras.training.balancing.pcgrad import PCGrad
from xdomain_keras.training.balancing.random_weights import RandomWeights
from xdomain_keras.training.balancing.uncertainty import Uncertainty
from xdomain_keras.training.balancing.uniform import Uniform

BALANCERS = {
    "uniform": Uniform,
    "uncertainty": Uncertainty,
    "dwa": DynamicWeightAverage,
    "random": RandomWeights,
    "gradnorm": GradNorm,
    "mgda": MGDA,
    "pcgrad": PCGrad,
    "cagrad": CAGrad,
    "nash_mtl": NashMTL,
    "imtl": IMTL,
}

__all__ = [
    "BALANCERS",
    "Balancer",
    "CAGrad",
    "DynamicWeightAverage",
    "GradNorm",
    "IMTL",
    "MGDA",
    "NashMTL",
    "PCGrad",
    "RandomWeights",
    "Uncertainty",
    "Uniform",
]

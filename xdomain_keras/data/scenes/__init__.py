"""Labelled pictures that the package renders itself: a street and a room, each in two looks."""

from xdomain_keras.data.scenes.names import KEYPOINT_NAMES, SEMANTIC_NAMES, THING_NAMES
from xdomain_keras.data.scenes.renderer import render
from xdomain_keras.data.scenes.source import Scenes

__all__ = ["KEYPOINT_NAMES", "SEMANTIC_NAMES", "THING_NAMES", "Scenes", "render"]

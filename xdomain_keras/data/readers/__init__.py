"""Readers: data sets as people have them, as sources of samples.

A reader parses its annotations in its constructor, keeps going, and lists every fault in `faults`. The `ids`
of readers of image files are file names with suffix, relative to the folder of images, in sorted order.
"""

from xdomain_keras.data.readers.arrays import Arrays
from xdomain_keras.data.readers.bsds import BSDS
from xdomain_keras.data.readers.coco import Coco
from xdomain_keras.data.readers.depth_maps import DepthMaps
from xdomain_keras.data.readers.fixation_list import FixationList
from xdomain_keras.data.readers.fixation_maps import FixationMaps
from xdomain_keras.data.readers.fixation_mat import FixationMat
from xdomain_keras.data.readers.human_parts import HumanPartsMat
from xdomain_keras.data.readers.image_folder import ImageFolder
from xdomain_keras.data.readers.keypoint_files import KeypointFiles
from xdomain_keras.data.readers.masks import Masks
from xdomain_keras.data.readers.normal_maps import NormalMaps
from xdomain_keras.data.readers.numpy_folders import NumpyFolders
from xdomain_keras.data.readers.nyu_mat import NYUMat
from xdomain_keras.data.readers.tfds import Tfds
from xdomain_keras.data.readers.yolo import Yolo

READERS = {
    "arrays": Arrays,
    "bsds": BSDS,
    "coco": Coco,
    "depth_maps": DepthMaps,
    "fixation_list": FixationList,
    "fixation_maps": FixationMaps,
    "fixation_mat": FixationMat,
    "human_parts": HumanPartsMat,
    "images": ImageFolder,
    "keypoint_files": KeypointFiles,
    "masks": Masks,
    "normal_maps": NormalMaps,
    "numpy_folders": NumpyFolders,
    "nyu_mat": NYUMat,
    "tfds": Tfds,
    "yolo": Yolo,
}

__all__ = ["READERS", *(reader.__name__ for reader in READERS.values())]

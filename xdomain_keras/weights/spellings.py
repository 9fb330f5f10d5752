"""How other libraries call the layers that the backbones of this package have."""

import re

# Convolutions of VGG-16, as torchvision and timm number its `features` → as Keras names them.
VGG16 = {
    f"features.{number}": f"block{block}_conv{index}"
    for block, numbers in enumerate(((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)), start=1)
    for index, number in enumerate(numbers, start=1)
}
# Layers of timm's inverted bottlenecks → those of `efficientnet_lite_pytorch`; the first stage has no expansion.
TIMM_FIRST = {"conv_dw": "depthwise_conv", "bn1": "bn1", "conv_pw": "project_conv", "bn2": "bn2"}
TIMM_OTHERS = {
    "conv_pw": "expand_conv",
    "bn1": "bn0",
    "conv_dw": "depthwise_conv",
    "bn2": "bn1",
    "conv_pwl": "project_conv",
    "bn3": "bn2",
}
TIMM_BLOCK = re.compile(r"blocks\.(\d+)\.(\d+)\.(\w+)")


def layer_names(keys):
    """The layer of a backbone that each key of a torch state dict means.

    A family of networks is known by one of its keys, its anchor. What stands before the anchor, as `module.` or
    `backbone.`, is taken off all keys.

    Args:
        keys: of the state dict.

    Returns:
        dict of key → (name of the layer, ending such as `weight`), of the keys that are understood.

    Example:

    >>> layer_names(["module.layer1.0.conv1.weight", "module.layer1.0.bn1.running_var", "epoch"])
    {'module.layer1.0.conv1.weight': ('layer1_0_conv1', 'weight'), 'module.layer1.0.bn1.running_var': ...}
    >>> layer_names(["features.28.weight", "features.0.bias"])["features.0.bias"]
    ('block1_conv1', 'bias')
    """
    found = {}
    for anchor, translate in ANCHORS.items():
        prefixes = sorted((key.removesuffix(anchor) for key in keys if ends_with(key, anchor)), key=len)
        if prefixes and not found:
            split = {key: key.removeprefix(prefixes[0]).rpartition(".") for key in keys if key.startswith(prefixes[0])}
            layers = translate([module for module, _, _ in split.values()])
            found = {key: (layers[module], ending) for key, (module, _, ending) in split.items() if module in layers}
    return found


def ends_with(key, anchor):
    """Whether a key is the anchor, with whole words before it or nothing."""
    return key == anchor or key.endswith(f".{anchor}")


def _dotted(modules):
    return {module: module.replace(".", "_") for module in modules}


def _vgg16(modules):
    return {module: VGG16[module] for module in modules if module in VGG16}


def _efficientnet_pytorch(modules):
    return {module: "_".join(part.lstrip("_") for part in module.split(".")) for module in modules}


def _timm_efficientnet(modules):
    """timm counts blocks within their stages; here they are counted through."""
    matches = {module: TIMM_BLOCK.fullmatch(module) for module in modules}
    places = sorted({(int(match[1]), int(match[2])) for match in matches.values() if match})
    layers = {"conv_stem": "conv_stem", "bn1": "bn0", "conv_head": "conv_head", "bn2": "bn1", "classifier": "fc"}
    for module, match in matches.items():
        if match:
            place = int(match[1]), int(match[2])
            own = (TIMM_OTHERS if place[0] else TIMM_FIRST).get(match[3])
            layers |= {module: f"blocks_{places.index(place)}_{own}"} if own else {}
    return layers


ANCHORS = {
    "layer1.0.conv1.weight": _dotted,  # ResNet: torchvision, timm, and segmentation checkpoints built on it
    "features.denseblock1.denselayer1.conv1.weight": _dotted,
    "features.28.weight": _vgg16,
    "_blocks.0._depthwise_conv.weight": _efficientnet_pytorch,
    "blocks.0.0.conv_dw.weight": _timm_efficientnet,
}

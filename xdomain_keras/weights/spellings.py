"""How other libraries call the layers that the networks of this package have."""

import re

# Convolutions of VGG-16, as torchvision and timm number its `features` → as Keras names them.
VGG16 = {
    f"features.{number}": f"block{block}_conv{index}"
    for block, numbers in enumerate(((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)), start=1)
    for index, number in enumerate(numbers, start=1)
}
# The same with batch normalisation, whose layers the encoder of SegNet has.
VGG16_BN = {
    f"features.{number + step}": f"encoder{stage}_{index}{end}"
    for stage, numbers in enumerate(((0, 3), (7, 10), (14, 17, 20), (24, 27, 30), (34, 37, 40)))
    for index, number in enumerate(numbers)
    for step, end in enumerate(("", "_bn"))
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
# Heads of torchvision's segmentation networks → layers of `FCNHead` and `DeepLabHead`.
FCN = {"0": "conv", "1": "conv_bn", "4": "logits"}
DEEPLAB = {
    "0.convs.0.0": "pointwise",
    "0.convs.0.1": "pointwise_bn",
    **{f"0.convs.{rate + 1}.0": f"dilated{rate}" for rate in range(3)},
    **{f"0.convs.{rate + 1}.1": f"dilated{rate}_bn" for rate in range(3)},
    "0.convs.4.1": "pool_conv",
    "0.convs.4.2": "pool_conv_bn",
    "0.project.0": "fuse",
    "0.project.1": "fuse_bn",
    "1": "conv",
    "2": "conv_bn",
    "4": "logits",
}


def spell(keys):
    """The layer of a network that each key of a torch state dict means.

    A family of networks is known by one of its keys, its anchor. What stands before the anchor, as `module.` or
    `backbone.`, is taken off all keys.

    Args:
        keys: of the state dict.

    Returns:
        (name of the family, or None; dict of key → (name of the layer, ending such as `weight`), of the keys that are
        understood).

    Example:

    >>> spell(["module.layer1.0.conv1.weight", "module.layer1.0.bn1.running_var", "epoch"])
    ('resnet', {'module.layer1.0.conv1.weight': ('layer1_0_conv1', 'weight'), 'module.layer1.0.bn1.running_var': ...})
    >>> spell(["features.28.weight", "features.0.bias"])[1]["features.0.bias"]
    ('block1_conv1', 'bias')
    """
    heads = _spell_heads(keys)
    for family, (anchor, translate) in FAMILIES.items():
        prefixes = sorted((key.removesuffix(anchor) for key in keys if ends_with(key, anchor)), key=len)
        if prefixes:
            split = {key: key.removeprefix(prefixes[0]).rpartition(".") for key in keys if key.startswith(prefixes[0])}
            layers = translate([module for module, _, _ in split.values()])
            found = {key: (layers[module], ending) for key, (module, _, ending) in split.items() if module in layers}
            return family, {**found, **heads}
    return None, heads


def ends_with(key, anchor):
    """Whether a key is the anchor, with whole words before it or nothing."""
    return key == anchor or key.endswith(f".{anchor}")


def _dotted(modules):
    return {module: module.replace(".", "_") for module in modules}


def _vgg16(modules):
    return {module: VGG16[module] for module in modules if module in VGG16}


def _vgg16_bn(modules):
    return {module: VGG16_BN[module] for module in modules if module in VGG16_BN}


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


def _spell_heads(keys):
    """Keys of `classifier` and `aux_classifier` of torchvision's segmentation networks."""
    found = {}
    for head in ("classifier", "aux_classifier"):
        own = {
            key: key.partition(f"{head}.")[2].rpartition(".") for key in keys if re.match(rf"(module\.)?{head}\.", key)
        }
        modules = {module for module, _, _ in own.values()}
        known = DEEPLAB if "0.project.0" in modules else FCN
        if {"0", "4"} <= modules or "0.project.0" in modules:
            found |= {key: (f"{head}_{known[m]}", ending) for key, (m, _, ending) in own.items() if m in known}
    return found


# Family → its anchor, and a function from names of modules to dict of module → layer, of those that it understands.
FAMILIES = {
    "resnet": ("layer1.0.conv1.weight", _dotted),  # torchvision, timm, and segmentation checkpoints built on it
    "densenet": ("features.denseblock1.denselayer1.conv1.weight", _dotted),
    "vgg16_bn": ("features.40.weight", _vgg16_bn),
    "vgg16": ("features.28.weight", _vgg16),
    "efficientnet": ("_blocks.0._depthwise_conv.weight", _efficientnet_pytorch),
    "timm_efficientnet": ("blocks.0.0.conv_dw.weight", _timm_efficientnet),
}

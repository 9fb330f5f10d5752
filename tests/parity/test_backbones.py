"""The ResNets and DenseNet-161 against networks written in torch, with torchvision's names for their weights."""

import numpy as np
import pytest
from keras import ops

from xdomain_keras.models import build_backbone

torch = pytest.importorskip("torch", reason="torch is the oracle")
nn, functional = torch.nn, torch.nn.functional

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 75, 97, 3)).astype("float32")


class Block(nn.Module):
    """A residual block; `kernels` tells a bottleneck from a basic block."""

    def __init__(self, channels, widths, kernels, stride):
        super().__init__()
        self.count, place = len(kernels), kernels.index(3)
        for i, kernel in enumerate(kernels):
            step = stride if i == place else 1
            before = channels if i == 0 else widths[i - 1]
            setattr(self, f"conv{i + 1}", nn.Conv2d(before, widths[i], kernel, step, kernel // 2, bias=False))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(widths[i]))
        self.downsample = None
        if stride > 1 or channels != widths[-1]:
            shortcut = nn.Conv2d(channels, widths[-1], 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(widths[-1]))

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = y.relu() if i < self.count else y
        return (y + (self.downsample(x) if self.downsample else x)).relu()


def dilate(stage, rate):
    """Take the stride away; the 3x3 convolution that had it dilates by half the rate, those after it by the rate."""
    for module in stage.modules():
        if isinstance(module, nn.Conv2d):
            strided, module.stride = module.stride == (2, 2), (1, 1)
            if module.kernel_size == (3, 3):
                module.dilation = module.padding = (rate // 2 if strided else rate,) * 2


class ResNet(nn.Module):
    """`rates`, of the last two stages, stand in for their strides where they are not 1."""

    def __init__(self, blocks, kernels, base, rates=(1, 1)):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, base, 7, 2, 3, bias=False), nn.BatchNorm2d(base)
        channels = base
        for stage, count in enumerate(blocks):
            filters = base * 2**stage
            widths = [filters] * (len(kernels) - 1) + [filters * (4 if len(kernels) == 3 else 1)]
            layers = []
            for i in range(count):
                layers.append(Block(channels, widths, kernels, 2 if stage and not i else 1))
                channels = widths[-1]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        for stage, rate in zip((self.layer3, self.layer4), rates, strict=True):
            if rate > 1:
                dilate(stage, rate)

    def forward(self, x):
        x = functional.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        levels = {}
        for stage in range(4):
            x = levels[f"c{stage + 2}"] = getattr(self, f"layer{stage + 1}")(x)
        return levels


class DenseNet(nn.Module):
    """Only the names of the modules matter for the state dict, so they lie in one dict."""

    def __init__(self, growth, blocks):
        super().__init__()
        self.blocks, channels = blocks, 2 * growth
        parts = {"conv0": nn.Conv2d(3, channels, 7, 2, 3, bias=False), "norm0": nn.BatchNorm2d(channels)}
        for block, count in enumerate(blocks, start=1):
            dense = nn.Module()
            for i in range(1, count + 1):
                layer = nn.Module()
                layer.norm1, layer.conv1 = nn.BatchNorm2d(channels), nn.Conv2d(channels, 4 * growth, 1, bias=False)
                layer.norm2 = nn.BatchNorm2d(4 * growth)
                layer.conv2 = nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False)
                dense.add_module(f"denselayer{i}", layer)
                channels += growth
            parts[f"denseblock{block}"] = dense
            if block < len(blocks):
                transition = parts[f"transition{block}"] = nn.Module()
                transition.norm, transition.conv = (
                    nn.BatchNorm2d(channels),
                    nn.Conv2d(channels, channels // 2, 1, bias=False),
                )
                channels //= 2
        parts["norm5"] = nn.BatchNorm2d(channels)
        self.features = nn.ModuleDict(parts)

    def forward(self, x):
        parts, levels = self.features, {}
        x = functional.max_pool2d(parts["norm0"](parts["conv0"](x)).relu(), 3, 2, 1)
        for block in range(1, len(self.blocks) + 1):
            for layer in parts[f"denseblock{block}"].children():
                y = layer.conv2(layer.norm2(layer.conv1(layer.norm1(x).relu())).relu())
                x = torch.cat([x, y], 1)
            last = block == len(self.blocks)
            norm = parts["norm5"] if last else parts[f"transition{block}"].norm
            x = levels[f"c{block + 1}"] = norm(x).relu()
            if not last:
                x = functional.avg_pool2d(parts[f"transition{block}"].conv(x), 2)
        return levels


# Name of the backbone, and of the case → its options, and the network in torch.
CASES = {
    "resnet18": ({"width": 0.125}, lambda: ResNet((2, 2, 2, 2), (3, 3), 8)),
    "resnet34": ({"width": 0.125}, lambda: ResNet((3, 4, 6, 3), (3, 3), 8)),
    "resnet50": ({"width": 0.125}, lambda: ResNet((3, 4, 6, 3), (1, 3, 1), 8)),
    "resnet18 stride 8": ({"width": 0.125, "output_stride": 8}, lambda: ResNet((2, 2, 2, 2), (3, 3), 8, (2, 4))),
    "resnet50 stride 8": ({"width": 0.125, "output_stride": 8}, lambda: ResNet((3, 4, 6, 3), (1, 3, 1), 8, (2, 4))),
    "resnet50 stride 16": ({"width": 0.125, "output_stride": 16}, lambda: ResNet((3, 4, 6, 3), (1, 3, 1), 8, (1, 2))),
    "densenet161": ({"width": 0.125, "num_layers": (2, 2, 4, 2)}, lambda: DenseNet(8, (2, 2, 4, 2))),
}


def lively(network):
    """Statistics and scales that are not the identity, so that a mix-up shows."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight.data, module.running_var):
                tensor.uniform_(0.5, 1.5, generator=generator)
            for tensor in (module.bias.data, module.running_mean):
                tensor.normal_(0, 0.1, generator=generator)
    return network.eval()


@pytest.mark.parametrize("case", CASES)
def test_levels_are_those_of_torch(case, tmp_path):
    name, (options, make) = case.split()[0], CASES[case]
    torch.manual_seed(0)
    network = lively(make())
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    backbone = build_backbone(name, IMAGES.shape[1:], weights=tmp_path / "weights.pth", **options)
    normalized = torch.tensor(((IMAGES / 255 - MEAN) / STD).astype("float32").transpose(0, 3, 1, 2))
    with torch.no_grad():
        expected = {level: value.numpy().transpose(0, 2, 3, 1) for level, value in network(normalized).items()}
    levels = backbone.predict(IMAGES, verbose=0)
    assert set(levels) == set(expected)
    for level, value in expected.items():
        assert levels[level].shape == value.shape
        np.testing.assert_allclose(levels[level], value, atol=1e-5 * np.abs(value).max(), err_msg=level)


def test_a_file_of_torch_is_read(tmp_path):
    torch.manual_seed(0)
    network = lively(CASES["resnet18"][1]())
    torch.save(network.state_dict(), tmp_path / "resnet18.pth")
    backbone = build_backbone("resnet18", (32, 32, 3), weights=str(tmp_path / "resnet18.pth"), width=0.125)
    kernel = ops.convert_to_numpy(backbone.get_layer("backbone_layer4_1_conv2").kernel)
    expected = network.state_dict()["layer4.1.conv2.weight"].numpy().transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(kernel, expected)

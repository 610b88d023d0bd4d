"""Networks written here: a small residual one for the demo, and the two small ones of the original system."""

from itertools import pairwise

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.around: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.around = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, values: Tensor) -> Tensor:
        return torch.relu(self.body(values) + self.around(values))


def small_residual() -> tuple[nn.Module, int]:
    """Three stages from 1/4 to 1/16 of the picture's side; 1.2 million weights.

    The first layers are narrow: on CPUs wide maps of many pixels would cost more than all the rest.
    """
    features = nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(inplace=True),
        nn.Conv2d(16, 32, 3, 2, 1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(inplace=True),
        ResidualBlock(32, 32, 1),
        ResidualBlock(32, 72, 2),
        ResidualBlock(72, 72, 1),
        ResidualBlock(72, 72, 1),
        ResidualBlock(72, 136, 2),
        ResidualBlock(136, 136, 1),
        ResidualBlock(136, 136, 1),
    )
    return features, 136


def _stage(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


def small_cnn() -> tuple[nn.Module, int]:
    """Four plain convolutions with pooling between them."""
    widths = (3, 16, 32, 64, 128)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [*_stage(inputs, outputs), nn.MaxPool2d(2)]
    return nn.Sequential(*layers), widths[-1]


def tiny_vgg() -> tuple[nn.Module, int]:
    """Pairs of convolutions with pooling after each pair."""
    layers = [
        *_stage(3, 24),
        *_stage(24, 24),
        nn.MaxPool2d(2),
        *_stage(24, 48),
        *_stage(48, 48),
        nn.MaxPool2d(2),
    ]
    layers += [*_stage(48, 96), *_stage(96, 96), nn.MaxPool2d(2)]
    return nn.Sequential(*layers), 96


PLAIN = {"small_residual": small_residual, "small_cnn": small_cnn, "tiny_vgg": tiny_vgg}

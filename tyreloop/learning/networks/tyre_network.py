"""Any backbone with the head that all our models share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as nnf

from tyreloop.domain.errors import NotConfigured
from tyreloop.learning.datasets.lesson_book import KINDS, VIEWS
from tyreloop.learning.networks.lite0 import DEEP, FINE, MIDDLE, Lite0, take_imagenet
from tyreloop.learning.networks.plain import PLAIN
from tyreloop.learning.torchvision_operators import timm

TIMM = {
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "efficientnet_b0": "efficientnet_b0",
    "efficientnet_b1": "efficientnet_b1",
    "efficientnet_b2": "efficientnet_b2",
    "mobilenetv3_small": "mobilenetv3_small_100",
    "mobilenetv3_large": "mobilenetv3_large_100",
}
SHARPNESS = 1.5
"""How much the strongest place of the map counts: 0 takes the mean of all, much takes the maximum."""

MAP_WIDTH = 64
MIDDLES = 64
"""Middles of groups of lessons that look alike; what is near none of them is unlike all lessons."""


class Outputs(NamedTuple):
    """What the network says about a batch."""

    logits: Tensor
    map: Tensor
    embedding: Tensor
    kinds: Tensor
    view: Tensor
    strangeness: Tensor
    familiarity: Tensor
    """Cosine to the nearest of the lessons' middles."""
    by_view: Tensor
    """The evidence for a defect if the photo were taken in each of the views."""


class TyreNetwork(nn.Module):
    """Features, a map of the evidence for a defect, and lines for condition, kinds, view, "no tyre".

    What a defect looks like depends on the view: each has a line of its own, and they count by how likely
    the photo was taken so. One line for all learns the source of the photos instead.
    """

    mean: Tensor
    spread: Tensor
    middles: Tensor

    def __init__(self, features: nn.Module, fine: int, width: int, dropout: float) -> None:
        super().__init__()
        self.features = features
        self.dropout = nn.Dropout(dropout)
        self.side = nn.Conv2d(fine, MAP_WIDTH, 1)
        self.deep = nn.Conv2d(width, MAP_WIDTH, 1)
        self.evidence = nn.Conv2d(MAP_WIDTH, 1, 1)
        self.condition = nn.Linear(width, len(VIEWS))
        self.kinds = nn.Linear(width, len(KINDS))
        self.view = nn.Linear(width, len(VIEWS))
        self.stranger = nn.Linear(width, 1)
        self.slope = nn.Parameter(torch.full((len(VIEWS),), 0.5))
        self.offset = nn.Parameter(torch.zeros(len(VIEWS)))
        for line in (self.condition, self.kinds, self.view, self.stranger):
            nn.init.normal_(line.weight, 0, 0.01)
            nn.init.zeros_(line.bias)
        nn.init.constant_(self.evidence.get_parameter("bias"), -2.0)
        like_imagenet = not isinstance(features, Lite0)
        mean = [123.7, 116.3, 103.5] if like_imagenet else [MIDDLE] * 3
        spread = [58.4, 57.1, 57.4] if like_imagenet else [MIDDLE] * 3
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("spread", torch.tensor(spread).view(1, 3, 1, 1))
        self.register_buffer("middles", nnf.normalize(torch.ones(MIDDLES, width), dim=1))

    def forward(self, pictures: Tensor) -> Outputs:
        """`pictures` is N x 3 x H x W with values from 0 to 255."""
        found = self.features((pictures - self.mean) / self.spread)
        fine, deep = found if isinstance(found, tuple) else (found, found)
        embedding = deep.float().mean(dim=(2, 3))
        evidence = self._evidence(fine, deep)
        seen = self.dropout(embedding)
        view = self.view(seen)
        by_view = self.condition(seen) + _pooled(evidence)[:, None] * self.slope + self.offset
        score = (torch.softmax(view.detach(), dim=1) * by_view).sum(dim=1)
        logits = torch.stack([-score / 2, score / 2], dim=1)
        strangeness = self.stranger(seen)[:, 0]
        familiarity = (nnf.normalize(embedding, dim=1) @ self.middles.T).max(dim=1).values
        return Outputs(logits, evidence, embedding, self.kinds(seen), view, strangeness, familiarity, by_view)

    def _evidence(self, fine: Tensor, deep: Tensor) -> Tensor:
        """The fine map says where, the deep one what; both are looked at in the fine one's places."""
        what = self.deep(deep)
        if fine.shape[2:] != deep.shape[2:]:
            what = nnf.interpolate(what, size=fine.shape[2:], mode="nearest")
        where: Tensor = self.evidence(torch.relu(self.side(self.dropout(fine)) + what))
        return where[:, 0].float()

    @torch.no_grad()
    def remember(self, embeddings: NDArray[np.float32]) -> None:
        """The middles of the lessons: k-means on the directions of their embeddings, always the same way."""
        points = nnf.normalize(torch.from_numpy(embeddings), dim=1)
        count = min(MIDDLES, len(points))
        middles = points[torch.linspace(0, len(points) - 1, count).long()]
        for _ in range(20):
            nearest = (points @ middles.T).argmax(dim=1)
            sums = torch.zeros_like(middles).index_add_(0, nearest, points)
            middles = torch.where(
                sums.abs().sum(dim=1, keepdim=True) > 0, nnf.normalize(sums, dim=1), middles
            )
        self.middles[:count] = middles
        self.middles[count:] = middles[:1]


def _pooled(evidence: Tensor) -> Tensor:
    """Between the mean and the maximum of the map: one bad place makes a bad tyre."""
    flat = evidence.flatten(1) * SHARPNESS
    peak = flat.max(dim=1, keepdim=True).values
    return (peak[:, 0] + torch.log(torch.exp(flat - peak).mean(dim=1))) / SHARPNESS


def build_network(name: str, *, dropout: float = 0.0, imagenet: bool = False) -> TyreNetwork:
    """A network by its name in a recipe."""
    if name == "lite0":
        lite0 = Lite0()
        if imagenet:
            take_imagenet(lite0)
        return TyreNetwork(lite0, FINE, DEEP, dropout)
    if name in PLAIN:
        features, width = PLAIN[name]()
        return TyreNetwork(features, width, width, dropout)
    if name not in TIMM:
        raise NotConfigured(f"There is no network {name!r}; known are {', '.join(['lite0', *PLAIN, *TIMM])}.")
    backbone = timm().create_model(TIMM[name], pretrained=imagenet, features_only=True)
    width = backbone.feature_info.channels()[-1]
    return TyreNetwork(_LastFeatures(backbone), width, width, dropout)


class _LastFeatures(nn.Module):
    """The last of a backbone's feature maps."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, pictures: Tensor) -> Tensor:
        last: Tensor = self.backbone(pictures)[-1]
        return last


def map_loss(evidence: Tensor, masks: Tensor, known: Tensor) -> Tensor:
    """Where masks are known, the map must light up inside them and stay dark outside.

    Inside and outside count alike in each photo: counted by cells, a bald tyre would outweigh a
    hundred nails, and nails would never be learned.
    """
    if not bool(known.any()):
        return evidence.sum() * 0
    target = nnf.adaptive_max_pool2d(masks[known][:, None], evidence.shape[1:])[:, 0].flatten(1)
    wrong = nnf.binary_cross_entropy_with_logits(evidence[known].flatten(1), target, reduction="none")
    inside = (wrong * target).sum(dim=1) / target.sum(dim=1).clamp(min=1)
    outside = (wrong * (1 - target)).sum(dim=1) / (1 - target).sum(dim=1).clamp(min=1)
    return (inside + outside).mean()

"""Any backbone with the head that all our models share."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as nnf

from tyreloop.domain.errors import NotConfigured
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


class Outputs(NamedTuple):
    """What the network says about a batch."""

    logits: Tensor
    map: Tensor
    embedding: Tensor
    strangeness: Tensor


class TyreNetwork(nn.Module):
    """Features, a map of the evidence for a defect, the answer pooled from it, and "this is no tyre"."""

    mean: Tensor
    spread: Tensor

    def __init__(self, features: nn.Module, width: int, dropout: float) -> None:
        super().__init__()
        self.features = features
        self.dropout = nn.Dropout(dropout)
        self.evidence = nn.Conv2d(width, 1, 1)
        self.stranger = nn.Linear(width, 1)
        self.slope = nn.Parameter(torch.ones(()))
        self.offset = nn.Parameter(torch.ones(()))
        nn.init.constant_(self.evidence.get_parameter("bias"), -2.0)
        self.register_buffer("mean", torch.tensor([123.7, 116.3, 103.5]).view(1, 3, 1, 1))
        self.register_buffer("spread", torch.tensor([58.4, 57.1, 57.4]).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> Outputs:
        """`pictures` is N x 3 x H x W with values from 0 to 255."""
        found = self.features((pictures - self.mean) / self.spread)
        embedding = found.mean(dim=(2, 3))
        evidence = self.evidence(self.dropout(found))[:, 0]
        score = _pooled(evidence) * self.slope + self.offset
        logits = torch.stack([-score / 2, score / 2], dim=1)
        return Outputs(logits, evidence, embedding, self.stranger(self.dropout(embedding))[:, 0])


def _pooled(evidence: Tensor) -> Tensor:
    """Between the mean and the maximum of the map: one bad place makes a bad tyre."""
    flat = evidence.flatten(1) * SHARPNESS
    peak = flat.max(dim=1, keepdim=True).values
    return (peak[:, 0] + torch.log(torch.exp(flat - peak).mean(dim=1))) / SHARPNESS


def build_network(name: str, *, dropout: float = 0.0, imagenet: bool = False) -> TyreNetwork:
    """A network by its name in a recipe."""
    if name in PLAIN:
        features, width = PLAIN[name]()
        return TyreNetwork(features, width, dropout)
    if name not in TIMM:
        raise NotConfigured(f"There is no network {name!r}; known are {', '.join([*PLAIN, *TIMM])}.")
    backbone = timm().create_model(TIMM[name], pretrained=imagenet, features_only=True)
    return TyreNetwork(_LastFeatures(backbone), backbone.feature_info.channels()[-1], dropout)


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

"""What a training runs on: a GPU where there is one."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum

import torch

from tyreloop.domain.errors import NotConfigured


class Device(StrEnum):
    """Named as torch names them."""

    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"

    def half_precision(self) -> AbstractContextManager[object]:
        """bfloat16 where the device is fast with it; its range is that of float32, so nothing is scaled."""
        if self is Device.CPU:
            return torch.autocast("cpu", torch.bfloat16, enabled=torch.ops.mkldnn._is_mkldnn_bf16_supported())
        if self is Device.CUDA:
            return torch.autocast("cuda", torch.bfloat16, enabled=torch.cuda.is_bf16_supported())
        return nullcontext()


def choose_device(wanted: str) -> Device:
    """The one asked for, or with `auto` the fastest that this machine has."""
    has = {
        Device.CUDA: torch.cuda.is_available(),
        Device.MPS: torch.backends.mps.is_available(),
        Device.CPU: True,
    }
    if wanted == "auto":
        return next(device for device, there in has.items() if there)
    device = Device(wanted)
    if not has[device]:
        raise NotConfigured(f"This machine has no {device.value} that torch can use.")
    return device

"""Let timm import beside a CPU build of torch that torchvision's compiled operators do not fit.

torchvision looks up `torchvision::nms` and `torchvision::qnms` when it is imported and fails where its
compiled library did not load. Nothing here ever calls them, so their schemas are declared when, and only
when, they are missing.
"""

from functools import cache
from importlib import import_module
from typing import Any

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


@cache
def timm() -> Any:
    """The timm package, imported once the operators are known to torch."""
    try:
        return import_module("timm")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    _declare_missing()
    return import_module("timm")


_declared: list[Any] = []
"""torch forgets a declaration when the library that made it is collected."""


def _declare_missing() -> None:
    from torch import library as libraries  # noqa: PLC0415 - only those who train pay for this import
    from torch import ops  # noqa: PLC0415

    library: Any = libraries.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name, schema in SCHEMAS.items():
        if not hasattr(ops.torchvision, name):
            library.define(schema)
    _declared.append(library)

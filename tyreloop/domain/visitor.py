"""Who looks at a photo: a browser or an API client, never a name."""

from __future__ import annotations

from typing import NewType
from uuid import uuid4

Visitor = NewType("Visitor", str)


def new_visitor() -> Visitor:
    """A visitor nobody has seen before."""
    return Visitor(uuid4().hex)

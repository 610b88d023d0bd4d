"""What stands in front of a face: the gate, and how often each caller may knock."""

from __future__ import annotations

from dataclasses import dataclass, field

from tyreloop.access.gate import Gate
from tyreloop.access.rate_limits import RateLimit

SIGN_INS_PER_MINUTE = 10  # of one address under one name; a person mistypes less often


@dataclass(frozen=True, slots=True)
class Door:
    """The gate with its limits."""

    gate: Gate
    rate_limit: RateLimit
    sign_in_limit: RateLimit = field(
        default_factory=lambda: RateLimit(per_minute=SIGN_INS_PER_MINUTE, burst=SIGN_INS_PER_MINUTE)
    )

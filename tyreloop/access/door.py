"""What stands in front of a face: the gate, and how often each caller may knock."""

from __future__ import annotations

from tyreloop.access.gate import Gate
from tyreloop.access.rate_limits import RateLimit

SIGN_INS_PER_MINUTE = 10  # of one address under one name; a person mistypes less often
GUESSES_PER_MINUTE = 30  # of one address under all names
FEEDBACK_PER_MINUTE = 60  # of one address without a token or key
REPORTS_PER_MINUTE = 10  # of one visitor
VISITORS_OF_AN_ADDRESS = 4  # so many times what one visitor may send: families, offices, the pages


MINUTES_OF_A_DAY = 1440
ADDRESS_KEEPS = 20  # so many times what is kept of one visitor: those of the pages share an address


class Door:
    """The gate with its limits."""

    def __init__(self, gate: Gate, rate_limit: RateLimit, *, day_bytes: int = 0) -> None:
        per_minute = rate_limit.per_minute
        self.gate = gate
        self.rate_limit = rate_limit
        self.address_limit = RateLimit(per_minute=per_minute * VISITORS_OF_AN_ADDRESS)
        self.feedback_limit = RateLimit(per_minute=min(per_minute, FEEDBACK_PER_MINUTE), burst=30)
        self.report_limit = RateLimit(per_minute=REPORTS_PER_MINUTE, burst=REPORTS_PER_MINUTE)
        self.sign_in_limit = RateLimit(per_minute=SIGN_INS_PER_MINUTE, burst=SIGN_INS_PER_MINUTE)
        self.guess_limit = RateLimit(per_minute=GUESSES_PER_MINUTE, burst=GUESSES_PER_MINUTE)

        self._visitor_bytes = _a_day(day_bytes)
        self._address_bytes = _a_day(day_bytes * ADDRESS_KEEPS)

    def has_room_for(self, byte_count: int, *, visitor: str, address: str) -> bool:
        """Whether a photo is within what is kept of one visitor and of one address a day."""
        return self._visitor_bytes.fits(visitor, byte_count) and self._address_bytes.fits(address, byte_count)

    def take_sign_in(self, name: str, address: str) -> None:
        """Count a try to sign in: by address alone, so that nobody is kept out by others' guesses."""
        self.guess_limit.take(address)
        self.sign_in_limit.take(f"{address} {name}")


def _a_day(byte_count: int) -> RateLimit:
    return RateLimit(per_minute=byte_count / MINUTES_OF_A_DAY, burst=byte_count)

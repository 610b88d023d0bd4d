"""How many files and connections a process may hold open at once."""

from __future__ import annotations

import resource
from contextlib import suppress


def allow_open_files(wanted: int) -> int:
    """Ask the system for so many, at most what it gives to anybody; answers how many there are."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(usual, allowed), most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]

"""Networks of addresses: who is inside, and which proxies in front are believed."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from time import monotonic

from tyreloop.domain.errors import NotConfigured


@dataclass(frozen=True, slots=True)
class Networks:
    """Addresses that count as one place."""

    members: tuple[IPv4Network | IPv6Network, ...]

    def __contains__(self, address: str | None) -> bool:
        try:
            found = ip_address(address or "")
        except ValueError:
            return False
        return any(found in network for network in self.members)


def networks_in(text: str) -> Networks:
    """`127.0.0.0/8, ::1` as networks."""
    try:
        return Networks(tuple(ip_network(one.strip()) for one in text.split(",") if one.strip()))
    except ValueError as error:
        raise NotConfigured(f"{text} is no list of networks like 127.0.0.0/8,::1.") from error


NAME_HOLDS_SECONDS = 10.0  # a proxy that is made anew has another address


class Proxies:
    """Those whose word counts for where a caller is: names, addresses and networks, with commas between."""

    def __init__(self, trusted: str) -> None:
        given = [one.strip() for one in trusted.split(",") if one.strip()]
        self._names = [one for one in given if not _is_network(one)]
        self._networks = networks_in(",".join(one for one in given if _is_network(one)))
        self._addresses: frozenset[str] = frozenset()
        self._until = 0.0

    def __contains__(self, address: str) -> bool:
        if address in self._networks:
            return True
        if self._names and monotonic() > self._until:
            self._addresses = frozenset(found for name in self._names for found in _addresses_of(name))
            self._until = monotonic() + NAME_HOLDS_SECONDS
        return address in self._addresses


def _is_network(text: str) -> bool:
    try:
        return bool(networks_in(text))
    except NotConfigured:
        return False


def _addresses_of(name: str) -> Iterable[str]:
    with suppress(OSError):  # not there now: then nobody speaks in its name
        yield from (str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))

"""Networks of addresses: who is inside."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

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

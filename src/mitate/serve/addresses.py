"""By which names and addresses this machine is reached on its own network."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

__all__ = ["Addresses", "own_addresses"]

# Of RFC 5737 and 3849: nothing is sent, only a route is asked for.
_ANYWHERE = {4: "192.0.2.1", 6: "2001:db8::1"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where this machine is found.

    Attributes:
        name: of the machine.
        ips: of its network cards that lead elsewhere; without loopback.
    """

    name: str
    ips: tuple[str, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """All names and addresses, the most useful for a phone first."""
        return (*self.ips, f"{self.name}.local", self.name, "localhost", "127.0.0.1", "::1")


def own_addresses() -> Addresses:
    """The names and addresses of this machine now; nothing is sent."""
    name = socket.gethostname().split(".")[0].lower() or "localhost"
    return Addresses(name, tuple(ip for kind in (4, 6) if (ip := _leading_out(kind))))


def _leading_out(version: int) -> str:
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((_ANYWHERE[version], 9))
            ip = str(asked.getsockname()[0])
    except OSError:  # no such network here
        return ""
    return "" if ipaddress.ip_address(ip).is_loopback else ip

"""Where a request may go: to a host on the list, and not to the machine or network it comes from.

A name on the list must lead to public addresses. One that is not public has to be on the list
itself, as an address: whoever writes it there means it.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from savoirfaire.errors import EffectError
from savoirfaire.tools.effects.adapters import FinalEffectError

Lookup = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Place:
    """Where to: `url` with the address in it, `host` as the other side knows itself."""

    url: str
    host: str
    name: str


def address_of(target: str, hosts: Collection[str], lookup: Lookup) -> Place:
    """The place that a target means. Raises FinalEffectError where nothing may go there."""
    try:
        parts = urlsplit(target)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise _refused(target) from error
    name = (parts.hostname or "").lower()
    if not port or not name or parts.username is not None or parts.fragment:
        raise _refused(target)
    if name not in hosts and f"{name}:{port}" not in hosts:
        raise FinalEffectError("{host} is not among the hosts that webhooks may go to", host=name)
    address = _checked(name, port, lookup)
    shown = f"[{address}]" if ":" in address else address
    url = urlunsplit((parts.scheme, f"{shown}:{port}", parts.path or "/", parts.query, ""))
    host = name if port == _PORTS[parts.scheme] else f"{name}:{port}"
    return Place(url, host, name)


def resolve(name: str, port: int) -> Sequence[str]:
    """The addresses that a name has now."""
    return [str(each[4][0]) for each in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address is one of the whole net's; what cannot be read is not."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def _checked(name: str, port: int, lookup: Lookup) -> str:
    try:
        return str(ipaddress.ip_address(name))  # it is on the list as such
    except ValueError:
        pass
    try:
        found = list(lookup(name, port))
    except (OSError, UnicodeError) as error:
        raise EffectError("{host} cannot be found", host=name) from error
    if not found:
        raise EffectError("{host} cannot be found", host=name)
    if not all(map(is_public, found)):
        raise FinalEffectError("{host} leads into a network of our own", host=name)
    return found[0]


def _refused(target: str) -> FinalEffectError:
    return FinalEffectError("{target} is not an address that can be sent to", target=repr(target))

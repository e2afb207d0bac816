"""Which addresses may be asked: an endpoint's name can lead anywhere, also to what only this machine sees.

A name is looked up by the machine that asks, so a public name may be one of this machine's, of its network,
or of a cloud's metadata service, which hands out keys (server-side request forgery). Addresses of use are
public ones and, where a person said so, those of this machine and its network.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Metadata services that are not on link-local addresses (Alibaba, AWS over IPv6, Oracle).
METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254", "192.0.0.192")))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_CARRIER = ipaddress.ip_network("100.64.0.0/10")


def refused(address: str, near: bool) -> str:
    """Return why an address is not asked, "" where it is.

    Args:
        address: as a socket names its peer.
        near: whether this machine and its network may be asked.
    """
    found = _parsed(address)
    if found is None:
        return "its address cannot be read"
    if _never(found):
        return "it is a link-local, metadata or reserved address, which no model has"
    if not near and _near(found):
        return "it is in this machine's own network, and nobody allowed that (--near)"
    return "" if near or found.is_global else "it is no public address"


def refused_literal(host: str) -> str:
    """Return why a host is never asked, as far as its name alone says it; "" for any other."""
    found = _literal(host)
    return refused(str(found), near=True) if found is not None else ""


def is_near(host: str) -> bool:
    """Return whether a host is of this machine or its network by its name alone, as an address says it."""
    found = _literal(host)
    return host.casefold() == "localhost" or (found is not None and _near(found))


def _literal(host: str) -> Address | None:
    """Return the address that a host is written as; also 2130706433 and 0x7f.1, which look-ups understand."""
    if (found := _parsed(host)) is not None:
        return found
    if not set(host.casefold()) <= set("0123456789abcdefx."):
        return None
    try:
        import socket

        return ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _parsed(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return _inside(found)
    return found


def _inside(address: ipaddress.IPv6Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, or itself."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or address


def _never(address: Address) -> bool:
    return (
        address in METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
    )


def _near(address: Address) -> bool:
    return address.is_loopback or address.is_private or (address.version == 4 and address in _CARRIER)

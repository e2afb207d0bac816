"""No address makes this machine ask what only it can see, unless a person said so."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from sentiment_core.classifiers.remote import addresses, consent
from sentiment_core.classifiers.remote.classifier import opened
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.classifiers.remote.usage import Counter
from sentiment_core.errors import ModelError, RemoteError

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))
from endpoint_server import serving  # noqa: E402

NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
]
NEAR = ["127.0.0.1", "127.8.8.8", "::1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd12::1"]
NEAR += ["::ffff:127.0.0.1", "64:ff9b::7f00:1"]


@pytest.mark.parametrize("address", NEVER)
def test_link_local_metadata_and_reserved_addresses_are_never_asked(address):
    assert addresses.refused(address, near=True) and addresses.refused(address, near=False)


@pytest.mark.parametrize("address", NEAR)
def test_this_machine_and_its_network_are_asked_only_where_that_is_allowed(address):
    assert addresses.refused(address, near=False)
    assert addresses.refused(address, near=True) == ""


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "8.8.8.8"])
def test_public_addresses_are_asked(address):
    assert addresses.refused(address, near=False) == ""


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "2852039166", "0xa9fea9fe", "0xa9.254.43518", "0", "[fe80::1]"]
)
def test_an_address_that_is_never_asked_is_refused_however_it_is_written(host):
    with pytest.raises(ModelError, match="is not asked|not valid"):
        Endpoint.of({"url": f"http://{host}/latest/meta-data"})


def test_a_name_that_leads_to_this_machine_is_not_asked(monkeypatch):
    """As by DNS rebinding: what counts is where the connection leads, not what the name said before."""
    found = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **how: found("127.0.0.1", *more, **how))
    with serving() as inside:
        port = inside.url.rpartition(":")[2]
        endpoint = Endpoint.of({"url": f"http://models.example.org:{port}", "negative": "a", "positive": "b"})
        classifier = opened(endpoint, "far", near=consent.says_near(endpoint), counter=Counter())
        with pytest.raises(RemoteError, match="models.example.org is not asked: .*nobody allowed that"):
            classifier.predict_proba(["x"])
        assert inside.requests == 0


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    with serving() as proxy, serving() as served:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        endpoint = Endpoint.of({"url": served.url, "negative": "NEGATIVE", "positive": "POSITIVE"})
        opened(endpoint, "far", near=True, counter=Counter()).predict_proba(["x"])
        assert (proxy.requests, served.requests) == (0, 1)

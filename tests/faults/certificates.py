"""Certificates of every kind, made when they are needed."""

from __future__ import annotations

import datetime
import ssl
from functools import cache

import trustme

GONE_BY = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)


@cache
def authority() -> trustme.CA:
    """The one that our clients trust."""
    return trustme.CA()


def trusting() -> ssl.SSLContext:
    """A client's context that trusts our authority and nobody else."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def good() -> ssl.SSLContext:
    """A server with a certificate for 127.0.0.1 that our clients trust."""
    return server_context(authority().issue_cert("127.0.0.1", "localhost", "provider.test"))


def self_made() -> ssl.SSLContext:
    """A server whose certificate comes from an authority that nobody trusts."""
    return server_context(trustme.CA().issue_cert("127.0.0.1"))


def wrong_host() -> ssl.SSLContext:
    """A server whose certificate is for somebody else."""
    return server_context(authority().issue_cert("other.example"))


def expired() -> ssl.SSLContext:
    """A server whose certificate is years old."""
    made = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    return server_context(authority().issue_cert("127.0.0.1", not_before=made, not_after=GONE_BY))

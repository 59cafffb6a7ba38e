"""Why a TLS handshake failed, in words fit for logs.

The words are OpenSSL's own names of errors, and ours; never anything of a certificate or a key.
"""

from __future__ import annotations

from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from twisted.internet.error import ConnectionAborted, ConnectionClosed
from twisted.python.failure import Failure

NAMELESS = "the certificate is for no name that can be checked"


def reason_of(failure: Failure) -> str:
    """What C{connectionLost} of an unfinished handshake was given, as words."""
    error = failure.value
    if isinstance(error, VerificationError):
        return "the certificate is for another name"
    if isinstance(error, CertificateError):
        return NAMELESS
    if isinstance(error, SSL.Error):
        stack = error.args[0] if error.args else ()
        reasons = [entry[-1] for entry in stack if entry] if isinstance(stack, list | tuple) else []
        return "; ".join(reasons) or "broken"
    if isinstance(error, ConnectionAborted):
        return "given up in the handshake"
    if isinstance(error, ConnectionClosed):
        return "closed in the handshake"
    return type(error).__name__

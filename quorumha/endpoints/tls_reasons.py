"""Why a TLS handshake failed, in OpenSSL's own names of errors, and ours; never anything of a certificate."""

from __future__ import annotations

from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from twisted.internet.error import ConnectionAborted, ConnectionClosed
from twisted.python.failure import Failure

NAMELESS = "the certificate is for no name that can be checked"

#: OpenSSL's words for what a client did, and ours; others are told as they are.
_OF_CLIENTS = {
    "peer did not return a certificate": "it showed no certificate",
    "http request": "it spoke plain HTTP",
    "wrong version number": "it did not speak TLS",
}
#: By the number that OpenSSL has for what is wrong with a certificate (x509_vfy.h).
_OF_CERTIFICATES = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    **dict.fromkeys(range(18, 22), "its certificate is of an unknown authority"),
    23: "its certificate is revoked",
}


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


def reason_of_certificate(number: int) -> str:
    """What is wrong with a client's certificate, by OpenSSL's number."""
    return _OF_CERTIFICATES.get(number, f"its certificate is not good (error {number} of OpenSSL)")


def reason_of_client(failure: Failure, refusal: str) -> str | None:
    """Why a client failed its handshake; None: it left, or was given up.

    @param refusal: what is wrong with its certificate, as far as that was looked at.
    """
    if isinstance(failure.value, ConnectionAborted | ConnectionClosed):
        return None
    reason = reason_of(failure)
    return refusal or _OF_CLIENTS.get(reason, f"TLS failed: {reason}")

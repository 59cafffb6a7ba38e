"""Reasons in words, and never more than words."""

from __future__ import annotations

from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.tlsreasons import reason_of


class ReasonTests(SynchronousTestCase):
    def test_words(self) -> None:
        for error, words in [
            (SSL.Error([("SSL routines", "", "certificate verify failed")]), "certificate verify failed"),
            (SSL.Error([("a", "", "one"), ("b", "", "two")]), "one; two"),
            (SSL.Error(), "broken"),
            (SSL.SysCallError(-1, "Unexpected EOF"), "broken"),
            (ConnectionLost(), "closed in the handshake"),
            (ConnectionDone(), "closed in the handshake"),
            (ConnectionAborted(), "given up in the handshake"),
            (VerificationError(["a secret"]), "the certificate is for another name"),
            (CertificateError("a secret"), "the certificate is for no name that can be checked"),
            (ValueError("a secret"), "ValueError"),
        ]:
            self.assertEqual(reason_of(Failure(error)), words)

"""Reasons in words, and never more than words."""

from __future__ import annotations

from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.tls_reasons import reason_of, reason_of_certificate, reason_of_client


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

    def test_of_clients(self) -> None:
        """What they did; and nothing where they left."""
        for error, words in [
            (
                SSL.Error([("SSL routines", "", "peer did not return a certificate")]),
                "it showed no certificate",
            ),
            (SSL.Error([("SSL routines", "", "no shared cipher")]), "TLS failed: no shared cipher"),
            (ConnectionDone(), None),
            (ConnectionAborted(), None),
        ]:
            self.assertEqual(reason_of_client(Failure(error), ""), words)
        failed = Failure(SSL.Error([("SSL routines", "", "certificate verify failed")]))
        self.assertEqual(reason_of_client(failed, reason_of_certificate(10)), "its certificate has expired")
        self.assertIn("error 99 of OpenSSL", reason_of_certificate(99))

"""What the log says when files of TLS change."""

from __future__ import annotations

import json

from twisted.logger import LogLevel, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import log_lines
from quorumha.endpoints.certificate_facts import CertificateRefused, CertificateTaken


class LinesTests(SynchronousTestCase):
    def said(self, fact: object, event: str, level: object) -> str:
        line = log_lines().line_of(fact)
        assert line is not None
        self.assertEqual((line.event, line.level), (event, level))
        keys = line.keys(fact)
        json.dumps(keys)
        return formatEvent({**keys, "log_format": line.text})

    def test_taken(self) -> None:
        said = self.said(
            CertificateTaken(("a.pem", "a.key"), 1_800_000_000.0), "certificate-taken", LogLevel.info
        )
        self.assertEqual(
            said,
            "a.pem and a.key changed: new TLS connections use what is there now; it holds until 2027-01-15",
        )

    def test_refused(self) -> None:
        fact = CertificateRefused(("a.pem", "a.key"), "a.key is not the private key of a.pem")
        said = self.said(fact, "certificate-refused", LogLevel.warn)
        self.assertTrue(said.endswith("get what was there before: a.key is not the private key of a.pem"))

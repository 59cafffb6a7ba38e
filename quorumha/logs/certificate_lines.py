"""What the log says of the files of TLS."""

from __future__ import annotations

from time import gmtime, strftime

from twisted.logger import LogLevel

from quorumha.endpoints.certificate_facts import CertificateRefused, CertificateTaken
from quorumha.logs.log_lines import Line, LogLines


def _taken(fact: CertificateTaken) -> dict[str, object]:
    files = list(fact.files)
    until = strftime("%Y-%m-%d", gmtime(fact.not_after))
    return {"files": files, "said": f"{' and '.join(files)} changed", "until": until}


def _refused(fact: CertificateRefused) -> dict[str, object]:
    return {"files": list(fact.files)}


#: Of the facts of L{quorumha.endpoints.certificate_facts}.
LINES = LogLines(
    {
        (CertificateTaken, None): Line(
            "certificate-taken",
            "{said}: new TLS connections use what is there now; it holds until {until}",
            level=LogLevel.info,
            more=_taken,
        ),
        (CertificateRefused, None): Line(
            "certificate-refused",
            "files of TLS cannot be used as they are, and new connections get what was there before: {cause}",
            more=_refused,
        ),
    }
)

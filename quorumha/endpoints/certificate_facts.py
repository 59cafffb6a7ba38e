"""Facts about the files of TLS: as those of L{quorumha.events}."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen


@frozen
class CertificateTaken:
    """Certificates, keys or authorities changed on disk: new connections get what is new.

    @ivar files: those that changed.
    @ivar not_after: until when what they belong to holds, in seconds since the epoch.
    """

    files: Sequence[str]
    not_after: float


@frozen
class CertificateRefused:
    """Likewise, but they cannot be used: new connections get what was there before.

    @ivar files: all that belong together.
    """

    files: Sequence[str]
    cause: str

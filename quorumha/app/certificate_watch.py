"""L{CertificateWatch}: the files of C{tls} tables are looked at every so often, and whenever somebody wants.

Looking takes a call to the system for each file, and reading what changed takes milliseconds: neither is done
in the reactor's thread.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from quorumha.config.certificate_days import tls_tables
from quorumha.config.model import Config
from quorumha.endpoints.certificates import Certificates

log = Logger()


class CertificateWatch:
    """Looks at files while the process runs."""

    def __init__(self, clock: Any, certificates: Certificates) -> None:
        self._clock = clock
        self._certificates = certificates
        self._every = 0.0
        self._next: IDelayedCall | None = None

    def follow(self, config: Config) -> None:
        """Look at the files of this configuration from now on, as often as it says."""
        self.keep(config)
        self.stop()
        self._every = config.tls_poll
        self._wait()

    def keep(self, config: Config) -> None:
        """Forget the files of any other configuration."""
        self._certificates.keep(tls_tables(config))

    def stop(self) -> None:
        """Look no more by itself."""
        self._every = 0.0
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _wait(self) -> None:
        if self._every and self._next is None and self._certificates.has_files:
            self._next = self._clock.callLater(self._every, self._look)

    def _look(self) -> None:
        self._next = None
        looking = self._certificates.look()
        looking.addErrback(partial(log.failure, "certificates could not be looked at"))
        looking.addCallback(lambda _: self._wait())

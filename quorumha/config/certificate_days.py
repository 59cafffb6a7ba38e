"""For how long the certificates hold that a configuration names, for C{quorumha check}."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import gmtime, strftime

from cryptography.x509 import Certificate, load_pem_x509_certificates

from quorumha.config.files import read_regular
from quorumha.config.model import ClientTLS, Config, ServerTLS
from quorumha.config.spelling import show

#: Fewer days are a warning.
FEW_DAYS = 14
_DAY = 86400


def tls_tables(config: Config) -> Iterator[ServerTLS | ClientTLS]:
    """The tables that name files: listeners', the admin's, pools'."""
    admin = () if config.admin is None else (config.admin,)
    for one in (*config.listeners.values(), *admin):
        if one.tls is not None:
            yield one.tls
    for pool in config.pools.values():
        if pool.tls is not None:
            yield pool.tls


def authorities_of(tls: ServerTLS | ClientTLS) -> str | None:
    """The file of those who are trusted; None: none is named."""
    return tls.client_ca if isinstance(tls, ServerTLS) else tls.ca


def end_of(certificates: Sequence[Certificate], *, authorities: bool) -> float:
    """Until when the certificates of one file hold, in seconds since the epoch.

    That is the first one's, which is shown; of authorities one is enough, so it is that of the last to end.
    """
    ends = [one.not_valid_after_utc.timestamp() for one in certificates]
    return max(ends) if authorities else ends[0]


def days_left(config: Config, now: float) -> tuple[list[str], list[str]]:
    """A sentence for each file: those that are a warning, and the others.

    @param now: in seconds since the epoch.
    """
    warnings: list[str] = []
    notes: list[str] = []
    files: dict[str, bool] = {}
    for tls in tls_tables(config):
        for name, authorities in ((tls.cert, False), (authorities_of(tls), True)):
            if name is not None:
                files.setdefault(name, authorities)
    for name, authorities in files.items():
        try:
            end = end_of(load_pem_x509_certificates(read_regular(name)), authorities=authorities)
        except ValueError as error:
            # It was there when it was checked.
            warnings.append(f"{show(name, 4096)} cannot be read any more: {error}")
            continue
        days = int((end - now) // _DAY)
        what = "the last of the authorities" if authorities else "the certificate"
        date = strftime("%Y-%m-%d", gmtime(end))
        said = f"holds for {days} more day{'' if days == 1 else 's'}, until {date}"
        if end <= now:
            said = f"ended on {date}"
        (warnings if days < FEW_DAYS else notes).append(f"{what} in {name} {said}")
    return warnings, notes

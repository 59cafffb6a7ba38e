"""L{TableFiles}: what the files of a C{tls} table hold, read and checked.  No key is ever shown."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from hashlib import sha256

from attrs import frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates
from OpenSSL.crypto import X509, PKey

from quorumha.config.certificate_days import authorities_of, end_of
from quorumha.config.files import read_regular
from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.errors import ConfigError

#: A table that names files.
TLSTable = ServerTLS | ClientTLS


@frozen(eq=False, repr=False)
class TableFiles:
    """What the files of one table hold.

    @ivar digests: by file, of its bytes: what is equal did not change.
    @ivar ends: by file with certificates, until when they hold, in seconds since the epoch.
    @ivar chain: the certificate to show, and those after it; empty: none is shown.
    @ivar key: that of the certificate.
    @ivar authorities: who is trusted; None: as it is where no file is named.
    """

    digests: Mapping[str, bytes]
    ends: Mapping[str, float]
    chain: list[X509]
    key: PKey | None
    authorities: list[X509] | None


def files_of(tls: TLSTable) -> list[str]:
    """The files that a table names."""
    return [name for name in (tls.cert, tls.key, authorities_of(tls)) if name is not None]


def stamp_of(path: str) -> Hashable:
    """What changes when a file does: where symbolic links lead now, and when that was written."""
    real = os.path.realpath(path)
    try:
        found = os.stat(real)
    except (OSError, ValueError) as error:
        return real, str(error)
    return real, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def stamps_of(tls: TLSTable) -> Mapping[str, Hashable]:
    """The stamps of a table's files, by file."""
    return {name: stamp_of(name) for name in files_of(tls)}


def read_files(tls: TLSTable) -> TableFiles:
    """Read the files of a table.

    @raise ConfigError: one cannot be used, or they do not belong together.
    """
    if (tls.cert is None) != (tls.key is None):
        raise ConfigError(["TLS: `cert` and `key` belong together"])
    data: dict[str, bytes] = {}
    ends: dict[str, float] = {}
    chain: list[Certificate] = []
    key: PrivateKeyTypes | None = None
    authorities: list[Certificate] | None = None
    if tls.cert is not None and tls.key is not None:
        chain = _certificates(tls.cert, data)
        ends[tls.cert] = end_of(chain, authorities=False)
        key = _key(tls.key, data)
        if key.public_key() != chain[0].public_key():
            raise ConfigError([f"{tls.key} is not the private key of {tls.cert}"])
    trusted = authorities_of(tls)
    if trusted is not None:
        authorities = _certificates(trusted, data)
        ends[trusted] = end_of(authorities, authorities=True)
    return TableFiles(
        {name: sha256(read).digest() for name, read in data.items()},
        ends,
        [X509.from_cryptography(one) for one in chain],
        None if key is None else PKey.from_cryptography_key(key),  # type: ignore[arg-type]
        None if authorities is None else [X509.from_cryptography(one) for one in authorities],
    )


def _read(path: str, data: dict[str, bytes]) -> bytes:
    try:
        data[path] = read_regular(path)
    except ValueError as error:
        raise ConfigError([f"{path} cannot be read: {error}"]) from error
    return data[path]


def _certificates(path: str, data: dict[str, bytes]) -> list[Certificate]:
    read = _read(path, data)
    try:
        return load_pem_x509_certificates(read)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError([f"{path} holds no PEM certificate that can be read"]) from error


def _key(path: str, data: dict[str, bytes]) -> PrivateKeyTypes:
    read = _read(path, data)
    try:
        return load_pem_private_key(read, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # What the library says of a key stays with the library.
        raise ConfigError([f"{path} holds no PEM private key without a passphrase"]) from error

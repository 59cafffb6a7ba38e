"""Whether the files of a C{tls} table can be used: read, whole, and fitting.

What is in a private key is never shown.
"""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from quorumha.config.files import read_regular
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show


def check_tls_files(
    ca: str | None,
    cert: str | None,
    key: str | None,
    path: KeyPath,
    problems: Problems,
    *,
    ca_key: str = "ca",
) -> None:
    """Look at the files that one C{tls} table names.

    @param path: the table's key path.
    @param ca_key: what the table calls C{ca}.
    """
    if ca is not None:
        _certificate(ca, (*path, ca_key), problems)
    if (cert is None) != (key is None):
        there, lacking = ("cert", "key") if key is None else ("key", "cert")
        problems.add((*path, there), f"`{there}` needs `{lacking}` beside it")
    public = None if cert is None else _certificate(cert, (*path, "cert"), problems)
    private = None if key is None else _private_key(key, (*path, "key"), problems)
    if public is not None and private is not None and public != private:
        problems.add((*path, "key"), f"{_shown(key)} is not the private key of {_shown(cert)}")


def _shown(name: str | None) -> str:
    # Whole: a name that is cut names another file.
    return show(name, 4096)


def _bytes(name: str, path: KeyPath, problems: Problems) -> bytes | None:
    try:
        return read_regular(name)
    except ValueError as error:
        problems.add(path, f"{_shown(name)} cannot be read: {error}")
        return None


def _certificate(name: str, path: KeyPath, problems: Problems) -> PublicKeyTypes | None:
    data = _bytes(name, path, problems)
    if data is None:
        return None
    try:
        return load_pem_x509_certificates(data)[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        problems.add(path, f"{_shown(name)} holds no PEM certificate that can be read")
        return None


def _private_key(name: str, path: KeyPath, problems: Problems) -> PublicKeyTypes | None:
    data = _bytes(name, path, problems)
    if data is None:
        return None
    try:
        return load_pem_private_key(data, None).public_key()
    except TypeError:
        problems.add(
            path,
            f"{_shown(name)} is protected by a passphrase; write it without one, readable by its owner alone",
        )
    except (ValueError, UnsupportedAlgorithm):
        problems.add(path, f"{_shown(name)} holds no PEM private key that can be read")
    return None

"""Whether the files of a C{tls} table can be used.  What is in a private key is never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from attrs import NOTHING
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from quorumha.config.files import read_regular
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import file_fields, missing, read_fields, table

T = TypeVar("T")


def read_tls(model: type[T], value: object, path: KeyPath, problems: Problems) -> T | None:
    """Read a C{tls} table, and look at the files that it names."""
    written = table(value, path, problems, model)
    if written is None:
        return None
    found = read_fields(model, written, path, problems)
    needed = [name for name, attribute in file_fields(model).items() if attribute.default is NOTHING]
    if not written.keys() & set(needed):
        missing(needed, written, path, problems)
    for ca in found.keys() & {"ca", "client_ca"}:
        _public_key(found[ca], (*path, ca), problems, "certificate", _of_certificate)
    cert, key = found.get("cert"), found.get("key")
    if (cert is None) != (key is None):
        there, lacking = ("cert", "key") if key is None else ("key", "cert")
        problems.add((*path, there), f"`{there}` needs `{lacking}` beside it")
    public = private = None
    if cert is not None:
        public = _public_key(cert, (*path, "cert"), problems, "certificate", _of_certificate)
    if key is not None:
        private = _public_key(key, (*path, "key"), problems, "private key", _of_key)
    if public is not None and private is not None and public != private:
        problems.add((*path, "key"), f"{_shown(key)} is not the private key of {_shown(cert)}")
    return model(**{**dict.fromkeys(needed, ""), **found})


def _shown(name: str | None) -> str:
    # Whole: a name that is cut names another file.
    return show(name, 4096)


def _public_key(
    name: str, path: KeyPath, problems: Problems, what: str, load: Callable[[bytes], PublicKeyTypes]
) -> PublicKeyTypes | None:
    """The public key of what is in a file."""
    try:
        data = read_regular(name)
    except ValueError as error:
        problems.add(path, f"{_shown(name)} cannot be read: {error}")
        return None
    try:
        return load(data)
    except TypeError:
        problems.add(
            path,
            f"{_shown(name)} is protected by a passphrase; write it without one, readable by its owner alone",
        )
    except (ValueError, UnsupportedAlgorithm):
        problems.add(path, f"{_shown(name)} holds no PEM {what} that can be read")
    return None


def _of_certificate(data: bytes) -> PublicKeyTypes:
    return load_pem_x509_certificates(data)[0].public_key()


def _of_key(data: bytes) -> PublicKeyTypes:
    return load_pem_private_key(data, None).public_key()

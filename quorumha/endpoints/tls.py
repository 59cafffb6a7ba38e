"""TLS for listeners and towards upstreams: the files, and what Twisted makes of them.  TLS 1.2 at least."""

from __future__ import annotations

from typing import Any
from weakref import ref

from attrs import frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from OpenSSL.crypto import X509, PKey
from OpenSSL.SSL import (
    NO_OVERLAPPING_PROTOCOLS,
    VERIFY_CLIENT_ONCE,
    VERIFY_FAIL_IF_NO_PEER_CERT,
    VERIFY_PEER,
    Connection,
)
from OpenSSL.SSL import Error as OpenSSLError
from service_identity.hazmat import DNS_ID, IPAddress_ID, ServiceID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.error import VerifyError
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    KeyPair,
    PrivateCertificate,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.config.files import read_regular
from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.tls_reasons import reason_of_certificate
from quorumha.errors import ConfigError


def server_options(tls: ServerTLS) -> CertificateOptions:
    """The policy of a listener.

    @raise ConfigError: a file cannot be used.
    """
    chain = _certificates(tls.cert)
    try:
        options = CertificateOptions(
            privateKey=_key(tls.key),
            certificate=chain[0],
            extraCertChain=chain[1:],
            trustRoot=None if tls.client_ca is None else _trust(tls.client_ca),
            raiseMinimumTo=TLSVersion.TLSv1_2,
        )
        # Made now, so that a key that does not fit is a failed start and not a failed connection.
        context = options.getContext()
        context.set_alpn_select_callback(_choose)
        if tls.client_ca is not None:
            context.set_verify(VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT | VERIFY_CLIENT_ONCE, _note_fault)
    except OpenSSLError as error:
        raise ConfigError([f"{tls.key} is not the private key of {tls.cert}"]) from error
    return options


def _note_fault(connection: Connection, _: X509, number: int, __: int, ok: int) -> bool:
    """Let who waits for the handshake know what is wrong with the client's certificate."""
    if not ok:
        waiting: Any = getattr(connection.get_app_data(), "wrappedProtocol", None)
        if hasattr(waiting, "refusal"):
            waiting.refusal = reason_of_certificate(number)
    return bool(ok)


def _choose(_: Connection, offered: list[bytes]) -> Any:
    """HTTP/1.1 where a client offers it (ALPN, RFC 7301), else nothing, and the client decides."""
    return b"http/1.1" if b"http/1.1" in offered else NO_OVERLAPPING_PROTOCOLS


def client_creator(tls: ClientTLS, host: str | None = None) -> IOpenSSLClientConnectionCreator:
    """The policy towards an upstream: name and authority are always checked.

    @param host: the name to check where C{tls} names none; sent along (SNI) unless it is an IP address.
    @raise ConfigError: a file cannot be used, or there is no name to check.
    """
    name = tls.name or host
    if not name:
        raise ConfigError(
            ["TLS towards this upstream needs a name to check its certificate against: set `name`"]
        )
    if (tls.cert is None) != (tls.key is None):
        raise ConfigError(["TLS: `cert` and `key` belong together"])
    certificate = None
    extra: dict[str, object] = {"raiseMinimumTo": TLSVersion.TLSv1_2}
    if tls.cert is not None and tls.key is not None:
        chain = _certificates(tls.cert)
        key = KeyPair(_key(tls.key))
        try:
            certificate = PrivateCertificate.fromCertificateAndKeyPair(Certificate(chain[0]), key)
        except VerifyError as error:
            raise ConfigError([f"{tls.key} is not the private key of {tls.cert}"]) from error
        extra["extraCertChain"] = chain[1:]
    trust = platformTrust() if tls.ca is None else _trust(tls.ca)
    try:
        creator = optionsForClientTLS(
            name, trustRoot=trust, clientCertificate=certificate, extraCertificateOptions=extra
        )
        is_address = isIPAddress(name) or isIPv6Address(name)
        wanted = IPAddress_ID(name) if is_address else DNS_ID(name.encode("idna").decode("ascii"))
        return _Named(creator, wanted)
    except ValueError as error:
        raise ConfigError([f"{name!r} is no name that a certificate can be for"]) from error


@frozen
@implementer(IOpenSSLClientConnectionCreator)
class _Named:
    """Lets nobody pass whose name cannot be verified.

    Twisted's own check lets a certificate pass that is for no name at all, and logs a traceback each time.
    """

    _creator: IOpenSSLClientConnectionCreator
    _name: ServiceID

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> Connection:
        """Make the TLS connection of one dial, which checks the certificate's name."""
        connection = self._creator.clientConnectionForTLS(tlsProtocol)
        # The connection must not keep alive what keeps it.
        protocol = ref(tlsProtocol)

        def verify(_: Connection, certificate: X509, __: int, depth: int, ok: int) -> bool:
            if depth or not ok:
                return bool(ok)
            try:
                verify_service_identity(extract_patterns(certificate), [self._name], [])
            except Exception:
                waiting = protocol()
                if waiting is not None:
                    waiting.failVerification(Failure())
                return False
            return True

        connection.set_verify(VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        return connection


def _trust(path: str) -> Any:
    return trustRootFromCertificates([Certificate(certificate) for certificate in _certificates(path)])


def _read(path: str) -> bytes:
    try:
        return read_regular(path)
    except ValueError as error:
        raise ConfigError([f"{path} cannot be read: {error}"]) from error


def _certificates(path: str) -> list[X509]:
    data = _read(path)
    try:
        return [X509.from_cryptography(c) for c in load_pem_x509_certificates(data)]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError([f"{path} holds no PEM certificate that can be read"]) from error


def _key(path: str) -> PKey:
    data = _read(path)
    try:
        return PKey.from_cryptography_key(load_pem_private_key(data, None))  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # What the library says of a key stays with the library.
        raise ConfigError([f"{path} holds no PEM private key without a passphrase"]) from error

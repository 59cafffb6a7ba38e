"""TLS for listeners and towards upstreams: what Twisted makes of files.  TLS 1.2 at least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import ref

from attrs import frozen
from OpenSSL.crypto import X509
from OpenSSL.SSL import (
    NO_OVERLAPPING_PROTOCOLS,
    VERIFY_CLIENT_ONCE,
    VERIFY_FAIL_IF_NO_PEER_CERT,
    VERIFY_PEER,
    Connection,
    Context,
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

from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.table_files import TableFiles, read_files
from quorumha.endpoints.tls_reasons import reason_of_certificate
from quorumha.errors import ConfigError


def server_context(tls: ServerTLS, files: TableFiles | None = None) -> Context:
    """What the connections of a listener have in common, not used yet.

    @param files: what the files hold; they are read unless given.
    @raise ConfigError: a file cannot be used.
    """
    files = read_files(tls) if files is None else files
    try:
        context: Context = CertificateOptions(
            privateKey=files.key,
            certificate=files.chain[0],
            extraCertChain=files.chain[1:],
            trustRoot=None if files.authorities is None else _trust(files.authorities),
            raiseMinimumTo=TLSVersion.TLSv1_2,
        ).getContext()
        # All of it before the first connection: a context that is used is not changed any more.
        context.set_alpn_select_callback(_choose)
        if files.authorities is not None:
            context.set_verify(VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT | VERIFY_CLIENT_ONCE, _note_fault)
    except OpenSSLError as error:
        raise ConfigError([f"{tls.cert} cannot be used: {_reason(error)}"]) from error
    return context


def _note_fault(connection: Connection, _: X509, number: int, __: int, ok: int) -> bool:
    """Let who waits for the handshake know what is wrong with the client's certificate."""
    if not ok:
        waiting: Any = getattr(connection.get_app_data(), "wrappedProtocol", None)
        if hasattr(waiting, "refusal"):
            waiting.refusal = reason_of_certificate(number)
    return bool(ok)


def _reason(error: OpenSSLError) -> str:
    """What OpenSSL says, without where in it."""
    return next((str(one[-1]) for one in (error.args[0] if error.args else ()) if one), "unknown")


def _choose(_: Connection, offered: list[bytes]) -> Any:
    """HTTP/1.1 where a client offers it (ALPN, RFC 7301), else nothing, and the client decides."""
    return b"http/1.1" if b"http/1.1" in offered else NO_OVERLAPPING_PROTOCOLS


def client_creator(
    tls: ClientTLS, host: str | None = None, files: TableFiles | None = None
) -> IOpenSSLClientConnectionCreator:
    """The policy towards an upstream: name and authority are always checked.

    @param host: the name to check where C{tls} names none; sent along (SNI) unless it is an IP address.
    @param files: what the files hold; they are read unless given.
    @raise ConfigError: a file cannot be used, or there is no name to check.
    """
    name = tls.name or host
    if not name:
        raise ConfigError(
            ["TLS towards this upstream needs a name to check its certificate against: set `name`"]
        )
    files = read_files(tls) if files is None else files
    certificate = None
    extra: dict[str, object] = {"raiseMinimumTo": TLSVersion.TLSv1_2}
    if files.key is not None:
        extra["extraCertChain"] = files.chain[1:]
        try:
            key = KeyPair(files.key)
            certificate = PrivateCertificate.fromCertificateAndKeyPair(Certificate(files.chain[0]), key)
        except (VerifyError, OpenSSLError) as error:
            raise ConfigError([f"{tls.cert} cannot be used: {error}"]) from error
    trust = platformTrust() if files.authorities is None else _trust(files.authorities)
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


def _trust(authorities: Sequence[X509]) -> Any:
    return trustRootFromCertificates([Certificate(one) for one in authorities])

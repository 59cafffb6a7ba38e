"""What this process lacks is held against no upstream: dials, requests, relays, checks, look-ups."""

from __future__ import annotations

import errno
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectBindError, ConnectionRefusedError, getConnectError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementer

from quorumha.config.model import ClientTLS
from quorumha.endpoints.named import NamedEndpoint, look_up
from quorumha.endpoints.strings import upstream_endpoint
from quorumha.errors import NoResources
from quorumha.events import Lack
from quorumha.health.http_probe import HttpProbe
from quorumha.health.probes import ConnectProbe, Probe
from quorumha.health.verdicts import Verdict as CheckVerdict
from quorumha.health.verdicts import expecting
from quorumha.http.forward.retry_policy import AttemptFacts, RequestFacts, RetryPolicy, Verdict
from quorumha.http.upstream.connection_pool import Connections
from quorumha.net.connect import SocketClientEndpoint
from quorumha.pool.balancing import PrimaryFirst
from quorumha.pool.dial_errors import NoThread, connect_failed, no_response
from quorumha.pool.passive_health import HEALTHY
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import AttemptState, ConnectFailed, LocalFailure, TimedOut
from quorumha.pool.upstream import Phase as Limit
from quorumha.relay.factory import RelayFactory
from quorumha.testing import FactRecorder, MemoryTopology
from quorumha.testing.http.plays import respond
from tests.http.server.proxied import Proxied
from tests.net.turns import Listener, Turns
from tests.pool.test_pool import member, pool_of, upstream, walk

LACKS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL)
LOCAL = LocalFailure("no file descriptors left")
GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"


@implementer(IStreamClientEndpoint)
class Lacking:
    """An endpoint that cannot even begin while C{lacks} is set."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self.endpoint = endpoint
        self.lacks = True

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        if self.lacks:
            return fail(OSError(errno.EMFILE, "Too many open files"))
        return self.endpoint.connect(protocolFactory)


def lacking(pool: UpstreamPool, *names: str) -> tuple[UpstreamPool, list[Lacking]]:
    """The same upstreams, of which some cannot be dialled for a lack of our own."""
    endpoints: list[Lacking] = []
    upstreams = []
    for one in pool.members:
        value = one.upstream
        if value.name in names:
            endpoints.append(Lacking(value.endpoint))
            value = evolve(value, endpoint=endpoints[-1])
        upstreams.append(value)
    return UpstreamPool(pool.name, upstreams, PrimaryFirst()), endpoints


@contextmanager
def no_descriptors() -> Iterator[None]:
    """No descriptor can be had."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Called:
    """As much of a reactor as a look-up needs: what it is to call."""

    def __init__(self) -> None:
        self.event = Event()

    def callFromThread(self, call: Callable[[object], object], argument: object) -> None:
        self.call = lambda: call(argument)
        self.event.set()


class OutcomeTests(SynchronousTestCase):
    """Which failures are local, and what follows."""

    def test_lacks(self) -> None:
        """As the system says them, and as Twisted's endpoints do."""
        for code in LACKS:
            for error in (OSError(code, "x"), getConnectError((code, "x")), ConnectBindError(code, "x")):
                self.assertIsInstance(connect_failed(Failure(error)), LocalFailure, repr(error))
        self.assertEqual(connect_failed(Failure(NoThread())), LocalFailure("no thread for a look-up"))

    def test_others_are_not(self) -> None:
        for code in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.EAGAIN):
            for error in (OSError(code, "x"), getConnectError((code, "x"))):
                self.assertIsInstance(connect_failed(Failure(error)), ConnectFailed, repr(error))

    def test_503(self) -> None:
        """Nobody knows what the attempt would have come to: 503, whatever the others came to."""
        for more in ([], [ConnectFailed("refused")], [TimedOut(Limit.FIRST_BYTE)]):
            error = no_response("p", [*more, LOCAL])
            self.assertIs(type(error), NoResources)
            self.assertEqual(error.status, 503)
            self.assertIn("could not be asked (no file descriptors left)", str(error))

    def test_another_member_may_have_a_kept_connection(self) -> None:
        facts = RequestFacts(b"POST"), AttemptFacts(1, AttemptState.DIALLED)
        for policy in (
            RetryPolicy(),
            RetryPolicy(statuses=frozenset()),
            RetryPolicy(statuses=frozenset(), repeat_within=0),
        ):
            self.assertIs(policy.decide(facts[0], LOCAL, facts[1]), Verdict.TRY_NEXT)


class PoolTests(SynchronousTestCase):
    """What the pool makes of it."""

    def test_no_failure_is_counted(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        one = member(pool, "a")
        facts = FactRecorder()
        pool.observers.add(facts)
        for now in range(9):
            pool.report(one, LOCAL, now)
        self.assertEqual((one.health, one.failed, walk(pool)), (HEALTHY, 0, "ab"))
        self.assertEqual(set(facts.facts), {Lack("p", "a", "could not be asked (no file descriptors left)")})

    def test_a_trial_is_made_again(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        pool.report(member(pool, "a"), ConnectFailed("refused"), 0)
        self.assertEqual(walk(pool, 11), "ab", "it is on trial")
        pool.report(member(pool, "a"), LOCAL, 11)
        self.assertEqual(walk(pool, 11), "ab", "and again")


class RequestTests(SynchronousTestCase):
    """HTTP."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")

    def ask(self, *names: str) -> int:
        self.proxied.pool, self.endpoints = lacking(self.proxied.pool, *names)
        self.proxied.connections = Connections(self.proxied.net.clock)
        self.proxied.serve(self.proxied.forwarder())
        client = self.proxied.client(GET)
        (answer,) = self.proxied.responses(client)
        return answer.status

    def test_next(self) -> None:
        self.proxied.script("b", respond(200, b"yes"))
        self.assertEqual(self.ask("a"), 200)
        self.assertTrue(all(one.health is HEALTHY for one in self.proxied.pool.members))

    def test_503(self) -> None:
        """And the node is asked first as ever once there are descriptors again."""
        self.assertEqual(self.ask("a", "b"), 503)
        self.assertTrue(all(one.health is HEALTHY and not one.failed for one in self.proxied.pool.members))
        for endpoint in self.endpoints:
            endpoint.lacks = False
        self.proxied.script("a", respond(200, b"yes"))
        client = self.proxied.client(GET)
        self.assertEqual([one.status for one in self.proxied.responses(client)], [200])


class RelayTests(SynchronousTestCase):
    """Connections."""

    def test_not_blamed(self) -> None:
        proxied = Proxied("ab")
        pool, endpoints = lacking(proxied.pool, "a", "b")
        proxied.net.listen("relay:1", RelayFactory(pool, proxied.net.clock))
        for _ in range(5):
            client = proxied.net.connect("relay:1")
            proxied.net.run()
            self.assertTrue(client.reason)
        self.assertTrue(all(one.health is HEALTHY and not one.failed for one in pool.members))
        endpoints[1].lacks = False
        client = proxied.net.connect("relay:1")
        proxied.net.run()
        self.assertIsNone(client.reason)


class CheckTests(SynchronousTestCase):
    """A check that could not be made is no verdict."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.pool, _ = lacking(Proxied("a", net=self.net).pool, "a")

    def test_connect(self) -> None:
        self.check(ConnectProbe(self.net.clock, 0.75))

    def check(self, probe: Probe) -> None:
        """It says what was lacked, and that alone."""
        verdict = self.successResultOf(probe.ask(self.pool.members[0]))
        self.assertEqual(verdict, CheckVerdict(lack="could not be asked (no file descriptors left)"))

    def test_http(self) -> None:
        probe = HttpProbe(self.net.clock, 0.75, b"/", expecting(frozenset({200})))
        self.check(probe)


class DialTests(SynchronousTestCase):
    """The dial that we make ourselves."""

    def test_no_descriptor(self) -> None:
        """With none left, of TCP and of unix sockets."""
        turns = Turns()
        for family, address in ((socket.AF_INET, ("127.0.0.1", 1)), (socket.AF_UNIX, "/nowhere")):
            endpoint = SocketClientEndpoint(turns, family, address)
            with no_descriptors():
                connecting = endpoint.connect(Factory.forProtocol(Listener))
            self.assertEqual(connect_failed(self.failureResultOf(connecting)), LOCAL)


class LookUpTests(SynchronousTestCase):
    """Names."""

    def endpoint(self, finding: Deferred[list[str]]) -> NamedEndpoint:
        return NamedEndpoint(lambda: finding, lambda address: self.fail("there is no address"))  # type: ignore[arg-type,return-value]

    def test_passed_on(self) -> None:
        """A lack is told as it is, and any other failure as a name that was not found."""
        for error, outcome in (
            (OSError(errno.EMFILE, "x"), LOCAL),
            (NoThread(), LocalFailure("no thread for a look-up")),
            (ConnectionRefusedError(), ConnectFailed("name does not resolve")),
        ):
            connecting = self.endpoint(fail(error)).connect(Factory.forProtocol(Listener))
            self.assertEqual(connect_failed(self.failureResultOf(connecting)), outcome)

    def test_no_descriptor(self) -> None:
        """The resolver only says that the name was not found."""

        def getaddrinfo(*args: object, **kwargs: object) -> list[object]:
            raise socket.gaierror(socket.EAI_AGAIN, "try again")

        thread = Called()
        with no_descriptors():
            finding = look_up(thread, "node", getaddrinfo)()
            self.assertTrue(thread.event.wait(60))
        thread.call()
        self.assertEqual(connect_failed(self.failureResultOf(finding)), LOCAL)


class TwistedsEndpointTests(TestCase):
    """The dials that Twisted makes."""

    async def test_no_descriptor(self) -> None:
        """Below TLS, and where an endpoint string says more than an address."""
        for text, tls in (
            ("tcp:127.0.0.1:1", ClientTLS()),
            ("tcp:127.0.0.1:1:timeout=3", None),
            ("tcp:host=localhost:port=1:timeout=3", None),
            ("unix:/nowhere:timeout=3", None),
        ):
            endpoint = upstream_endpoint(reactor, text, tls)
            with no_descriptors():
                connecting = endpoint.connect(Factory.forProtocol(Listener))
            failures: list[Failure] = []
            connecting.addErrback(failures.append)
            await connecting
            self.assertEqual(connect_failed(failures[0]), LOCAL, text)

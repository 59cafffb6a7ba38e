"""Tests for L{quorumha.admin.guard}."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.guard import BODY_LIMIT, Asked, Door, host_name, refusal

TOKEN = b"a-token-of-24-characters"
HOSTS = frozenset({"localhost", "[::1]"})
UNIX = Door(HOSTS, free=True, trusted=True, token=TOKEN)
LOOPBACK = Door(HOSTS, free=True, token=TOKEN)
REMOTE = Door(HOSTS, secure=True, token=TOKEN)
PROBES = Door()
GET = Asked(b"GET", b"api", b"localhost:9900")
POST = evolve(GET, method=b"POST")
BEARER = b"Bearer " + TOKEN


class GuardCase(SynchronousTestCase):
    """Tests of what is refused."""

    def status(self, asked: Asked, door: Door, *methods: bytes, there: bool = True) -> int:
        """The status of the refusal; 0: there is none."""
        found = refusal(asked, door, (methods or (b"GET", b"HEAD", b"POST")) if there else None)
        return 0 if found is None else found.status


class HostTests(GuardCase):
    """What C{Host} may say."""

    def test_rebound(self) -> None:
        """A name that was made to lead here gets nothing, whatever else it has."""
        for door in (UNIX, LOOPBACK, REMOTE):
            for host in (b"evil.example", b"localhost.evil.example", b"", None, b"127.0.0.1"):
                for method in (b"GET", b"POST", b"OPTIONS"):
                    asked = Asked(method, b"livez", host, authorization=BEARER, size=BODY_LIMIT + 1)
                    self.assertEqual(self.status(asked, door), 421, host)
                    self.assertEqual(self.status(asked, door, there=False), 421)

    def test_ours(self) -> None:
        """With any port, in any case."""
        for host in (b"localhost", b"LOCALHOST:1", b"[::1]", b"[::1]:9900"):
            self.assertEqual(self.status(evolve(GET, host=host), LOOPBACK), 0, host)

    def test_own_address(self) -> None:
        """The address that a client reached is ours, unless the operator said what is."""
        asked = evolve(GET, host=b"10.0.0.9:9900", own_host="10.0.0.9", authorization=BEARER)
        self.assertEqual(self.status(asked, evolve(REMOTE, own=True)), 0)
        self.assertEqual(self.status(asked, REMOTE), 421)
        self.assertEqual(self.status(evolve(asked, host=b"", own_host=""), evolve(REMOTE, own=True)), 421)

    def test_probes(self) -> None:
        """Kubelets say whatever address a pod has."""
        self.assertEqual(self.status(Asked(b"GET", b"readyz", b"10.1.2.3:9901"), PROBES), 0)

    def test_names(self) -> None:
        """Ports are no part of them."""
        for field, name in (
            (b"a:1", "a"),
            (b"A", "a"),
            (b"[::1]:1", "[::1]"),
            (b"[::1]", "[::1]"),
            (b"::1", "::1"),
            (b"a:", "a:"),
            (b"a:b", "a:b"),
        ):
            self.assertEqual(host_name(field), name)


class OriginTests(GuardCase):
    """Where a change may come from."""

    def test_other(self) -> None:
        """A page of another origin changes nothing, with the token, and over a unix socket, too."""
        for origin in (b"http://evil.example", b"null", b"", b"https://localhost:9900", b"http://localhost"):
            for door in (UNIX, LOOPBACK):
                asked = evolve(POST, origin=origin, authorization=BEARER)
                self.assertEqual(self.status(asked, door), 403, origin)

    def test_fetch_site(self) -> None:
        """Browsers say where a request comes from, without an C{Origin}, too."""
        for site in (b"cross-site", b"same-site", b"", b"None"):
            self.assertEqual(self.status(evolve(POST, fetch_site=site, authorization=BEARER), UNIX), 403)
        for site in (b"same-origin", b"none", None):
            self.assertEqual(self.status(evolve(POST, fetch_site=site, authorization=BEARER), UNIX), 0)

    def test_own(self) -> None:
        """The admin's page may, by the scheme that is spoken."""
        own = evolve(POST, origin=b"http://localhost:9900", authorization=BEARER)
        self.assertEqual(self.status(own, LOOPBACK), 0)
        self.assertEqual(self.status(own, REMOTE), 403)
        self.assertEqual(self.status(evolve(own, origin=b"https://localhost:9900"), REMOTE), 0)

    def test_reading(self) -> None:
        """To read, another page may ask: browsers do not give it the response."""
        self.assertEqual(self.status(evolve(GET, origin=b"http://evil.example"), LOOPBACK), 0)

    def test_preflight(self) -> None:
        """And it gets no leave to send more."""
        asked = evolve(GET, method=b"OPTIONS", origin=b"http://evil.example")
        self.assertEqual(self.status(asked, LOOPBACK), 403)


class PathTests(GuardCase):
    """What paths allow."""

    def test_methods(self) -> None:
        """Others are named those that are allowed."""
        found = refusal(evolve(POST, method=b"DELETE"), UNIX, (b"GET", b"HEAD"))
        assert found is not None
        self.assertEqual((found.status, found.allow), (405, (b"GET", b"HEAD")))
        self.assertIn("GET, HEAD", found.cause)

    def test_missing(self) -> None:
        """There is nothing."""
        self.assertEqual(self.status(GET, UNIX, there=False), 404)

    def test_bodies(self) -> None:
        """Have a bound."""
        self.assertEqual(self.status(evolve(POST, size=BODY_LIMIT), UNIX), 0)
        self.assertEqual(self.status(evolve(POST, size=BODY_LIMIT + 1), UNIX), 413)


class TokenTests(GuardCase):
    """Who may read, and who may change."""

    def test_unix(self) -> None:
        """Whoever may open the socket may do all."""
        self.assertEqual(self.status(POST, UNIX), 0)
        self.assertEqual(self.status(evolve(POST, authorization=b"Bearer wrong"), UNIX), 0)

    def test_loopback(self) -> None:
        """Reading is free, changing is not."""
        self.assertEqual(self.status(GET, LOOPBACK), 0)
        self.assertEqual(self.status(POST, LOOPBACK), 401)
        self.assertEqual(self.status(evolve(POST, authorization=BEARER), LOOPBACK), 0)

    def test_elsewhere(self) -> None:
        """Everything needs the token, probes and metrics apart."""
        self.assertEqual(self.status(GET, REMOTE), 401)
        self.assertEqual(self.status(evolve(GET, authorization=BEARER), REMOTE), 0)
        for area in (b"livez", b"readyz", b"startupz", b"writerz", b"metrics"):
            self.assertEqual(self.status(evolve(GET, area=area), REMOTE), 0)

    def test_metrics(self) -> None:
        """Where they need the token, loopback has to send it, too."""
        asked = evolve(GET, area=b"metrics")
        for door in (LOOPBACK, REMOTE):
            self.assertEqual(self.status(asked, evolve(door, metrics=False)), 401)
        self.assertEqual(self.status(asked, evolve(UNIX, metrics=False)), 0)

    def test_wrong(self) -> None:
        """A wrong token is wrong where none is needed, too; it takes time, and is none that is known."""
        for wrong in (b"Bearer " + TOKEN + b"x", TOKEN, b"Basic " + TOKEN, b"Bearer ", b"", BEARER.lower()):
            for asked in (GET, POST, evolve(GET, area=b"livez")):
                found = refusal(evolve(asked, authorization=wrong), LOOPBACK, (b"GET", b"POST"))
                assert found is not None
                self.assertEqual((found.status, found.wrong_token, found.delay), (401, True, 0.2))
                self.assertNotIn(TOKEN.decode(), found.cause)
        missing = refusal(POST, LOOPBACK, (b"POST",))
        assert missing is not None
        self.assertEqual((missing.wrong_token, missing.delay), (False, 0.2))

    def test_no_token(self) -> None:
        """Without one nothing is changed over TCP, whatever is sent."""
        door = evolve(LOOPBACK, token=None)
        for sent in (None, b"Bearer ", b"Bearer None", BEARER):
            self.assertEqual(self.status(evolve(POST, authorization=sent), door), 403)
            self.assertEqual(self.status(evolve(GET, authorization=sent), door), 0)

    @given(
        st.sampled_from([b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"get", b"CONNECT"]),
        st.sampled_from([b"livez", b"metrics", b"api", b""]),
        st.sampled_from([None, b"", b"localhost", b"evil", b"[::1]:1"]),
        st.sampled_from([None, b"null", b"http://localhost", b"http://evil"]),
        st.sampled_from([None, b"none", b"same-origin", b"cross-site"]),
        st.one_of(st.none(), st.binary(max_size=40)),
        st.sampled_from([LOOPBACK, REMOTE, evolve(LOOPBACK, token=None), evolve(REMOTE, metrics=False)]),
    )
    def test_nothing_changes_without_it(
        self,
        method: bytes,
        area: bytes,
        host: bytes | None,
        origin: bytes | None,
        site: bytes | None,
        sent: bytes | None,
        door: Door,
    ) -> None:
        """Whatever else a request over TCP has."""
        asked = Asked(method, area, host, origin, site, sent)
        self.assertIsNotNone(refusal(asked, door, (method, b"GET")))

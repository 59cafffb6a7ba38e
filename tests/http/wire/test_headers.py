"""Heads as bytes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import DownstreamError
from quorumha.http.wire.headers import (
    MADE,
    Client,
    HeaderRules,
    own_response,
    request_bytes,
    response_bytes,
    with_clients_location,
)
from quorumha.http.wire.messages import Fields, HeadLimits, RequestHead, ResponseHead
from quorumha.http.wire.parsing import parse_request_head
from quorumha.http.wire.request_id import end_of

CLIENT = Client(b"192.0.2.7", b"https")


def head_of(raw: bytes) -> RequestHead:
    return parse_request_head(raw, HeadLimits())


def lines(head: RequestHead, rules: HeaderRules, target: bytes | None = None) -> list[bytes]:
    return request_bytes(head, rules, b"up:9101", CLIENT, target).split(b"\r\n")


def made(
    *,
    method: bytes = b"GET",
    host: bytes = b"c",
    fields: Fields | None = None,
    forwarded: Fields | None = None,
    length: int | None = 0,
    upgrade: bytes = b"",
) -> RequestHead:
    """A head that no parser has seen."""
    return RequestHead(method, b"/x", 1, host, fields or [], forwarded or [], length, True, upgrade=upgrade)


class MadeOnceTests(SynchronousTestCase):
    """What goes up is made once for a head, for each host that it goes to."""

    def test_members_take_turns(self) -> None:
        """Each has its own."""
        head = made(host=b"client")
        rules = HeaderRules(host="upstream")
        first = [request_bytes(head, rules, to, CLIENT) for to in (b"a:1", b"b:1")]
        self.assertEqual(len(head.made), 2)
        self.assertEqual([request_bytes(head, rules, to, CLIENT) for to in (b"a:1", b"b:1")], first)
        self.assertIn(b"Host: b:1\r\n", first[1])

    def test_another_client_with_the_same_head(self) -> None:
        """Its address is said, not the first one's."""
        head = made()
        request_bytes(head, HeaderRules(), b"a:1", CLIENT)
        self.assertIn(b"192.0.2.9", request_bytes(head, HeaderRules(), b"a:1", Client(b"192.0.2.9")))

    def test_another_target_with_the_same_fields(self) -> None:
        """Each goes up with its own, and the first one's is made again after that."""
        head = made()
        other, rules = head.with_target(b"/y"), HeaderRules()
        for _ in range(2):
            for asked, first in ((head, b"GET /x "), (other, b"GET /y "), (head, b"GET /x ")):
                self.assertTrue(request_bytes(asked, rules, b"a:1", CLIENT).startswith(first))
            self.assertTrue(request_bytes(head, rules, b"a:1", CLIENT, b"/z").startswith(b"GET /z "))

    def test_another_id_with_the_same_head(self) -> None:
        """It ends what was made once."""
        head, rules = made(), HeaderRules()
        for name in (b"1", b"2"):
            out = request_bytes(head, rules, b"a:1", Client(head_end=end_of(name)))
            self.assertTrue(out.endswith(b"\r\nX-Request-Id: %b\r\n\r\n" % name), out)

    def test_other_rules_for_the_same_head(self) -> None:
        """They hold, as those of a listener that a reload changed."""
        head = made(forwarded=[(b"X-Forwarded-For", b"203.0.113.9")])
        replaced, kept = (request_bytes(head, HeaderRules(one), b"a:1", CLIENT) for one in ("replace", "off"))
        self.assertNotIn(b"203.0.113.9", replaced)
        self.assertIn(b"203.0.113.9", kept)

    def test_so_many_are_kept(self) -> None:
        """However many hosts there are."""
        head = made()
        for port in range(3 * MADE):
            out = request_bytes(head, HeaderRules(host="upstream"), b"a:%d" % port, CLIENT)
            self.assertIn(b"Host: a:%d\r\n" % port, out)
            self.assertLessEqual(len(head.made), MADE)


class ClientTests(SynchronousTestCase):
    """Who the client is said to be."""

    def test_an_address_or_unknown(self) -> None:
        """Whoever made an address, only an IP address becomes a field."""
        for host, address in (
            ("192.0.2.7", b"192.0.2.7"),
            ("2001:db8::1", b"2001:db8::1"),
            ("fe80::1%eth0", b"fe80::1"),
            ("::ffff:192.0.2.7", b"::ffff:192.0.2.7"),
            (None, b"unknown"),
            ("", b"unknown"),
            ("localhost", b"unknown"),
            ("1.1.1.1\nContent-Length:7", b"unknown"),
            ("1.1.1.1%\r\nX: y", b"1.1.1.1"),
            ("1.1.1.1, 2.2.2.2", b"unknown"),
            ("\uff11.1.1.1", b"unknown"),
            ("9" * 5000, b"unknown"),
            (7, b"unknown"),
        ):
            self.assertEqual(Client.at(host, secure=False), Client(address, b"http"))
        self.assertEqual(Client.at("::1", secure=True).scheme, b"https")


class RequestTests(SynchronousTestCase):
    """What goes up."""

    claimed = head_of(
        b"GET /x HTTP/1.1\r\nHost: c\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: for=x\r\nX-Real-IP: 2\r\n\r\n"
    )

    def test_replace(self) -> None:
        self.assertEqual(
            lines(self.claimed, HeaderRules()),
            [
                b"GET /x HTTP/1.1",
                b"Host: c",
                b"X-Forwarded-For: 192.0.2.7",
                b"X-Forwarded-Proto: https",
                b"",
                b"",
            ],
        )

    def test_append(self) -> None:
        got = lines(self.claimed, HeaderRules("append"))
        self.assertIn(b"X-Forwarded-For: 1.1.1.1, 192.0.2.7", got)
        self.assertNotIn(b"x-real-ip: 2", got)

    def test_off(self) -> None:
        got = lines(self.claimed, HeaderRules("off"))
        self.assertEqual(got[2:5], [b"x-forwarded-for: 1.1.1.1", b"forwarded: for=x", b"x-real-ip: 2"])

    def test_naming_the_proxys_own_fields_does_not_remove_them(self) -> None:
        head = head_of(b"GET / HTTP/1.1\r\nHost: c\r\nConnection: X-Forwarded-For, Host\r\n\r\n")
        got = lines(head, HeaderRules())
        self.assertIn(b"X-Forwarded-For: 192.0.2.7", got)
        self.assertIn(b"Host: c", got)

    def test_host(self) -> None:
        for rule, host in (("keep", b"c"), ("upstream", b"up:9101"), ("localhost", b"localhost")):
            self.assertEqual(lines(self.claimed, HeaderRules(host=rule))[1], b"Host: " + host)
        old = head_of(b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(lines(old, HeaderRules())[:2], [b"GET / HTTP/1.1", b"Host: up:9101"])

    def test_no_value_ends_a_line(self) -> None:
        """CR, LF and NUL go into no head, whatever their source."""
        head = self.claimed
        for bad in (b"\r", b"\n", b"\0", b"\r\nX: y", b"\nContent-Length: 7"):
            for make in (
                lambda v: request_bytes(head, HeaderRules(), b"up", Client(b"1.1.1.1" + v)),
                lambda v: request_bytes(head, HeaderRules("append"), b"up", Client(scheme=b"http" + v)),
                lambda v: request_bytes(head, HeaderRules(host="upstream"), b"up" + v, CLIENT),
                lambda v: request_bytes(head, HeaderRules(host="a" + v.decode()), b"up", CLIENT),
                lambda v: request_bytes(head, HeaderRules(), b"up", CLIENT, b"/x" + v),
                lambda v: request_bytes(head.with_target(b"/x" + v), HeaderRules(), b"up", CLIENT),
                lambda v: request_bytes(made(fields=[(b"A", b"b" + v)]), HeaderRules(), b"up", CLIENT),
                lambda v: request_bytes(made(fields=[(b"A" + v, b"b")]), HeaderRules(), b"up", CLIENT),
                lambda v: request_bytes(
                    made(forwarded=[(b"forwarded", v)]), HeaderRules("off"), b"up", CLIENT
                ),
                lambda v: request_bytes(made(host=b"a" + v), HeaderRules(), b"up", CLIENT),
                lambda v: request_bytes(made(method=b"GET" + v), HeaderRules(), b"up", CLIENT),
                lambda v: request_bytes(made(upgrade=b"websocket" + v), HeaderRules(), b"up", CLIENT),
            ):
                self.assertRaises(DownstreamError, make, bad)
        for rules in (HeaderRules(), HeaderRules("off"), HeaderRules("append")):
            for length in (None, 0, 7):
                for method in (b"GET", b"POST"):
                    for upgrade in (b"", b"websocket"):
                        again = made(method=method, length=length, upgrade=upgrade)
                        self.assertIn(b"\r\n\r\n", request_bytes(again, rules, b"up", CLIENT))

    def test_framing(self) -> None:
        for raw, framing in (
            (b"POST / HTTP/1.1\r\nHost: c\r\n\r\n", b"Content-Length: 0"),
            (b"GET / HTTP/1.1\r\nHost: c\r\nContent-Length: 007\r\n\r\n", b"Content-Length: 7"),
            (
                b"GET / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"Transfer-Encoding: chunked",
            ),
        ):
            self.assertIn(framing, lines(head_of(raw), HeaderRules()))
        get = head_of(b"GET / HTTP/1.1\r\nHost: c\r\n\r\n")
        self.assertNotIn(b"Content-Length", request_bytes(get, HeaderRules(), b"", CLIENT))

    def test_target(self) -> None:
        self.assertEqual(lines(self.claimed, HeaderRules(), b"/other")[0], b"GET /other HTTP/1.1")


class ResponseTests(SynchronousTestCase):
    """What comes down."""

    def test_framing(self) -> None:
        known = ResponseHead(200, b"OK", [(b"X", b"y")], 5, False, True, 5)
        open_ended = ResponseHead(200, b"OK", [], None, False, False)
        head_only = ResponseHead(200, b"OK", [], 0, False, True, 5)
        self.assertEqual(
            response_bytes(known, minor=1, keep_alive=True),
            b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\n",
        )
        self.assertIn(b"Transfer-Encoding: chunked", response_bytes(open_ended, minor=1, keep_alive=True))
        old = response_bytes(open_ended, minor=0, keep_alive=False)
        self.assertNotIn(b"Transfer-Encoding", old)
        self.assertIn(b"Connection: close", old)
        self.assertIn(b"Content-Length: 5", response_bytes(head_only, minor=1, keep_alive=True))
        self.assertIn(b"Connection: keep-alive", response_bytes(known, minor=0, keep_alive=True))

    def test_own_answer(self) -> None:
        self.assertTrue(own_response(502, "pool p", keep_alive=True).endswith(b"\r\n\r\npool p\n"))
        self.assertTrue(own_response(400, "x", keep_alive=False, with_body=False).endswith(b"close\r\n\r\n"))


class LocationTests(SynchronousTestCase):
    """Upstreams tell addresses that their clients can use."""

    def told(self, where: bytes, rules: HeaderRules, client: Client = CLIENT, host: bytes = b"c:9") -> bytes:
        asked = head_of(b"GET /x HTTP/1.1\r\nHost: %b\r\n\r\n" % host)
        fields = [(b"A", b"1"), (b"Location", where), (b"B", b"2")]
        answer = ResponseHead(201, b"Created", fields, 0, False, True, 0)
        changed = with_clients_location(answer, asked, rules, b"up:9101", client)
        self.assertEqual([name for name, _ in changed.fields], [b"A", b"Location", b"B"])
        self.assertIn(b"Location: " + changed.fields[1][1], changed.onward)
        return changed.fields[1][1]

    def test_host_that_was_sent(self) -> None:
        for rules in (HeaderRules(host="upstream"), HeaderRules(host="UP:9101")):
            self.assertEqual(self.told(b"http://up:9101/t/a%2Fb?c", rules), b"https://c:9/t/a%2Fb?c")
            self.assertEqual(self.told(b"http://up:9101", rules), b"https://c:9")

    def test_scheme(self) -> None:
        """The client's: the proxy may speak TLS with either side."""
        self.assertEqual(self.told(b"http://c:9/t", HeaderRules()), b"https://c:9/t")
        self.assertEqual(self.told(b"https://c:9/t", HeaderRules(), Client()), b"http://c:9/t")

    def test_others_addresses_stay(self) -> None:
        for where in (
            b"http://other/t",
            b"/t",
            b"http://up:91011/t",
            b"ftp://up:9101/t",
            b"",
            b"://",
            b"t:9",
        ):
            self.assertEqual(self.told(where, HeaderRules(host="upstream")), where)

    def test_without_a_location(self) -> None:
        answer = ResponseHead(201, b"Created", [(b"A", b"1")], 0, False, True, 0)
        asked = head_of(b"GET /x HTTP/1.1\r\nHost: c\r\n\r\n")
        self.assertIs(with_clients_location(answer, asked, HeaderRules(), b"up", CLIENT), answer)

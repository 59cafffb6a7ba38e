"""Heads that were parsed before."""

from __future__ import annotations

from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import DownstreamError
from quorumha.http.wire.head_cache import COUNT, SIZE, HeadCache, RequestHeadCache
from quorumha.http.wire.messages import HeadLimits, RequestHead
from quorumha.http.wire.parsing import parse_request_head
from tests.http.wire.test_parsing_reference import REQUESTS, mutated
from tests.vectors.targets import CLIMBING, EXACT


def head_of(raw: bytes) -> RequestHead:
    return parse_request_head(raw, HeadLimits())


def get(fields: bytes = b"", target: bytes = b"/") -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (target, fields)


class KnownHeadsTests(SynchronousTestCase):
    """A bounded memory without secrets."""

    def setUp(self) -> None:
        self.known: HeadCache[RequestHead] = HeadCache()

    def keep(self, raw: bytes) -> RequestHead | None:
        self.known.keep(raw, head_of(raw))
        return self.known.get(raw)

    def test_same_bytes_same_head(self) -> None:
        head = self.keep(get())
        assert head is not None
        self.assertIs(self.known.get(bytes(bytearray(get()))), head)
        self.assertIsNone(self.known.get(get(target=b"/other")))

    def test_credentials_are_not_kept(self) -> None:
        for field in (
            b"Authorization: Bearer x\r\n",
            b"Proxy-Authorization: Basic x\r\n",
            b"cookie: x\r\n",
        ):
            self.assertIsNone(self.keep(get(field)))

    def test_long_heads_are_not_kept(self) -> None:
        self.assertIsNone(self.keep(get(b"X: %b\r\n" % (b"x" * SIZE))))

    def test_bounded(self) -> None:
        first = get(target=b"/first")
        self.keep(first)
        for number in range(COUNT):
            self.keep(get(target=b"/%d" % number))
        self.assertIsNone(self.known.get(first))
        self.assertIsNotNone(self.known.get(get(target=b"/%d" % (COUNT - 1))))


LIMITS = HeadLimits(line=60, total=300, count=6)
#: What stands between the first two blanks, whatever that is.
TARGETS = st.one_of(
    st.from_regex(rb"/[!-~]{0,70}", fullmatch=True),
    st.binary(max_size=10).map(lambda octets: b"/" + octets),
    st.sampled_from(
        [b"", b"*", b"http://a/x", b"a:1", b"/\r\n", b"/a\r\nX: y\r\n", *EXACT.values(), *CLIMBING.values()]
    ),
)


def with_target(raw: bytes, target: bytes) -> bytes:
    """The head with another target, or itself where it has none."""
    method, blank, rest = raw.partition(b" ")
    _, more, rest = rest.partition(b" ")
    return method + blank + target + more + rest if more else raw


def parsed(raw: bytes) -> dict[str, object] | None:
    """All that the parser says of a head; None where it is refused."""
    try:
        return asdict(parse_request_head(raw, LIMITS))
    except DownstreamError:
        return None


class KnownRequestsTests(SynchronousTestCase):
    """A head that was seen with another target."""

    def setUp(self) -> None:
        self.known = RequestHeadCache(LIMITS)

    def keep(self, raw: bytes) -> None:
        try:
            head = parse_request_head(raw, LIMITS)
        except DownstreamError:
            return
        self.known.keep(raw, head)

    def like(self, raw: bytes) -> bool:
        """Whether it is known; then it must be what the parser says, and accepted by it."""
        head = self.known.like(raw)
        if head is None:
            return False
        self.assertEqual(asdict(head), parsed(raw), raw)
        return True

    def test_another_target(self) -> None:
        raw = get(b"Accept: x\r\nConnection: close\r\nX-Forwarded-For: y\r\n")
        self.keep(raw)
        self.assertTrue(self.like(with_target(raw, b"/other?a=b")))
        head = self.known.like(with_target(raw, b"/other"))
        assert head is not None
        self.assertEqual((head.target, head.keep_alive), (b"/other", False))
        self.assertFalse(self.like(raw.replace(b"GET", b"PUT")))
        self.assertFalse(self.like(raw.replace(b"/1.1", b"/1.0")))
        self.assertFalse(self.like(raw.replace(b"Accept: x", b"Accept: y")))
        self.assertFalse(self.like(b"\r\n\r\n"))

    def test_any_byte(self) -> None:
        """Each byte, at each place of a target; those that may stand there are known again."""
        self.keep(get())
        for byte in range(256):
            for target in (b"/%c", b"/a%cb", b"/?%c", b"/a?b%cc", b"%c", b"%c/"):
                self.assertEqual(
                    self.like(get(target=target % byte)),
                    33 <= byte <= 126 and byte != 35 and (target[:1] == b"/" or byte == 47),
                    (target, byte),
                )

    def test_long_targets(self) -> None:
        self.keep(get())
        self.assertTrue(self.like(get(target=b"/" + b"x" * (LIMITS.line - 1))))
        self.assertFalse(self.like(get(target=b"/" + b"x" * LIMITS.line)))

    def test_long_heads(self) -> None:
        """A longer target may make the whole too long."""
        empty = len(get(b"X: \r\n"))
        field = b"X: %b\r\n" % (b"x" * (LIMITS.total - empty))
        self.keep(get(field))
        self.assertFalse(self.like(get(field, b"/a")))
        field = field.replace(b"xx", b"x", 1)
        self.keep(get(field))
        self.assertTrue(self.like(get(field, b"/a")))
        self.assertFalse(self.like(get(field, b"/ab")))

    def test_no_limits(self) -> None:
        none = HeadLimits(0, 0, 0)
        known = RequestHeadCache(none)
        known.keep(get(), parse_request_head(get(), none))
        self.assertIsNotNone(known.like(get(target=b"/" + b"x" * 100_000)))

    def test_only_plain_ones(self) -> None:
        """Other forms of targets have rules that look at the Host; credentials are not kept."""
        for raw in (
            get(target=b"http://a/x"),
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            get(b"Authorization: Bearer x\r\n"),
        ):
            self.keep(raw)
            self.assertFalse(self.like(with_target(raw, b"/")), raw)
            self.assertFalse(self.like(raw), raw)

    def test_emptied_together(self) -> None:
        self.keep(get())
        for number in range(COUNT):
            self.keep(get(b"X: %d\r\n" % number))
        self.assertFalse(self.like(get(target=b"/x")))
        self.assertTrue(self.like(get(b"X: %d\r\n" % (COUNT - 1), b"/x")))

    def test_vectors(self) -> None:
        """Each head that is refused for what stands beside its target is refused with every target."""
        for raw in REQUESTS:
            self.keep(raw)
            self.keep(with_target(raw, b"/"))
        known = 0
        for raw in REQUESTS:
            for target in (b"/", b"/x", *EXACT.values(), *CLIMBING.values()):
                known += self.like(with_target(raw, target))
            known += self.like(raw)
        self.assertGreater(known, 1000)

    @settings(deadline=None, max_examples=1000)
    @given(st.lists(mutated(REQUESTS), max_size=3), mutated(REQUESTS), TARGETS, st.booleans())
    def test_never_what_the_parser_refuses(
        self, others: list[bytes], raw: bytes, target: bytes, same: bool
    ) -> None:
        """Whatever was kept before, and however odd it was."""
        self.setUp()
        for kept in (*others, with_target(raw, b"/"), with_target(raw, b"/a?b"), raw if same else b""):
            self.keep(kept)
        for one in (raw, with_target(raw, target), *(with_target(other, target) for other in others)):
            self.like(one)

    @given(st.from_regex(rb"/[!\"$-~]{0,59}", fullmatch=True))
    def test_plain_targets_are_known_again(self, target: bytes) -> None:
        self.setUp()
        self.keep(get())
        self.assertTrue(self.like(get(target=target)))

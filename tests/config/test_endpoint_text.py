"""Endpoint strings are taken apart as Twisted does it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.endpoints import quoteStringArgument
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.endpoint_text import EndpointText, take_apart

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


class TakeApartTests(SynchronousTestCase):
    def test_parts(self) -> None:
        for text, parts in [
            ("tcp:a:1", EndpointText("tcp", ("a", "1"), {})),
            ("tcp:host=a:port=1", EndpointText("tcp", (), {"host": "a", "port": "1"})),
            (r"unix:/run/a\:b\=c:mode=600", EndpointText("unix", ("/run/a:b=c",), {"mode": "600"})),
            (r"tcp:\:\:1:80", EndpointText("tcp", ("::1", "80"), {})),
            ("x:a=b=c", EndpointText("x", (), {"a": "b=c"})),
            ("", EndpointText("", (), {})),
            ("unix", EndpointText("unix", (), {})),
        ]:
            self.assertEqual(take_apart(text), parts)

    def test_argument(self) -> None:
        """By name, or by place."""
        parts = take_apart("tcp:a:port=1")
        self.assertEqual(parts.argument("host", 0), "a")
        self.assertEqual(parts.argument("port", 1), "1")
        self.assertIsNone(parts.argument("timeout", 2))

    @given(st.lists(WORDS, max_size=4), st.dictionaries(st.from_regex("[a-z]+", fullmatch=True), WORDS))
    def test_what_was_quoted(self, positional: list[str], named: dict[str, str]) -> None:
        """Whatever Twisted quotes comes out as it was."""
        arguments = [quoteStringArgument(p).replace("=", r"\=") for p in positional]
        arguments += [f"{k}={quoteStringArgument(v)}" for k, v in named.items()]
        parts = take_apart(":".join(["tcp", *arguments]))
        self.assertEqual(parts, EndpointText("tcp", tuple(positional), named))

"""Tests for L{quorumha.ctl.admin_client}; real sockets in tests/integration/test_ctl.py."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.admin_client import AdminClient, AdminResponse, CannotAsk, read_token


class ClientTests(SynchronousTestCase):
    """What can be known without asking."""

    def test_addresses(self) -> None:
        good = (
            "unix:/run/a.sock",
            "/run/a.sock",
            "http://127.0.0.1:9900",
            "http://[::1]:9900/",
            "https://admin",
        )
        for where in good:
            self.assertEqual(AdminClient(where).where, where)
        for where in (
            "",
            "ftp://x",
            "localhost:9900",
            "http://",
            "http://h/x",
            "http://h?x",
            "http://h:99999",
        ):
            with self.subTest(where=where), self.assertRaises(ValueError):
                AdminClient(where)

    def test_responses(self) -> None:
        """What is said of each."""
        self.assertEqual(AdminResponse(200, b'{"a": 1}').document, {"a": 1})
        for body in (b"", b"<html>", b"[1]", b"\xff", b"[" * 100_000, b'{"a":' * 100_000):
            with self.assertRaises(CannotAsk):
                _ = AdminResponse(200, body).document
        with self.assertRaises(CannotAsk) as caught:
            _ = AdminResponse(200, b"<html>", "http://h:80").document
        self.assertEqual(
            str(caught.exception),
            "http://h:80: what responds is not the admin of quorumha: status 200, and no JSON object",
        )
        for body, said in (
            (b'{"error": "no"}', "no"),
            (b"not ready\n", "not ready"),
            (b"", "the admin responded 500"),
            (b"[1]", "[1]"),
            (b"[" * 100_000, "[" * 100_000),
        ):
            response = AdminResponse(500, body)
            self.assertEqual((response.sentence, response.done), (said, False))

    def test_who_cannot_be_asked(self) -> None:
        """Whatever is said of where it is, and of what it is asked: why not is a sentence."""
        for where in ("http://a b:1", "http://" + "a" * 300 + ":1", "/nowhere/" + "a" * 200):
            with self.subTest(where=where), self.assertRaises(CannotAsk):
                AdminClient(where).ask("GET", "/readyz", [("pool", "\udcff")])

    def test_token(self) -> None:
        path = Path(self.mktemp())
        path.write_bytes(b"0123456789abcdef\n")
        self.assertEqual(read_token(str(path)), "0123456789abcdef")
        for data in (b"", b"\n", b"a\nb", b"\xff", b"a\x00"):
            path.write_bytes(data)
            with self.assertRaises(CannotAsk):
                read_token(str(path))
        with self.assertRaises(CannotAsk):
            read_token(str(path.parent / "nowhere" / "token"))

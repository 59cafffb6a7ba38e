"""Tests for L{quorumha.postgresql.proxy_problems}, and for what C{other_proxies} may say."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.explain import explain
from quorumha.postgresql.config import pool_keys
from tests.postgresql.said_roles import LISTENER, POOL, config, problems_of

ADMIN = '[admin]\nlisten = "tcp:9900:interface=127.0.0.1"\nprobes = "tcp:9901"\n'


class ProxiesCase(SynchronousTestCase):
    """A pool that names others."""

    def text(self, *urls: str, more: str = "", admin: str = ADMIN) -> str:
        """A configuration."""
        return f"{POOL}other_proxies = {list(urls)}\n{more}{LISTENER}{admin}"

    def refused(self, text: str, part: str) -> None:
        """This alone is wrong."""
        (found,) = problems_of(text)
        self.assertIn(part, found)


class WrittenTests(ProxiesCase):
    """What may stand there."""

    def test_urls(self) -> None:
        """By address, IPv6, or name; none is none."""
        urls = ("http://10.0.0.9:9901", "http://[fd00::9]:9901", "https://proxy.example")
        found = config(self.text(*urls))
        self.assertEqual(pool_keys(found.pools["db"]).other_proxies, urls)
        self.assertEqual(found.warnings, ())
        self.assertEqual(pool_keys(config(self.text()).pools["db"]).other_proxies, ())
        self.assertIn(
            "asks http://10.0.0.9:9901, http://[fd00::9]:9901, https://proxy.example (other_proxies)",
            explain(found),
        )

    def test_no_urls(self) -> None:
        """Each with what to write."""
        for url, part in (
            ("tcp:10.0.0.9:9901", "is not a URL; write http://HOST:PORT"),
            ("unix:/run/q.sock", "is not a URL; write http://HOST:PORT"),
            ("ftp://10.0.0.9", "is not http or https"),
            ("http://10.0.0.9:9901/writerz", "write http://10.0.0.9:9901 alone: /writerz is asked"),
            ("http://me:secret@10.0.0.9/writerz", "a user or password"),
            ("htp://10.0.0.9/writerz", "is not http or https"),
            ("http://me:secret@10.0.0.9", "a user or password"),
            ("", "is empty"),
        ):
            self.refused(self.text(url), part)

    def test_twice(self) -> None:
        """However it is written."""
        self.refused(self.text("http://10.0.0.9:80", "http://10.0.0.9"), "'http://10.0.0.9' is there twice")

    def test_one_alone(self) -> None:
        """Needs no array."""
        text = self.text().replace("other_proxies = []", 'other_proxies = "http://10.0.0.9:9901"')
        self.assertEqual(pool_keys(config(text).pools["db"]).other_proxies, ("http://10.0.0.9:9901",))


class ProblemsTests(ProxiesCase):
    """What is wrong with the whole."""

    def test_itself(self) -> None:
        """As far as that can be seen."""
        for url, admin in (
            ("http://127.0.0.1:9901", ADMIN),
            ("http://localhost:9901", ADMIN),
            ("http://[::1]:9901", ADMIN.replace("tcp:9901", "tcp6:9901")),
            ("http://127.0.0.1:9900", ADMIN),
            ("http://10.0.0.8:9901", ADMIN.replace("tcp:9901", "tcp:9901:interface=10.0.0.8")),
            ("http://[fd00:0::8]:9901", ADMIN.replace("tcp:9901", "tcp6:9901:interface=fd00\\\\:\\\\:8")),
        ):
            self.refused(self.text(url, admin=admin), f"{url!r} is this proxy itself")
        for url, admin in (
            ("http://127.0.0.1:9902", ADMIN),
            ("http://10.0.0.9:9901", ADMIN),
            ("http://127.0.0.1:9901", ADMIN.replace("tcp:9901", "tcp:9901:interface=10.0.0.8")),
        ):
            self.assertEqual(problems_of(self.text(url, admin=admin)), [])

    def test_tls(self) -> None:
        """The pool's C{tls} is for it, too, but for a name."""
        tls = 'tls = { name = "db.example" }\n'
        self.refused(self.text("https://10.0.0.9:9901", more=tls), "the pool's `tls` has a `name`")
        self.assertEqual(problems_of(self.text("http://10.0.0.9:9901", more=tls)), [])

    def test_cannot_be_asked(self) -> None:
        """The others name this one in vain."""
        lonely = '[admin]\nlisten = "tcp:9900:interface=127.0.0.1"\n'
        for admin in ("", lonely):
            (warning,) = config(self.text("http://10.0.0.9:9901", admin=admin)).warnings
            self.assertIn("pools.db.other_proxies: they cannot ask this one", warning)
            self.assertEqual("at loopback addresses alone" in warning, bool(admin))

    def test_on_one_machine(self) -> None:
        """They ask at loopback, where it listens; one elsewhere cannot."""
        admin = ADMIN.replace("tcp:9901", "tcp:9901:interface=127.0.0.1")
        self.assertEqual(config(self.text("http://127.0.0.1:9902", admin=admin)).warnings, ())
        (warning,) = config(self.text("http://127.0.0.1:9902", "http://10.0.0.9:9901", admin=admin)).warnings
        self.assertIn("which listens at loopback addresses alone", warning)

    def test_a_group(self) -> None:
        """One decision asks the same ones."""
        group = 'writer_group = "g"\n'
        second = POOL.partition("\n")[2].replace("pools.db", "pools.two")
        listener = LISTENER.replace("listeners.db", "listeners.two").replace("5432", "5433")
        listener = listener.replace('"db"', '"two"')
        text = self.text("http://10.0.0.9:9901", more=group) + second + group + listener
        self.refused(text, "pools.two.other_proxies: differs from that of pool db")

"""Tests for L{quorumha.config.masking}, and that no message shows what it hides."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.flags import flags_to_toml
from quorumha.config.masking import MaskedLine, masked, masked_value
from quorumha.errors import ConfigError
from tests.config.told import LISTENER, problems_of

SECRET = "s3cr3t"


class MaskedTests(SynchronousTestCase):
    """Values and lines, as they are shown."""

    def test_values(self) -> None:
        """From the scheme to the last at sign."""
        for value, shown in [
            ("http://user:s3cr3t@h:1", "http://***@h:1"),
            ("http://s3cr3t@h:1/x@y", "http://***@y"),
            ("http://u:s3/cr?3t#'\" @h", "http://***@h"),
            ("user:s3cr3t@h:1", "***@h:1"),
            ("//user:s3cr3t@h:1", "//***@h:1"),
            (" user:s3cr3t@h:1", " ***@h:1"),
            ("ws\\://u\\:s3cr3t@h", "ws\\://***@h"),
            ("http://h:1", "http://h:1"),
            ("unix:@name", "unix:@name"),
            ("unix:/a@b", "unix:/a@b"),
            ("a@b", "a@b"),
        ]:
            self.assertEqual(masked_value(value), shown)

    def test_lines(self) -> None:
        """In strings, in comments, in strings that do not end; what is no secret stays."""
        for line, shown in [
            ('a = ["http://u:p@h:1", "http://i:2"] # a@b', 'a = ["http://***@h:1", "http://i:2"] # a@b'),
            ("a = ['https://u:p@h:1', \"http://v:'q@i\"]", "a = ['https://***@h:1', \"http://***@i\"]"),
            ("# http://u:p@h and http://i", "# http://***@h and http://i"),
            ('a = "http://u:s3cr3t@h', 'a = "http://***@h'),
            ("a = 'http://u:it's@h'", "a = 'http://***@h'"),
            ('{"a": "http:\\/\\/u:p\\u0040h"}', '{"a": "http:\\/\\/***\\u0040h"}'),
            ('a = """http://u:"p@h"""', 'a = """http://***@h"""'),
            ('listen = "unix:@name"', 'listen = "unix:@name"'),
        ]:
            self.assertEqual(masked(line), shown)

    def test_values_of_secret_keys(self) -> None:
        """Whoever writes the token itself where its file is wanted finds it in no log."""
        for line, shown in [
            ('token = "s3cr3t" # x', "token = *** # x"),
            ("api-token-1='s3cr3t'", "api-token-1=***"),
            ('{"PASSWORD": "s3cr3t", "a": 1}', '{"PASSWORD": ***, "a": 1}'),
            ('a = { token = "s3cr3t", b = "http://u:p@h" }', 'a = { token = ***, b = "http://***@h" }'),
            ('token = { value = "s3cr3t" }', "token = ***"),
            ('token = "http://u:s3cr3t@h"', "token = ***"),
            ("token = s3cr3t", "token = ***"),
            ('token = "s3cr3t', "token = ***"),
            ('token_file = "/etc/token"', 'token_file = "/etc/token"'),
            ("secret = true", "secret = true"),
            ('path = "/token"', 'path = "/token"'),
        ]:
            self.assertEqual(MaskedLine(line).text, shown)

    def test_columns(self) -> None:
        """The caret moves with what is behind; what is hidden is at its beginning."""
        line = MaskedLine('a = ["http://user:s3cr3t@h", "x"]')
        self.assertEqual(line.text, 'a = ["http://***@h", "x"]')
        self.assertEqual(line.text[line.shifted(29) :], '"x"]')
        self.assertEqual([line.shifted(column) for column in (0, 5, 13, 20)], [0, 5, 13, 13])

    @settings(deadline=None)
    @given(st.text(alphabet="ab:@/ '\"#?[]{},=\\", max_size=12))
    def test_never_shown(self, noise: str) -> None:
        """Whatever a password is made of, in quotes that are right."""
        url = f"http://user:{SECRET}{noise}@h:1"
        self.assertNotIn(SECRET, masked(f"a = [{json.dumps(url)}]"))
        self.assertNotIn(SECRET, masked_value(url))

    @settings(deadline=None)
    @given(st.text(alphabet="ab:@/ '\"?\\", max_size=12), st.sampled_from("\"'"))
    def test_never_shown_wrong(self, noise: str, quote: str) -> None:
        """In quotes that are wrong."""
        url = f"http://user:{SECRET}{noise}@h:1"
        self.assertNotIn(SECRET, masked(f"a = [{quote}{url}{quote}]"))


class MessagesTests(SynchronousTestCase):
    """Wherever a message quotes the file."""

    def test_messages(self) -> None:
        """A URL in every place that there is, refused for every reason."""
        url = f"http://user:{SECRET}@127.0.0.1:1"
        for text in [
            f'[pools.a]\nupstreams = ["{url}"]\n' + LISTENER,
            f'[pools.a]\nupstreams = [{{ endpoint = "{url}/x" }}]\n' + LISTENER,
            f'[pools.a]\nupstreams = [{{ endpoint = "{url}", weigth = 1 }}]\n' + LISTENER,
            f'[pools.a]\nupstreams = ["x{url}"]\n' + LISTENER,
            f'[pools.a]\nupstreams = ["{url.removeprefix("http://")}"]\n' + LISTENER,
            f'[pools.a]\nupstreams = ["{url}\n' + LISTENER,
            f'[pools.a]\nupstreams = ["{url}" "{url}"]\n' + LISTENER,
            f'[pools.a]\nupstreams = ["http://h"]\nbalance = "{url}"\n' + LISTENER,
            f'[pools.a]\nupstreams = ["http://h"]\ntls = {{ ca = "{url}" }}\n' + LISTENER,
            f'[pools.a]\nupstreams = ["http://h"]\ncheck = {{ path = "{url}" }}\n' + LISTENER,
            f'[pools.a]\nupstreams = ["http://h"]\n[listeners.l]\nlisten = "{url}"\npool = "{url}"\n',
            f'"{url}" = 1\n[pools."{url}"]\nupstreams = ["http://h"]\n' + LISTENER,
            f'[pools.a]\nupstreams = [{{ name = "{url}", endpoint = "http://h" }}]\n' + LISTENER,
            f'stop_timeout = "{url}"\n',
        ]:
            for source in ("q.toml", "q.json"):
                told = problems_of(text, source)
                self.assertNotEqual(told, [], text)
                self.assertNotIn(SECRET, "\n".join(told), text)
        text = json.dumps({"pools": {"a": {"upstreams": [url]}}, "x": url}).replace("/", "\\/")
        self.assertNotIn(SECRET, "\n".join(problems_of(text, "q.json")))

    def test_flags(self) -> None:
        """On the command line."""
        for value in (f"22000=http://user:{SECRET}@h:1", f"user:{SECRET}@h:1", f"1=user:{SECRET}@h:1"):
            with self.assertRaises(ConfigError) as caught:
                flags_to_toml([], [value])
            self.assertNotIn(SECRET, str(caught.exception))
            self.assertIn("***", str(caught.exception))

"""Tests for L{quorumha.config.log}."""

from __future__ import annotations

from quorumha.app.kinds import load_config, parse_config
from quorumha.config.log import LogConfig
from quorumha.errors import ConfigError
from tests.config.test_files import FileCase
from tests.config.told import LISTENER, POOL, ToldTestCase


def log_of(text: str) -> LogConfig:
    return parse_config(text + POOL + LISTENER, "q.toml", {}).log


class LogTableTests(ToldTestCase):
    """What the table says."""

    def test_usual(self) -> None:
        log = log_of("")
        self.assertEqual((log.format, log.level, log.access), ("text", "info", "off"))
        self.assertFalse(log.access_errors_only or log.access_paths)
        self.assertIsNone(log.access_file)

    def test_written(self) -> None:
        """As a table, or in one line; a variable of the environment is read as anywhere."""
        wanted = LogConfig("json", "warn", "/var/log/a.jsonl", True, True)
        keys = ('format = "json"', 'level = "warn"', 'access = "/var/log/a.jsonl"')
        keys += ("access_errors_only = true", "access_paths = true")
        self.assertEqual(log_of(f"log = {{ {', '.join(keys)} }}\n"), wanted)
        self.assertEqual(log_of("[log]\n" + "\n".join(keys) + "\n"), wanted)
        self.assertEqual(wanted.access_file, "/var/log/a.jsonl")

    def test_stderr(self) -> None:
        self.assertIsNone(log_of('log.access = "stderr"\n').access_file)

    def test_wrong(self) -> None:
        """Every key by itself, and no key that is not there."""
        self.check(
            'log = { format = "yaml", level = 1, access = "", acces = "off", access_paths = "yes" }\n'
            + POOL
            + LISTENER,
            "q.toml:1:9 log.format: 'yaml' is not one of text, json",
            "q.toml:1:26 log.level: 1 is not one of debug, info, warn, error",
            "q.toml:1:37 log.access: is empty",
            "q.toml:1:50 log.acces: unknown key; did you mean 'access'?",
            "q.toml:1:65 log.access_paths: must be true or false, without quotes, not text",
        )
        self.check('log = "json"\n' + POOL + LISTENER, "q.toml:1:1 log: must be a table, not text")

    def test_elsewhere(self) -> None:
        """A key that stands in the wrong table is told where it belongs."""
        self.check(
            f'{POOL}{LISTENER}access = "off"\n',
            "q.toml:6:1 listeners.l.access: unknown key; it belongs in [log]",
        )


class AccessFileTests(FileCase):
    """What C{quorumha check} says of the access log's file."""

    def said(self, path: str) -> list[str]:
        file = self.folder / "q.toml"
        file.write_text(f'log.access = "{path}"\n{POOL}{LISTENER}')
        try:
            load_config(file, {}, folders=True)
        except ConfigError as error:
            return [line.splitlines()[0].removeprefix(f"{file}:") for line in error.problems]
        return []

    def test_folder(self) -> None:
        """It has to be there; the file need not."""
        self.assertEqual(self.said(f"{self.folder}/access.jsonl"), [])
        self.assertEqual(
            self.said(f"{self.folder}/no/a"),
            [f"1:5 log.access: the folder '{self.folder}/no' cannot be used: it does not exist"],
        )
        self.assertEqual(
            self.said(str(self.folder)), [f"1:5 log.access: '{self.folder}' is a directory, not a file"]
        )

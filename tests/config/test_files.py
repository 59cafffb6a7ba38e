"""Tests for L{quorumha.config.files}."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import load_config
from quorumha.config.files import read_regular, why_no_folder
from quorumha.errors import ConfigError


class FileCase(SynchronousTestCase):
    """With a folder of its own, whose path is short enough for a socket."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)


class ReadTests(FileCase):
    """What is read, and what is not even opened."""

    def refused(self, name: object) -> str:
        with self.assertRaises(ValueError) as caught:
            read_regular(str(name))
        return str(caught.exception)

    def test_read(self) -> None:
        """A file, and a link to one."""
        (self.folder / "f").write_bytes(b"\0x")
        (self.folder / "l").symlink_to("f")
        self.assertEqual(read_regular(str(self.folder / "f")), b"\0x")
        self.assertEqual(read_regular(str(self.folder / "l")), b"\0x")

    def test_refused(self) -> None:
        """A FIFO that nobody writes to, a device without an end, a socket, a folder, nothing."""
        fifo, listening = self.folder / "fifo", socket.socket(socket.AF_UNIX)
        os.mkfifo(fifo)
        self.addCleanup(listening.close)
        listening.bind(str(self.folder / "s"))
        self.assertEqual(self.refused(fifo), "it is a FIFO, not a file")
        self.assertEqual(self.refused("/dev/zero"), "it is a device, not a file")
        self.assertEqual(self.refused(self.folder / "s"), "it is a socket, not a file")
        self.assertEqual(self.refused(self.folder), "Is a directory")
        self.assertEqual(self.refused(self.folder / "none"), "No such file or directory")
        self.assertEqual(self.refused("a\0b"), "not a file name")
        with (self.folder / "large").open("wb") as large:
            large.truncate((16 << 20) + 1)
        self.assertEqual(self.refused(self.folder / "large"), "it is larger than 16 MiB")

    def test_as_a_configuration(self) -> None:
        """A FIFO as the file itself, and as one that it names: told, and never waited for."""
        fifo = self.folder / "fifo.toml"
        os.mkfifo(fifo)
        with self.assertRaises(ConfigError) as caught:
            load_config(fifo, {})
        self.assertEqual(caught.exception.problems, [f"{fifo}: cannot be read: it is a FIFO, not a file"])
        config = self.folder / "q.toml"
        config.write_text(
            f'[pools.a]\nupstreams = ["https://h"]\ntls = {{ ca = "{fifo}" }}\n'
            '[listeners.l]\nlisten = "tcp:1"\npool = "a"\n'
        )
        with self.assertRaises(ConfigError) as caught:
            load_config(config, {})
        self.assertIn("cannot be read: it is a FIFO, not a file", caught.exception.problems[0])


class FolderTests(FileCase):
    """Whether a file can be made in a folder."""

    def test_can(self) -> None:
        """One that is there; one that can be made, with those around it."""
        self.assertEqual(why_no_folder(str(self.folder)), "")
        self.assertEqual(why_no_folder(str(self.folder / "a" / "b"), made=True), "")
        self.assertFalse((self.folder / "a").exists(), "nothing is made")
        (self.folder / "l").symlink_to(self.folder)
        self.assertEqual(why_no_folder(str(self.folder / "l")), "")

    def test_cannot(self) -> None:
        """Missing, a file, below a file, a link to nothing, no name."""
        file = self.folder / "f"
        file.touch()
        (self.folder / "l").symlink_to("nothing")
        self.assertEqual(why_no_folder(str(self.folder / "a")), "it does not exist")
        self.assertEqual(why_no_folder(str(file), made=True), "it is a file, not a directory")
        self.assertEqual(
            why_no_folder(str(file / "a" / "b"), made=True), "a part of its path is no directory"
        )
        self.assertEqual(why_no_folder(str(self.folder / "l"), made=True), "it does not exist")
        self.assertEqual(why_no_folder("a\0b"), "not a file name")

    def test_not_writable(self) -> None:
        """A folder that only another user may write to, and what would have to be made in one."""
        told = [
            why_no_folder(str(self.folder / path), made=True, may_write=lambda _: False)
            for path in ("", "a/b")
        ]
        why = "this user may not write there; check as the user that quorumha runs as"
        self.assertEqual(told[0], why)
        self.assertTrue(told[1].startswith("it does not exist and cannot be made: "), told)
        self.assertTrue(told[1].endswith(why), told)

"""Tests for L{quorumha.postgresql.check_config}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.check_config import password_file, port, read_password


def password(case: SynchronousTestCase, data: bytes, mode: int = 0o600) -> str:
    """The name of a file with these bytes."""
    path = Path(case.mktemp())
    path.write_bytes(data)
    os.chmod(path, mode)
    return str(path)


class PasswordTests(SynchronousTestCase):
    """C{password_file}."""

    def test_one_line(self) -> None:
        """White space in it is of the password; the end of the line is not."""
        for data in (b" x y ", b" x y \n", b" x y \r\n"):
            self.assertEqual(read_password(password(self, data)), b" x y ")

    def test_refused(self) -> None:
        """With the file's name and what is wrong, never with what is in it."""
        for data, mode, why in (
            (b"", 0o600, "it is empty"),
            (b"\n", 0o600, "it is empty"),
            (b"hunter2\nx", 0o600, "a password is one line of 1024 bytes at most"),
            (b"hunter2\0", 0o600, "a password is one line of 1024 bytes at most"),
            (b"hunter2" * 200, 0o600, "a password is one line of 1024 bytes at most"),
            (b"hunter2", 0o640, "its mode is 640, so others may read it; chmod 600"),
        ):
            name = password(self, data, mode)
            error = self.assertRaises(ValueError, password_file, name)
            self.assertEqual(str(error), f"'{name}' cannot be used: {why}")

    def test_name(self) -> None:
        """What becomes of the key is the name alone."""
        name = password(self, b"hunter2")
        self.assertEqual(password_file(name), name)


class PortTests(SynchronousTestCase):
    """C{port}."""

    def test_range(self) -> None:
        """Those that can be connected to."""
        self.assertEqual([port(1), port(65535)], [1, 65535])
        for wrong in (0, 65536, "8008", True):
            self.assertRaises(ValueError, port, wrong)

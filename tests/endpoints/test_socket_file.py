"""What may stand at a socket's path.  With real sockets: tests/integration/test_unix_socket.py."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.addresses import LONGEST_PATH
from quorumha.endpoints.socket_file import (
    check_name,
    give_name,
    identity_of,
    look_at,
    reason_of,
    set_owner,
    temporary_name,
)
from quorumha.errors import ListenError


class NameTests(SynchronousTestCase):
    """Names that no socket of ours can have."""

    def refused(self, path: str) -> str:
        return str(self.assertRaises(ListenError, check_name, path))

    def test_abstract(self) -> None:
        for path in ("\0tm", "@tm"):
            self.assertIn("abstract", self.refused(path))

    def test_no_path(self) -> None:
        for path in ("", "/run/a\0b"):
            self.assertIn("needs a path", self.refused(path))

    def test_length(self) -> None:
        check_name("/" + "x" * (LONGEST_PATH - 1))
        self.assertIn(f"{LONGEST_PATH} bytes", self.refused("/" + "x" * LONGEST_PATH))
        self.assertIn("at most", self.refused("/" + "é" * (LONGEST_PATH // 2 + 1)))

    def test_temporary_name(self) -> None:
        """It has to fit, too, and stands in the same folder."""
        self.assertEqual(os.path.dirname(temporary_name("/run/x/tm.ipc")), "/run/x")
        self.assertEqual(os.path.dirname(temporary_name("tm.ipc")), "")
        self.assertNotEqual(temporary_name("/run/tm.ipc"), temporary_name("/run/tm.ipc"))
        folder = "/" + "x" * (LONGEST_PATH - 3)
        self.assertIn("at most", self.refused(folder + "/a"))


class FileTests(SynchronousTestCase):
    """What is no socket stays as it is."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.path = self.folder / "tm.ipc"

    def refused(self) -> str:
        return str(self.assertRaises(ListenError, look_at, str(self.path)))

    def test_nothing(self) -> None:
        self.assertFalse(look_at(str(self.path)))

    def test_no_folder(self) -> None:
        self.path = self.folder / "missing" / "tm.ipc"
        self.assertIn("missing does not exist", self.refused())

    def test_file(self) -> None:
        self.path.write_text("precious")
        self.assertIn("a file that is no socket", self.refused())
        self.assertEqual(self.path.read_text(), "precious")

    def test_folder(self) -> None:
        self.path.mkdir()
        self.assertIn("a folder that is no socket", self.refused())

    def test_link(self) -> None:
        """A symbolic link is refused, wherever it leads, nowhere too."""
        self.path.symlink_to(self.folder / "elsewhere")
        self.assertIn("symbolic link", self.refused())
        self.assertTrue(self.path.is_symlink())

    def test_name_is_not_taken_from_another(self) -> None:
        """A file that appears in the last moment is not overwritten."""
        mine = self.folder / ".mine"
        mine.write_text("mine")
        self.path.write_text("other")
        self.assertRaises(ListenError, give_name, str(mine), str(self.path))
        self.assertEqual(self.path.read_text(), "other")
        self.path.unlink()
        give_name(str(mine), str(self.path))
        self.assertEqual(self.path.read_text(), "mine")
        self.assertFalse(mine.exists())

    def test_identity(self) -> None:
        self.assertIsNone(identity_of(str(self.path)))
        self.path.write_text("")
        before = identity_of(str(self.path))
        self.assertEqual(identity_of(str(self.path)), before)
        (self.folder / "new").write_text("")
        os.rename(self.folder / "new", self.path)
        self.assertNotEqual(identity_of(str(self.path)), before)

    def test_told(self) -> None:
        self.assertIn("not permitted", reason_of(PermissionError(13, "Permission denied")))
        self.assertIn("does not exist", reason_of(FileNotFoundError(2, "No such file")))
        self.assertEqual(reason_of(OSError(28, "No space left on device")), "No space left on device")
        self.assertEqual(reason_of("something"), "something")


class OwnerTests(SynchronousTestCase):
    """Owner and mode are a socket's, and nothing else's, whoever else writes in its folder."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.path = self.folder / "s"

    def mode(self, path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    def refused(self) -> str:
        return str(self.assertRaises(ListenError, set_owner, str(self.path), -1, -1, 0o666))

    def test_socket(self) -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.path))
            set_owner(str(self.path), os.getuid(), os.getgid(), 0o640)
            self.assertEqual(self.mode(self.path), 0o640)
            set_owner(str(self.path), -1, -1)
            self.assertEqual(self.mode(self.path), 0o640)

    def test_link(self) -> None:
        """What a link leads to keeps its mode: a file, a folder, and a socket, too."""
        file, other = self.folder / "f", self.folder / "other"
        file.touch(mode=0o600)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(other))
            other.chmod(0o600)
            for target in (file, other, self.folder):
                before = self.mode(target)
                self.path.symlink_to(target)
                self.assertIn("something else was put in its place", self.refused())
                self.assertEqual(self.mode(target), before)
                self.path.unlink()

    def test_file(self) -> None:
        """Nor a file in its place, as a hard link to somebody's would be."""
        self.path.touch(mode=0o600)
        self.assertIn("something else was put in its place", self.refused())
        self.assertEqual(self.mode(self.path), 0o600)

    def test_gone(self) -> None:
        """Nothing is there any more: the system's error."""
        with self.assertRaises(FileNotFoundError):
            set_owner(str(self.path), -1, -1, 0o600)

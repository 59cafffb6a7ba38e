"""Tests for L{quorumha.config.files.check_folders} and L{quorumha.config.files.make_folder}."""

from __future__ import annotations

import stat

from quorumha.app.kinds import load_config
from quorumha.config.files import make_folder, why_no_file
from quorumha.errors import ConfigError
from tests.config.test_files import FileCase


class FoldersTests(FileCase):
    """What C{quorumha check} says of the folders that a file names."""

    def told(self, *, state: str | None = None, listen: str = "tcp:1", folders: bool = True) -> list[str]:
        """The problems, without what the file is called."""
        config = self.folder / "q.toml"
        config.write_text(
            (f'state_directory = "{state}"\n' if state else "")
            + f'[pools.a]\nupstreams = ["http://h"]\n[listeners.l]\nlisten = "{listen}"\npool = "a"\n'
        )
        try:
            load_config(config, {}, folders=folders)
        except ConfigError as error:
            return [line.splitlines()[0].removeprefix(f"{config}:") for line in error.problems]
        return []

    def test_good(self) -> None:
        """There, or made at the start."""
        self.assertEqual(self.told(state=str(self.folder), listen=f"unix:{self.folder}/s"), [])
        self.assertEqual(self.told(state=str(self.folder / "a" / "b")), [])

    def test_state_directory(self) -> None:
        """A file, or below a file."""
        (self.folder / "f").touch()
        for path, why in (
            ("f", "it is a file, not a directory"),
            ("f/a", "a part of its path is no directory"),
        ):
            path = str(self.folder / path)
            self.assertEqual(self.told(state=path), [f"1:1 state_directory: '{path}' cannot be used: {why}"])

    def test_socket(self) -> None:
        """A folder that is missing or is none, and a file in the socket's place."""
        (self.folder / "f").touch()
        unusable = "cannot be used: it is a file, not a directory"
        for path, why in (
            (f"{self.folder}/no/s", f"the folder '{self.folder}/no' cannot be used: it does not exist"),
            (
                f"{self.folder}/f/s",
                f"the folder '{self.folder}/f' {unusable}",
            ),
            (f"{self.folder}/f", f"'{self.folder}/f' is a file, and is never replaced by a socket"),
        ):
            for listen in (f"unix:{path}:mode=660", f"unix:{path}"):
                self.assertEqual(self.told(listen=listen), [f"4:1 listeners.l.listen: {why}"])

    def test_not_at_a_start(self) -> None:
        """The start finds out by itself."""
        self.assertEqual(self.told(listen="unix:/no/such/folder/s", folders=False), [])


class ReloadTests(FileCase):
    """What a process that runs reads again: what it has already need not be possible once more, as it may be
    another user by now.
    """

    def test_what_serves(self) -> None:
        """Sockets of listeners and of the admin, and the access log."""
        config, gone = self.folder / "q.toml", self.folder / "gone"
        config.write_text(
            f'log.access = "{gone}/access"\n[pools.a]\nupstreams = ["http://h"]\n'
            f'[listeners.l]\nlisten = "unix:{gone}/s"\npool = "a"\n[admin]\nlisten = "unix:{gone}/admin"\n'
        )
        serves = load_config(config, {})
        self.assertEqual(load_config(config, {}, folders=True, serves=serves), serves)

    def test_what_is_new(self) -> None:
        """Is looked at."""
        config = self.folder / "q.toml"
        text = '[pools.a]\nupstreams = ["http://h"]\n[listeners.l]\nlisten = "tcp:1"\npool = "a"\n'
        config.write_text(text)
        serves = load_config(config, {})
        config.write_text(
            f'log.access = "{self.folder}/no/a"\n{text}[admin]\nlisten = "unix:{self.folder}/no/s"\n'
        )
        with self.assertRaises(ConfigError) as caught:
            load_config(config, {}, folders=True, serves=serves)
        keys = [line.split()[1] for line in caught.exception.problems]
        self.assertEqual(keys, ["log.access:", "admin.listen:"])


class FileTests(FileCase):
    """Whether lines can be written to a file."""

    def test_there(self) -> None:
        """It has to be writable, and not its folder: as C{/dev/stdout}, or what logrotate makes."""
        file = self.folder / "f"
        file.touch()
        self.assertEqual(why_no_file(str(file), may_write=lambda path: path == file), "")
        self.assertEqual(
            why_no_file(str(file), may_write=lambda path: path != file),
            f"this user may not write to '{file}'; check as the user that quorumha runs as",
        )

    def test_not_there(self) -> None:
        """Its folder has to be writable; a link to nothing is a file that is yet to be made."""
        said = why_no_file(str(self.folder / "f"), may_write=lambda path: path != self.folder)
        self.assertTrue(said.startswith(f"the folder '{self.folder}' cannot be used: "), said)
        self.assertEqual(why_no_file(str(self.folder / "f")), "")


class MadeTests(FileCase):
    """Where what is remembered is kept."""

    def test_is_made(self) -> None:
        """With those around it, for our user alone; one that is there stays as it is."""
        folder = self.folder / "a" / "b"
        for _ in range(2):
            self.assertIsNone(make_folder(str(folder)))
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
            folder.chmod(0o755)
            make_folder(str(folder))
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o755)
            folder.chmod(0o700)

    def test_cannot_be_made(self) -> None:
        """That is told, and no more."""
        file = self.folder / "f"
        file.touch()
        self.assertEqual(make_folder(str(file / "a")), "Not a directory")

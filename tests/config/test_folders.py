"""Tests for L{quorumha.config.files.check_folders} and L{quorumha.config.files.make_folder}."""

from __future__ import annotations

import stat

from quorumha.app.kinds import load_config
from quorumha.config.files import make_folder
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

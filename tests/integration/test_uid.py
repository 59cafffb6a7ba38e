"""C{twistd --uid --gid}: what is made while it is the superuser belongs to the user that it becomes."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.processes import Child
from tests.integration.clients import ask
from tests.integration.nodes import Node

TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
#: A user that every system has, and who owns nothing.
NOBODY = "nobody"
#: Another one, to whom a socket is given.
OTHER = 61_234


class UidTests(SynchronousTestCase):
    """As the superuser alone."""

    def setUp(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only the superuser becomes another user")
        try:
            self.user = pwd.getpwnam(NOBODY).pw_uid
        except KeyError:
            raise SkipTest("there is no user who is nobody") from None
        self.group = pwd.getpwnam(NOBODY).pw_gid
        self.folder = Path(tempfile.mkdtemp(prefix="quorumha-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = self.folder / "home"
        self.home.mkdir()
        os.chown(self.home, self.user, self.group)
        self.folder.chmod(0o755)
        self.node = Node("a", self.folder)
        self.addCleanup(self.node.kill)

    def owner(self, path: Path) -> tuple[int, int, int]:
        found = path.lstat()
        return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)

    def test_belongs_to_the_user(self) -> None:
        """The sockets, but for what the configuration says of them, log, and state; no socket stays."""
        config = self.folder / "quorumha.toml"
        sockets = {"plain": "", "open": ":mode=660", "named": f":mode=640:user={OTHER}"}
        config.write_text(
            f'state_directory = "{self.home}/state"\n'
            f'[pools.p]\nupstreams = ["http://127.0.0.1:{self.node.port}"]\ncheck = "off"\n'
            + "".join(
                f'[listeners.{name}]\nlisten = "unix:{self.home}/{name}{more}"\npool = "p"\n'
                for name, more in sockets.items()
            )
        )
        options = [f"--uid={self.user}", f"--gid={self.group}", f"--logfile={self.home}/log", "--nodaemon"]
        child = Child([*TWISTD, *options, "quorumha", "--config", str(config)], self.folder / "out")
        self.addCleanup(child.kill)
        child.wait_listening(str(self.home / "plain"))
        # It is the user once it responds.
        self.assertEqual(ask(str(self.home / "plain"), "GET", "/x").status, 200)
        self.assertEqual(self.owner(self.home / "plain"), (self.user, self.group, 0o600))
        self.assertEqual(self.owner(self.home / "open"), (self.user, self.group, 0o660))
        self.assertEqual(self.owner(self.home / "named"), (OTHER, self.group, 0o640))
        self.assertEqual(self.owner(self.home / "log"), (self.user, self.group, 0o600))
        self.assertEqual(self.owner(self.home / "state"), (self.user, self.group, 0o700))
        child.stop()
        self.assertEqual([p.name for p in self.home.iterdir() if p.is_socket()], [])
        self.assertIn("Server Shut Down.", (self.home / "log").read_text())

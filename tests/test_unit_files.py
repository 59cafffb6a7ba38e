"""The unit files of docs/howto/service.md fit each other, the configuration beside them, and systemd."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from quorumha.app.kinds import parse_config
from tests.documents import blocks

PAGE = "docs/howto/service.md"


def units() -> list[str]:
    """The text of each unit, in the page's order."""
    return [one.text for one in blocks("text") if one.page == PAGE and one.text.startswith("[Unit]")]


def parsed(text: str) -> ConfigParser:
    """A unit's sections and keys, as they are written."""
    found = ConfigParser(interpolation=None, strict=True)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # systemd minds capitals
    found.read_string(text)
    return found


class UnitFilesTests(SynchronousTestCase):
    """One service by itself; a socket, and the service that is given it."""

    def setUp(self) -> None:
        self.alone, self.socket, self.service = units()
        (text,) = [one.text for one in blocks("toml") if one.page == PAGE]
        self.config = parse_config(text, PAGE, {})

    def test_names_agree(self) -> None:
        """The configuration asks for the socket that the unit names."""
        socket, service = parsed(self.socket), parsed(self.service)
        (listener,) = self.config.listeners.values()
        name = socket["Socket"]["FileDescriptorName"]
        self.assertEqual(listener.listen, f"systemd:domain=INET:name={name}")
        self.assertRegex(socket["Socket"]["ListenStream"], r"^0\.0\.0\.0:\d+$")
        self.assertEqual(socket["Socket"]["Service"], "quorumha.service")
        for section, key in (("Service", "Sockets"), ("Unit", "Requires")):
            self.assertEqual(service[section][key], "quorumha-p2p.socket")

    def test_services_agree(self) -> None:
        """The second service is the first one and the socket."""
        without = re.sub(r"^(Requires|Sockets)=.*\n| quorumha-p2p\.socket$", "", self.service, flags=re.M)
        self.assertEqual(without, self.alone)

    def test_times(self) -> None:
        """systemd waits for the stop; a peer for the stop and the start (3.75 s, WIRE A4)."""
        limit = float(parsed(self.service)["Service"]["TimeoutStopSec"])
        self.assertLess(self.config.stop_timeout, limit)
        self.assertLess(self.config.stop_timeout, 3.75 - 1.0)

    def test_systemd_accepts_them(self) -> None:
        """As far as that can be said without installing them."""
        analyze = shutil.which("systemd-analyze")
        if analyze is None:
            raise SkipTest("systemd-analyze is not installed")
        folder = Path(self.mktemp())
        folder.mkdir()
        for name, text in (("quorumha.service", self.service), ("quorumha-p2p.socket", self.socket)):
            (folder / name).write_text(re.sub(r"/opt/quorumha/bin/\w+", sys.executable, text))
        checked = subprocess.run(
            [analyze, "--man=no", "verify", *map(str, sorted(folder.iterdir()))],
            capture_output=True,
            text=True,
            timeout=30,
        )
        told = [line for line in (checked.stdout + checked.stderr).splitlines() if "quorumha" in line]
        self.assertEqual(told, [])
        self.assertEqual(checked.returncode, 0, checked.stderr)

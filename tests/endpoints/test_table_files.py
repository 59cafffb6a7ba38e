"""What the files of a C{tls} table hold."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.table_files import files_of, read_files, stamp_of, stamps_of
from quorumha.errors import ConfigError
from tests.endpoints.papers import AUTHORITY, CLIENT, EXPIRED, FOREIGN, NODE, YESTERDAY, Papers


class FilesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.papers = Papers(self.mktemp())

    def test_server(self) -> None:
        tls = self.papers.server(EXPIRED, mutual=True)
        files = read_files(tls)
        self.assertEqual(set(files.digests), {tls.cert, tls.key, tls.client_ca})
        self.assertEqual(set(files.ends), {tls.cert, tls.client_ca})
        self.assertEqual(files.ends[tls.cert], int(YESTERDAY.timestamp()))
        self.assertEqual(len(files.authorities or ()), 1)

    def test_client(self) -> None:
        """Without files there is nothing."""
        files = read_files(ClientTLS())
        self.assertEqual((files.digests, files.ends, files.chain), ({}, {}, []))
        self.assertIsNone(files.authorities)
        self.assertIsNone(files.key)
        self.assertEqual(files_of(ClientTLS(ca="a", cert="b", key="c")), ["b", "c", "a"])

    def test_authorities(self) -> None:
        """Of several authorities the last to end counts."""
        both = self.papers.folder / "both.pem"
        both.write_bytes(AUTHORITY.cert_pem.bytes() + FOREIGN.cert_pem.bytes())
        files = read_files(ClientTLS(str(both)))
        assert files.authorities is not None
        ends = [one.to_cryptography().not_valid_after_utc.timestamp() for one in files.authorities]
        self.assertEqual(files.ends, {str(both): max(ends)})

    def test_no_secret(self) -> None:
        tls = self.papers.server()
        files = read_files(tls)
        self.assertNotIn(Path(tls.key).read_text().splitlines()[1], repr(files))

    def test_another_key(self) -> None:
        tls = self.papers.server()
        Path(tls.key).write_bytes(CLIENT.private_key_pem.bytes())
        (problem,) = self.assertRaises(ConfigError, read_files, tls).problems
        self.assertEqual(problem, f"{tls.key} is not the private key of {tls.cert}")


class StampTests(SynchronousTestCase):
    """Whether a file changed, without reading it."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.file = self.folder / "a"
        self.file.write_bytes(b"1")

    def test_written(self) -> None:
        before = stamp_of(str(self.file))
        self.assertEqual(stamp_of(str(self.file)), before)
        found = os.stat(self.file)
        os.utime(self.file, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
        self.assertNotEqual(stamp_of(str(self.file)), before)

    def test_replaced(self) -> None:
        """Another file of the same age and size."""
        found = os.stat(self.file)
        before = stamp_of(str(self.file))
        other = self.folder / "b"
        other.write_bytes(b"2")
        os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
        other.replace(self.file)
        self.assertNotEqual(stamp_of(str(self.file)), before)

    def test_link(self) -> None:
        """As Kubernetes does: a symbolic link to the directory is swapped, the file's own stays."""
        for name in ("one", "two"):
            (self.folder / name).mkdir()
            (self.folder / name / "tls.crt").write_bytes(b"1")
        (self.folder / "..data").symlink_to("one")
        seen = self.folder / "tls.crt"
        seen.symlink_to("..data/tls.crt")
        before = stamp_of(str(seen))
        (self.folder / "..new").symlink_to("two")
        (self.folder / "..new").replace(self.folder / "..data")
        self.assertNotEqual(stamp_of(str(seen)), before)

    def test_missing(self) -> None:
        """What is not there has a stamp, too."""
        before = stamp_of(str(self.folder / "c"))
        self.assertEqual(stamp_of(str(self.folder / "c")), before)
        (self.folder / "c").write_bytes(b"")
        self.assertNotEqual(stamp_of(str(self.folder / "c")), before)

    def test_table(self) -> None:
        papers = Papers(self.mktemp())
        cert, key = papers.files("node", NODE)
        self.assertEqual(list(stamps_of(ServerTLS(cert, key))), [cert, key])

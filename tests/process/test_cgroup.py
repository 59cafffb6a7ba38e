"""The limit of the control group, as files of both versions say it."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.cgroup import memory_limit

NONE_OF_V1 = "9223372036854771712\n"


class LimitTests(SynchronousTestCase):
    """A folder in place of the root."""

    def limit(self, cgroup: str, **files: str) -> int | None:
        root = Path(self.mktemp())
        for name, text in {"proc/self/cgroup": cgroup, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return memory_limit(root)

    def test_version_2(self) -> None:
        """Of the group, or of one above it, whichever is smaller."""
        at = "sys/fs/cgroup/system.slice"
        for own, above, limit in (("500", "max", 500), ("max", "400", 400), ("500", "400", 400)):
            files = {f"{at}/q.service/memory.max": own + "\n", f"{at}/memory.max": above + "\n"}
            self.assertEqual(self.limit("0::/system.slice/q.service\n", **files), limit)

    def test_version_1(self) -> None:
        files = {
            "sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes": "1000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": NONE_OF_V1,
        }
        self.assertEqual(self.limit("4:memory:/docker/a\n1:cpu:/\n0::/\n", **files), 1000)

    def test_in_a_container(self) -> None:
        """The path is the machine's, and only the group itself is mounted."""
        self.assertEqual(self.limit("0::/docker/a\n", **{"sys/fs/cgroup/memory.max": "7"}), 7)
        files = {"sys/fs/cgroup/memory/memory.limit_in_bytes": "8"}
        self.assertEqual(self.limit("3:cpu,memory:/docker/a\n", **files), 8)

    def test_none(self) -> None:
        self.assertIsNone(self.limit("0::/\n", **{"sys/fs/cgroup/memory.max": "max\n"}))
        files = {"sys/fs/cgroup/memory/memory.limit_in_bytes": NONE_OF_V1}
        self.assertIsNone(self.limit("4:memory:/\n", **files))

    def test_nobody_says(self) -> None:
        """No Linux, or no such files; or what is no number."""
        self.assertIsNone(memory_limit(Path(self.mktemp())))
        self.assertIsNone(self.limit("nonsense\n", **{"sys/fs/cgroup/memory.max": "9"}))
        self.assertIsNone(self.limit("0::/\n", **{"sys/fs/cgroup/memory.max": "-1"}))

    def test_outside(self) -> None:
        """A path that leads out of the mounted folder ends there."""
        self.assertEqual(self.limit("0::/../..\n", **{"sys/fs/cgroup/memory.max": "5"}), 5)

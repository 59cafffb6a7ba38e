"""One member, as the page shows it."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.page.page_member import member_piece, trouble
from quorumha.admin.page.piece import Piece
from tests.admin.status_document import NOW, down, member


def texts(piece: Piece, name: str, slot: str) -> list[str]:
    """Of the pieces of one name."""
    return [one.texts[slot] for one in piece.pieces[name]]


class TroubleTests(SynchronousTestCase):
    """Why it is out, and what happens next."""

    def test_down(self) -> None:
        said = "Down for 2 min, since 21:57:48: connection refused."
        said += " Checked again every 1 s; back after 2 good answers."
        self.assertEqual(trouble(down("a"), NOW), said)

    def test_up(self) -> None:
        self.assertEqual(trouble(member("a"), NOW), "")

    def test_disabled_by_the_file(self) -> None:
        self.assertEqual(trouble(member("a", "disabled", since=None), NOW), "Disabled by the file.")

    def test_disabled_by_the_admin(self) -> None:
        """Since then, not since its health changed."""
        one = member("a", "disabled", enabled_by="admin", enabled_since=NOW - 4000)
        self.assertEqual(trouble(one, NOW), "Disabled by admin for 1 h 6 min, since 20:53:20.")

    def test_no_cause(self) -> None:
        one = member("a", "starting", since=NOW - 3)
        self.assertEqual(trouble(one, NOW), "Starting for 3 s, since 21:59:57.")


class MemberTests(SynchronousTestCase):
    """Its line."""

    def numbers(self, **more: Any) -> str:
        return member_piece("t", member("a", **more), NOW).texts["numbers"]

    def test_attempts(self) -> None:
        """Those that there were none of are not said."""
        said = self.numbers(attempts={"responded": 7, "timed_out": 2, "broken": 0}, in_flight=3)
        self.assertEqual(said.split(" \xb7 ")[:3], ["3 in flight", "7 responded", "2 timed out"])

    def test_checks(self) -> None:
        for check, expected in (
            ({"at": NOW - 1, "seconds": 0.0123, "said": ""}, "check 1 s ago, 12 ms: good"),
            ({"at": NOW - 70, "seconds": 0.0002, "said": "503"}, "check 1 min ago, < 1 ms 503"),
        ):
            self.assertEqual(self.numbers(check=check).split(" \xb7 ")[-1], expected)

    def test_not_checked(self) -> None:
        self.assertEqual(self.numbers(check=None), "0 in flight \xb7 0 responded")

    def test_cause_is_said_once(self) -> None:
        piece = member_piece("t", down("a"), NOW)
        self.assertNotIn("refused", piece.texts["numbers"])
        self.assertIn("refused", piece.pieces["sentences"][0].texts["sentence"])

    def test_tags(self) -> None:
        piece = member_piece("t", member("a", backup=True, weight=3), NOW)
        self.assertEqual(texts(piece, "tags", "tag"), ["backup", "weight 3"])


class ButtonTests(SynchronousTestCase):
    """What may be asked for."""

    def test_enabled(self) -> None:
        piece = member_piece("t", down("a"), NOW)
        self.assertEqual(texts(piece, "buttons", "label"), ["Disable", "Drain"])
        self.assertEqual(texts(piece, "buttons", "post")[0], "api/v1/pools/t/upstreams/a/disable")

    def test_taken_away(self) -> None:
        for state in ("disabled", "draining"):
            piece = member_piece("t", member("a", state), NOW)
            self.assertEqual(texts(piece, "buttons", "post"), ["api/v1/pools/t/upstreams/a/enable"])

    def test_one_place(self) -> None:
        """Who presses one finds the focus on the other."""
        before, after = (member_piece("t", member("a", state), NOW) for state in ("up", "disabled"))
        self.assertEqual(texts(before, "buttons", "id")[0], texts(after, "buttons", "id")[0])

    def test_names_in_addresses(self) -> None:
        """A member without a name goes by its address."""
        piece = member_piece("t", member("10.0.0.1:9101/x?y#z"), NOW)
        self.assertIn("/upstreams/10.0.0.1%3A9101%2Fx%3Fy%23z/disable", texts(piece, "buttons", "post")[0])

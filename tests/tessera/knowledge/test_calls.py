"""Tessera's calls."""

from __future__ import annotations

import re
from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.decide import call_class
from quorumha.tessera.decide.call_class import CALL_CLASSES, CallClass
from quorumha.tessera.knowledge.calls import PORTS
from tests.sources import ROOT
from tests.testing.test_corpus import load

#: By hand from the table of endpoints (WIRE A3): what Tessera has on each port, and its class.
#: Some are treated more strictly than their class asks for; these say why.
Q2T = {
    "GET /transaction/{hash}": "R",
    "GET /transaction/{hash}/isSender": "R",
    "GET /transaction/{hash}/participants": "R",
    "GET /transaction/{hash}/mandatory": "R",
    "GET /receive": "R",
    "GET /receiveraw": "R",
    "POST /send": "N",
    "POST /sendraw": "N",
    "POST /storeraw": "N",
    "POST /sendsignedtx": "D",
    "POST /encodedpayload/create": "R",
    "POST /encodedpayload/decrypt": "R",
    "DELETE /transaction/{hash}": "D",
    "POST /delete": "D",
    "POST /createPrivacyGroup": "S",
    # D; once, because what a second answer says was not measured.
    "POST /deletePrivacyGroup": "S",
    "POST /findPrivacyGroup": "R",
    "POST /retrievePrivacyGroup": "R",
    "GET /groups/resident": "R",
}
P2P = {
    "POST /partyinfo": "M",
    "GET /partyinfo": "R",
    "POST /partyinfo/validate": "R",
    "POST /push": "D",
    "POST /pushPrivacyGroup": "S",
    "POST /pushBatch": "S",
    "POST /resend": "R/S",
    "POST /resendBatch": "S",
}
THIRD_PARTY = {"POST /storeraw": "N", "GET /keys": "R", "GET /partyinfo/keys": "R"}
EVERYWHERE = {
    "GET /upcheck": "R",
    "GET /version": "R",
    "GET /version/distribution": "R",
    "GET /version/api": "R",
    "GET /metrics": "R",
    "HEAD /upcheck": "R",
    "POST /something/new": "S",
    "DELETE /something": "S",
    "PUT /": "S",
}
WRITTEN = {"tessera-q2t": Q2T, "tessera-p2p": P2P, "tessera-thirdparty": THIRD_PARTY}


def class_of(serve: str, method: str, path: str) -> CallClass:
    """What the table says: an exact path before the longest prefix; what a path has not, C{/} has."""

    def takes(call_path: str, exact: bool) -> bool:
        return path == call_path or (not exact and path.startswith(call_path.rstrip("/") + "/"))

    calls = [call for call in PORTS[serve].calls if takes(call.path, call.exact)]
    nearest = max(calls, key=lambda call: (call.exact, len(call.path)))
    for where in ((nearest.path, nearest.exact), ("/", False)):
        named = {call.method: call for call in calls if (call.path, call.exact) == where}
        found = named.get(method) or named.get("*")
        if found is not None:
            return CALL_CLASSES[found.call_class]
    raise AssertionError(f"{method} {path} is not in the table")


class TableTests(SynchronousTestCase):
    """The profiles."""

    def test_classes(self) -> None:
        """Every call of the table of endpoints has its class."""
        for serve, written in WRITTEN.items():
            for call, letter in {**EVERYWHERE, **written}.items():
                method, path = call.split(" ")
                self.assertEqual(class_of(serve, method, path).letter, letter, f"{serve}: {call}")

    def test_none_left_out(self) -> None:
        """And every call of a profile is in that table."""
        for serve, written in WRITTEN.items():
            paths = {call.split(" ")[1] for call in (*written, *EVERYWHERE)}
            for call in PORTS[serve].calls:
                below = call.path.rstrip("/") + "/"
                found = call.path in paths or (not call.exact and any(p.startswith(below) for p in paths))
                self.assertTrue(found, call)

    def test_those_of_one_letter(self) -> None:
        """Those of one class that differ."""
        for serve, call, wanted in (
            ("tessera-q2t", "GET /transaction/x", call_class.LOOKUP),
            ("tessera-q2t", "GET /transaction/x/isSender", call_class.LOOKUP),
            ("tessera-q2t", "GET /receive", call_class.LOOKUP),
            ("tessera-q2t", "GET /receiveraw", call_class.LOOKUP),
            ("tessera-q2t", "HEAD /transaction/x", call_class.READ),
            ("tessera-q2t", "POST /transaction/x", call_class.ONCE),
            ("tessera-q2t", "GET /send", call_class.READ),
            ("tessera-q2t", "GET /groups/resident", call_class.READ),
            ("tessera-q2t", "GET /version/api", call_class.API_VERSIONS),
            ("tessera-p2p", "GET /version", call_class.START_UP),
            ("tessera-p2p", "POST /resendBatch", call_class.JOB),
            ("tessera-p2p", "POST /pushBatch", call_class.PUSH_BATCH),
            ("tessera-p2p", "GET /transaction/x", call_class.READ),
            ("tessera-thirdparty", "GET /upcheck", call_class.UP_CHECK),
        ):
            self.assertIs(class_of(serve, *call.split(" ")), wanted, call)

    def test_documented(self) -> None:
        """The reference says which call is treated how."""
        text = (ROOT / "docs/reference/tessera-calls.md").read_text("utf-8")
        rows = [
            [cell.strip() for cell in line.split("|")[1:-1]]
            for line in text.partition("| `treat_as` | `tessera-q2t`")[2].splitlines()[2:14]
        ]
        for column, (serve, port) in enumerate(PORTS.items(), 1):
            told = {row[0].strip("`"): row[column] for row in rows}
            told["start-up"] = told["start-up"].replace("the same", rows[1][1])
            written = {
                (treat_as, call)
                for treat_as, cell in told.items()
                for call in re.findall("`([A-Z]+ /[^`]*)`", cell)
            }
            wanted = {
                (
                    CALL_CLASSES[call.call_class].treat_as,
                    f"{call.method} {call.path}{'' if call.exact else '/...'}",
                )
                for call in port.calls
                if call.path != "/"
            }
            self.assertEqual(written, wanted, serve)

    def test_no_call_twice(self) -> None:
        for serve, port in PORTS.items():
            counted = Counter((call.method, call.path, call.exact) for call in port.calls)
            self.assertEqual([key for key, count in counted.items() if count > 1], [], serve)

    def test_written_well(self) -> None:
        """Methods in capitals, paths from their slash, and something for every other path."""
        for port in PORTS.values():
            for call in port.calls:
                self.assertTrue(call.method == "*" or call.method.isupper(), call)
                self.assertTrue(call.path.startswith("/"), call)
                self.assertTrue(call.path == "/" or not call.path.endswith("/"), call)
            self.assertIn(("*", "/", False), [(call.method, call.path, call.exact) for call in port.calls])

    def test_captured_calls(self) -> None:
        """No POST that a real node sent is left to what the table does not know."""
        captures = {"q2t-b": "tessera-q2t", "q2t-back-1": "tessera-q2t", "p2p-b": "tessera-p2p"}
        captures |= {"p2p-back-1": "tessera-p2p", "thirdparty-back-1": "tessera-thirdparty"}
        seen = 0
        for name, serve in captures.items():
            for exchange in load(name):
                if exchange["method"] == "POST":
                    seen += 1
                    found = class_of(serve, "POST", exchange["path"].partition("?")[0])
                    self.assertIsNot(found, call_class.ONCE, exchange["path"])
        self.assertGreater(seen, 20)

"""All that the page shows, as HTML."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.template import flattenString

from quorumha.admin.page.page_content import whole
from quorumha.admin.page.piece import PieceElement, Turns, template
from quorumha.pool.member_state import STATES
from tests.admin.status_document import NOW, change, document, down, empty, listener, member, pool

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """What is on a page.

    @ivar found: each tag with its attributes.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


class ContentTests(SynchronousTestCase):
    """C{whole}, in the template."""

    def page(self, document: dict[str, Any]) -> str:
        element = PieceElement(template(), whole(document), Turns(Clock(), 10**9))
        return self.successResultOf(flattenString(None, element)).decode()

    def test_cause_and_what_happens_next(self) -> None:
        said = "Down for 2 min, since 21:57:48: connection refused."
        said += " Checked again every 1 s; back after 2 good answers."
        # At the members of three pools; at the top for Tessera, and for what leads there by HTTP.
        self.assertEqual(self.page(document()).count(said), 3 + 2)

    def test_empty(self) -> None:
        page = self.page(empty())
        self.assertIn("Nothing is served: there is no listener.", page)
        self.assertIn("Nothing has changed since the start.", page)
        self.assertIn("The configuration has no listener and no pool.", page)

    def test_every_state(self) -> None:
        page = self.page(empty() | {"pools": [pool("p", *(member(f"m-{one}", one) for one in STATES))]})
        for state in STATES:
            self.assertIn(f'id="member:p/m-{state}"', page)

    def test_no_id_stands_twice(self) -> None:
        """The script knows things by them."""
        ids = re.findall(r' id="([^"]*)"', self.page(document()))
        self.assertEqual(len(set(ids)), len(ids))

    def test_escaped(self) -> None:
        """Whatever a file or a node says: it brings no tag, and no attribute."""
        evil = down(
            EVIL, address=EVIL, cause=EVIL, next=EVIL, check={"at": NOW, "seconds": 1.0, "said": EVIL + "!"}
        )
        last = {"at": NOW, "taken": False, "changes": [EVIL], "problems": [EVIL]}
        routes = [{"path": EVIL, "pool": EVIL}]
        told = {
            "quorumha": EVIL,
            "config": {"path": EVIL, "digest": EVIL, "loaded": NOW},
            "reload": {"taken": 0, "refused": 1, "last": last},
            "listeners": [
                listener(EVIL, EVIL, EVIL, address=EVIL, routes=routes, own={EVIL: 1}, requests={EVIL: 1})
            ],
            "pools": [pool(EVIL, evil, failovers={EVIL: 1})],
            "changes": [change(1, EVIL, EVIL, EVIL, cause=EVIL, next=EVIL)],
        }
        page = self.page(empty() | told)
        calm = self.page(empty() | _replaced(told, "calm"))
        tags = [(tag, sorted(attributes)) for tag, attributes in Tags(page).found]
        self.assertEqual(tags, [(tag, sorted(attributes)) for tag, attributes in Tags(calm).found])
        self.assertGreater(unescape(page).count(EVIL), 15)

    def test_nothing_inline_and_nothing_foreign(self) -> None:
        """The policy would refuse it."""
        for tag, attributes in Tags(self.page(document())).found:
            self.assertEqual([name for name in attributes if name.startswith("on") or name == "style"], [])
            for name in ("src", "href", "action"):
                self.assertRegex(attributes.get(name) or "", r"\A(|#\w+|page\.(css|js))\Z")
            self.assertNotIn(tag, ("style", "img", "iframe"))

    def test_buttons_say_what_they_do(self) -> None:
        """Each has a name of its own, and asks."""
        buttons = [
            more for tag, more in Tags(self.page(document())).found if tag == "button" and "data-post" in more
        ]
        self.assertEqual(len(buttons), 2 + 1 + 2 + 3 * 4)
        self.assertEqual(len({more["data-ask"] for more in buttons}), len(buttons))
        self.assertTrue(all(more["data-then"] and more["data-done"] for more in buttons))

    def test_drained_process(self) -> None:
        page = self.page(document(draining=True))
        self.assertIn('data-post="api/v1/undrain"', page)
        self.assertNotIn('data-post="api/v1/drain"', page)


def _replaced(told: Any, text: str) -> Any:
    """With another text in place of the evil one."""
    if isinstance(told, dict):
        return {_replaced(key, text): _replaced(value, text) for key, value in told.items()}
    if isinstance(told, list):
        return [_replaced(value, text) for value in told]
    return told.replace(EVIL, text) if isinstance(told, str) else told

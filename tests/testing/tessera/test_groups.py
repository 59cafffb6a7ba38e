"""Privacy groups."""

from __future__ import annotations

import json
from typing import Any

from quorumha.testing.tessera.state import OWN_KEY, Party
from tests.testing.tessera_pair import OTHER_KEY, OTHER_URL, Pair, text_of

ASKED: dict[str, object] = {"addresses": [text_of(OTHER_KEY)], "name": "n"}


class GroupTests(Pair):
    def said(self, path: str, body: dict[str, object], node: int = 0) -> Any:
        answer = self.ask(f"q2t{node}", f"POST {path}", body)
        self.assertEqual(answer.status, 200)
        return json.loads(answer.body)

    def test_each_call_makes_another_group_unless_there_is_a_seed(self) -> None:
        made = [self.said("/createPrivacyGroup", ASKED, node)["privacyGroupId"] for node in (0, 1)]
        self.assertEqual(len(set(made)), 2)
        seeded = {**ASKED, "seed": text_of(b"s")}
        made = [self.said("/createPrivacyGroup", seeded, node)["privacyGroupId"] for node in (0, 1)]
        self.assertEqual(len(set(made)), 1)

    def test_found_read_and_deleted_at_either_node(self) -> None:
        self.nodes[0].state.parties[OTHER_URL] = Party({OTHER_KEY})
        group = self.said("/createPrivacyGroup", ASKED)
        both = [text_of(OTHER_KEY), text_of(OWN_KEY)]
        self.assertEqual(self.said("/findPrivacyGroup", {"addresses": both}, 1), [group])
        name = {"privacyGroupId": group["privacyGroupId"]}
        self.assertEqual(self.said("/retrievePrivacyGroup", name, 1), group)
        self.assertEqual(json.loads(self.ask("q2t1", "GET /groups/pantheon").body), [group])
        ((url, octets),) = self.nodes[0].state.pushed
        self.assertEqual(url, OTHER_URL)
        self.assertEqual(self.said("/deletePrivacyGroup", name, 1), group["privacyGroupId"])
        self.assertEqual(self.status("q2t0", "POST /retrievePrivacyGroup", name), 404)
        self.assertEqual(self.status("p2p1", "POST /pushPrivacyGroup", octets), 200)
        self.assertEqual(self.said("/retrievePrivacyGroup", name), group)

    def test_residents_need_multiple_private_states(self) -> None:
        said = self.ask("q2t0", "GET /groups/resident")
        self.assertEqual(said.status, 503)
        self.assertEqual(
            said.body, b"Multiple private state feature is not available on this privacy manager"
        )
        self.nodes[0].state.api_versions = ("1.0", "2.0", "2.1", "3.0")
        self.assertEqual(self.status("q2t0", "GET /groups/resident"), 200)

    def test_a_dead_database(self) -> None:
        self.store.dead = True
        self.assertEqual(self.status("q2t0", "POST /createPrivacyGroup", ASKED), 500)

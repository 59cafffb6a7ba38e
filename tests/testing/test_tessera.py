"""What several requests to simulated Tessera nodes come to."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from urllib.parse import quote

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, Message, Reader, SimulatedTessera, TesseraStore
from quorumha.testing.tessera_octets import BadOctets, PartyInfo, Payload
from quorumha.testing.tessera_state import OWN_KEY

OTHER_KEY = bytes(32)
OTHER_URL = "http://other:9001/"
SEND = {"payload": b64encode(b"private").decode(), "to": []}


def text_of(key: bytes) -> str:
    return b64encode(key).decode()


class Pair(SynchronousTestCase):
    """Two nodes of one party, all their ports listening in memory."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.store = TesseraStore()
        self.nodes = [SimulatedTessera(self.net.clock, self.store, "http://pair:9001/") for _ in range(2)]
        for number, node in enumerate(self.nodes):
            for name, port in zip(("q2t", "p2p", "third"), node.ports, strict=True):
                self.net.listen(f"{name}{number}:1", port)

    def ask(
        self, place: str, line: str, body: bytes | dict[str, object] = b"", *headers: str, wait: float = 0
    ) -> Message:
        """The answer to one request on a connection of its own."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        lines = [f"{line} HTTP/1.1", "Host: c", f"Content-Length: {len(data)}", *headers]
        client = self.net.connect(f"{place}:1")
        client.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        self.net.advance(wait)
        ended: list[Message] = []
        Reader(lambda _: None, ended.append, requests=False).feed(client.received)
        self.assertEqual(len(ended), 1, f"answers to {line}")
        return ended[0]

    def status(self, *args: object, **kw: float) -> int:
        return self.ask(*args, **kw).status

    def announce(self, number: int, versions: str | None = "v1,v2") -> int:
        info = PartyInfo(OTHER_URL.encode(), ((OTHER_KEY, OTHER_URL.encode()),), ())
        headers = () if versions is None else (f"tesseraSupportedApiVersions: {versions}",)
        return self.status(f"p2p{number}", "POST /partyinfo", info.encode(), *headers)


class StoreTests(Pair):
    def test_sent_at_one_read_at_the_other(self) -> None:
        made = self.ask("q2t0", "POST /send", SEND)
        key = json.loads(made.body)["key"]
        self.assertEqual(len(b64decode(key)), 64)
        where = f"/transaction/{quote(key, safe='')}"
        self.assertEqual(made.get(b"location"), f"http://c{where}".encode())
        got = self.ask("q2t1", f"GET {where}?isRaw=false")
        self.assertEqual(json.loads(got.body)["payload"], SEND["payload"])
        got = self.ask("q2t1", "GET /receive", {"key": key})
        self.assertEqual(json.loads(got.body)["payload"], SEND["payload"])
        got = self.ask("q2t1", "GET /receiveraw", b"", f"c11n-key: {key}")
        self.assertEqual(got.body, b"private")

    def test_each_send_has_its_own_key(self) -> None:
        keys = [json.loads(self.ask(f"q2t{n}", "POST /send", SEND).body)["key"] for n in (0, 1)]
        self.assertEqual(len(set(keys)), 2)
        self.assertEqual(len(self.store.transactions), 2)

    def test_deleted(self) -> None:
        key = json.loads(self.ask("q2t0", "POST /send", SEND).body)["key"]
        other = json.loads(self.ask("q2t0", "POST /send", SEND).body)["key"]
        self.assertEqual(self.status("q2t1", f"DELETE /transaction/{quote(key, safe='')}"), 204)
        self.assertEqual(self.status("q2t0", f"DELETE /transaction/{quote(key, safe='')}"), 404)
        self.assertEqual(self.status("q2t0", "POST /delete", {"key": other}), 200)
        self.assertEqual(self.store.transactions, {})

    def test_a_raw_payload_is_signed_once(self) -> None:
        stored = self.ask("third0", "POST /storeraw", {"payload": SEND["payload"]})
        key = json.loads(stored.body)["key"]
        self.assertEqual(self.status("q2t1", "POST /sendsignedtx", {"hash": key, "to": []}), 201)
        again = self.ask("q2t0", "POST /sendsignedtx", {"hash": key, "to": []})
        self.assertEqual(again.status, 500)
        self.assertIn(b"duplicate key value violates unique constraint", again.body)
        self.assertEqual(
            self.status("q2t0", "POST /sendsignedtx", {"hash": text_of(bytes(64)), "to": []}), 404
        )

    def test_a_push_is_taken_once(self) -> None:
        octets = Payload.seal(b"x", OTHER_KEY, [OWN_KEY], b"s").encode()
        taken = self.ask("p2p0", "POST /push", octets, "Accept: text/html, */*; q=.2")
        self.assertEqual((taken.status, taken.get(b"content-type")), (201, b"text/html"))
        self.assertEqual(self.status("p2p1", "POST /push", octets), 500)

    def test_resend(self) -> None:
        payload = Payload.seal(b"x", OWN_KEY, [OTHER_KEY], b"s")
        self.store.insert(payload)
        one = {"type": "INDIVIDUAL", "key": text_of(payload.hash), "publicKey": text_of(OTHER_KEY)}
        answer = self.ask("p2p0", "POST /resend", one)
        self.assertEqual(Payload.decode(answer.body), payload)
        self.assertEqual(self.status("p2p0", "POST /resend", {"type": "ALL", "publicKey": "x"}), 200)
        self.assertEqual(self.nodes[0].state.resends[1], ("ALL", ""))

    def test_encoded_payloads(self) -> None:
        made = self.ask("q2t0", "POST /encodedpayload/create", SEND)
        back = self.ask("q2t1", "POST /encodedpayload/decrypt", made.body)
        self.assertEqual(json.loads(back.body)["payload"], SEND["payload"])
        self.assertEqual(self.store.transactions, {})


class PartyTests(Pair):
    send = {**SEND, "to": [text_of(OTHER_KEY)]}

    def test_peer_tables_are_apart(self) -> None:
        self.assertEqual(self.announce(0), 200)
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 201)
        missing = self.ask("q2t1", "POST /send", self.send)
        self.assertEqual(missing.status, 404)
        self.assertEqual(missing.body, b"Recipient not found for key: " + b64encode(OTHER_KEY))
        ((url, octets),) = self.nodes[0].state.pushed
        self.assertEqual((url, Payload.decode(octets).open()), (OTHER_URL, b"private"))

    def test_party_info_and_keys_are_given(self) -> None:
        self.announce(0)
        info = json.loads(self.ask("p2p0", "GET /partyinfo").body)
        self.assertEqual(info["peers"], [{"url": OTHER_URL}, {"url": "http://pair:9001/"}])
        counts = [len(json.loads(self.ask(f"third{n}", "GET /partyinfo/keys").body)["keys"]) for n in (0, 1)]
        self.assertEqual(counts, [2, 1])

    def test_lost_in_a_restart(self) -> None:
        self.announce(0)
        self.nodes[0].restart()
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 404)

    def test_an_unreachable_recipient_is_dropped_and_nothing_kept(self) -> None:
        self.announce(0)
        self.nodes[0].state.offline.add(OTHER_URL)
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 410)
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 404)
        self.assertEqual(self.store.transactions, {})

    def test_enhanced_privacy_needs_the_announced_versions(self) -> None:
        enhanced = {**self.send, "privacyFlag": 1}
        self.announce(0, None)
        self.assertEqual(self.status("q2t0", "POST /send", enhanced), 403)
        self.announce(0, "v1,v2")
        self.assertEqual(self.status("q2t0", "POST /send", enhanced), 201)


class FaultTests(Pair):
    probe = f"GET /transaction/{quote(text_of(bytes(64)), safe='')}"

    def test_a_dead_database(self) -> None:
        self.assertEqual(self.status("q2t0", self.probe), 404)
        self.nodes[0].faults.database_dead = True
        self.assertEqual(self.status("q2t0", self.probe), 500)
        self.assertEqual(self.status("q2t1", self.probe), 404)
        self.store.dead = True
        self.assertEqual(self.status("q2t1", self.probe), 500)
        up = self.ask("q2t1", "GET /upcheck")
        self.assertEqual((up.status, up.body), (200, b"Database unavailable"))

    def test_wrong_requests(self) -> None:
        self.assertEqual(self.status("q2t0", "GET /nothing"), 404)
        self.assertEqual(self.status("q2t0", "GET /keys"), 404)
        self.assertEqual(self.status("q2t0", "GET /send"), 500)
        self.assertEqual(self.status("q2t0", "POST /send", b"{"), 400)
        self.assertEqual(self.status("q2t0", "POST /send", {"to": []}), 400)
        self.assertEqual(self.status("p2p0", "POST /partyinfo", b"\0" * 7), 400)
        self.assertEqual(self.status("third0", "POST /storeraw", {**SEND, "from": text_of(OTHER_KEY)}), 404)

    def test_hangs_then_goes_on(self) -> None:
        self.nodes[0].faults.hang = True
        client = self.net.connect("q2t0:1")
        request = b"GET /upcheck HTTP/1.1\r\nHost: c\r\n\r\n"
        client.write(request)
        self.net.advance(60)
        self.assertEqual(client.received, b"")
        self.nodes[0].faults.hang = False
        client.write(request)
        self.net.run()
        self.assertEqual(client.received.count(b"I'm up!"), 2)

    def test_lags(self) -> None:
        self.nodes[0].faults.lag = 2.0
        client = self.net.connect("q2t0:1")
        client.write(b"GET /upcheck HTTP/1.1\r\nHost: c\r\n\r\n")
        self.net.advance(1.9)
        self.assertEqual(client.received, b"")
        self.net.advance(0.1)
        self.assertTrue(client.received.endswith(b"I'm up!"))

    def test_refuses_and_breaks_off(self) -> None:
        client = self.net.connect("q2t0:1")
        self.net.run()
        self.nodes[0].q2t.abort_connections()
        self.nodes[0].faults.refuse = True
        refused = self.net.connect("q2t0:1")
        self.net.run()
        self.assertEqual((client.how_it_ended, refused.how_it_ended), ("ConnectionLost", "ConnectionLost"))
        self.assertEqual(self.nodes[0].q2t.connections, [])


class ConnectionTests(Pair):
    def test_kept_alive_closed_when_asked_and_head_has_no_body(self) -> None:
        client = self.net.connect("q2t0:1")
        client.write(b"HEAD /upcheck HTTP/1.1\r\nHost: c\r\n\r\n")
        client.write(b"GET /upcheck HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
        self.net.run()
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 2)
        self.assertTrue(client.received.endswith(b"Connection: close\r\n\r\nI'm up!"))
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_continue(self) -> None:
        client = self.net.connect("q2t0:1")
        client.write(b"POST /send HTTP/1.1\r\nHost: c\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        self.net.run()
        self.assertEqual(client.received, b"HTTP/1.1 100 Continue\r\n\r\n")
        client.write(b"{}")
        self.net.run()
        self.assertIn(b"HTTP/1.1 400 ", client.received)

    def test_not_http(self) -> None:
        client = self.net.connect("q2t0:1")
        client.write(b"hello\r\n\r\n")
        self.net.run()
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "))
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_requests_are_kept_if_asked(self) -> None:
        self.status("q2t0", "GET /upcheck")
        self.assertEqual([r.target for r in self.nodes[0].q2t.requests], [b"/upcheck"])
        silent = SimulatedTessera(self.net.clock, self.store, keep=False)
        self.net.listen("s:1", silent.q2t)
        self.status("s", "GET /upcheck")
        self.assertEqual((silent.q2t.requests, silent.q2t.served), ([], 1))


class OctetTests(SynchronousTestCase):
    def test_cut_octets_are_refused(self) -> None:
        whole = PartyInfo(b"u", ((b"k", b"u"),), (b"p",)).encode()
        for size in range(len(whole)):
            self.assertRaises(BadOctets, PartyInfo.decode, whole[:size])
        self.assertRaises(BadOctets, PartyInfo.decode, whole + b"x")
        self.assertRaises(BadOctets, Payload.decode, b"")

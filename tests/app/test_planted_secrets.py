"""Secrets in every place of a request: none is in what the proxy writes or shows."""

from __future__ import annotations

import base64
import io
import json

from twisted.internet.testing import MemoryReactorClock
from twisted.logger import Logger, LogPublisher

from quorumha.app.kinds import log_lines
from quorumha.config.log import LogConfig
from quorumha.logs.access_log import AccessLog
from quorumha.logs.fact_observer import LogObserver
from quorumha.logs.pipeline import LogPipeline
from quorumha.logs.sinks import Stream
from quorumha.testing.http_clients import http_request
from tests.admin.served import AdminCase

CONFIG = """
[pools.nodes]
upstreams = [{ endpoint = "tcp:10.0.0.1:80", name = "a" }, { endpoint = "tcp:10.0.0.2:80", name = "b" }]
[pools.tessera]
upstreams = ["http://10.0.0.3:9101", "http://10.0.0.4:9101"]
[pools.quorum]
upstreams = ["http://10.0.0.5:8545", "http://10.0.0.6:8545"]
[listeners.web]
listen = "tcp:8080"
serve = "http"
body_limit = 2000
routes = [{ path = "/api", pool = "nodes" }]
[listeners.q2t]
listen = "tcp:9101"
serve = "tessera-q2t"
pool = "tessera"
client_timeout = 2
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "quorum"
"""
#: One for each place; the letters make no other word.
PLACES = "authorization cookie psi query path payload passphrase param method field id host"
SECRETS = {name: f"zq{name}Xk7" for name in PLACES.split()}
KEY = base64.b64encode(SECRETS["path"].encode() + b"0" * 16).decode()
FIELDS = (
    f"Authorization: Bearer {SECRETS['authorization']}".encode(),
    f"Proxy-Authorization: Basic {SECRETS['authorization']}".encode(),
    f"Cookie: s={SECRETS['cookie']}".encode(),
    f"Quorum-PSI: {SECRETS['psi']}".encode(),
    f"X-Api-Key: {SECRETS['field']}".encode(),
    f"X-Request-Id: {SECRETS['id']} with blanks".encode(),
    b"Content-Type: application/json",
)
QUERY = f"?PSI={SECRETS['psi']}&token={SECRETS['query']}"


class PlantedTests(AdminCase):
    """What is written, what is shown, and what clients are told by the proxy itself."""

    def toml(self, keys: str = "", pools: str = CONFIG) -> str:
        return super().toml(keys, pools)

    def setUp(self) -> None:
        super().setUp()
        reactor = MemoryReactorClock()
        self.written: dict[str, io.StringIO] = {}
        observers = self.proxy.service.observers
        for form in ("text", "json"):
            stream = self.written[form] = io.StringIO()
            pipeline = LogPipeline(reactor, Stream(stream))
            pipeline.take(LogConfig(format=form, level="debug"))  # type: ignore[arg-type]  # one of two
            publisher = LogPublisher(pipeline.observer)
            observers.add(LogObserver(Logger("quorumha", observer=publisher), lines=log_lines()))
        stream = self.written["access"] = io.StringIO()
        self.access = AccessLog(reactor, Stream(stream), lambda: 1.0, lambda count: None, lambda run: None)
        observers.add(self.access, requests=True)
        #: Bodies of the proxy's own, and heads of all responses.
        self.responses: list[bytes] = []
        self.start()

    def send(self, listener: str, data: bytes) -> None:
        """Send it, and wait for what comes."""
        client = self.proxy.client(data, listener)
        for _ in range(8):
            self.proxy.net.advance(1.0)
        self.responses.append(client.received)

    def send_all(self) -> None:
        """A request with a secret in each of its places, to each listener; good ones and bad ones."""
        payload = base64.b64encode(SECRETS["payload"].encode()).decode()
        stored = {"payload": payload, "from": KEY, "to": [KEY]}
        host = f"{SECRETS['host']}.example".encode()
        self.send("web", http_request(b"GET", f"/api/{KEY}{QUERY}".encode(), None, *FIELDS, host=host))
        self.send("web", http_request(b"GET", f"/{KEY}{QUERY}".encode(), None, *FIELDS))
        self.send("web", http_request(b"POST", b"/api", SECRETS["payload"].encode() * 300, *FIELDS))
        self.send("web", f"GET /api/{KEY}  HTTP/1.1\r\nHost: h\r\n{SECRETS['field']}\x00: x\r\n\r\n".encode())
        self.send("web", f"GET /api/../{SECRETS['path']} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        self.send("q2t", http_request(b"POST", b"/send", json.dumps(stored).encode(), *FIELDS))
        self.send("q2t", http_request(b"GET", f"/transaction/{KEY}{QUERY}".encode(), None, *FIELDS))
        self.send("q2t", http_request(b"POST", b"/send", SECRETS["payload"].encode(), *FIELDS))
        for method, params in (
            ("personal_unlockAccount", ["0x" + "1" * 40, SECRETS["passphrase"], 1]),
            (
                "personal_sendTransaction",
                [{"from": "0x" + "1" * 40, "data": SECRETS["param"]}, SECRETS["passphrase"]],
            ),
            ("eth_call", [{"data": SECRETS["param"], "privateFor": [KEY]}, "latest"]),
            ("eth_sendRawTransaction", ["0x" + SECRETS["payload"].encode().hex()]),
            (SECRETS["method"], [SECRETS["param"]]),
            (f"eth_{SECRETS['method']}", []),
        ):
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            for body in (call, [call, call]):
                data = json.dumps(body).encode()
                self.send("rpc", http_request(b"POST", f"/{QUERY}".encode(), data, *FIELDS))

    def check(self, what: str, text: str, *, of_clients: tuple[str, ...] = ()) -> None:
        """No secret is in it, in any of its forms.

        @param of_clients: what a client may read of its own request.
        """
        self.assertTrue(text, what)
        for name, secret in SECRETS.items():
            if name in of_clients:
                continue
            coded = base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
            for form in (secret, coded, secret.encode().hex()):
                self.assertNotIn(form, text, f"{name} is in {what}")

    def check_all(self) -> None:
        self.access.hand_over()
        self.access.writer.turn()
        self.assertGreater(len(self.written["access"].getvalue().splitlines()), 15)
        for name, stream in self.written.items():
            self.check(name, stream.getvalue())
        for path in ("/", "/metrics", "/api/v1/status", "/api/v1/config", "/readyz?verbose"):
            found = self.ask(path, "Authorization: Bearer x")
            self.assertEqual(found.status, 200 if path != "/readyz?verbose" else found.status, path)
            self.check(path, found.body.decode())

    def test_all_is_well(self) -> None:
        self.send_all()
        self.check_all()

    def test_nobody_responds(self) -> None:
        """Then the proxy says all itself; a method that is not known by its name, as nodes do."""
        for name in tuple(self.proxy.places):
            self.proxy.kill(name)
        self.proxy.net.advance(5.0)
        self.send_all()
        self.check_all()
        said = b"".join(self.responses).decode("latin-1")
        self.assertGreater(said.count("request id: "), 5)
        self.check("responses", said, of_clients=("method",))

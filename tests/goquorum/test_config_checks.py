"""Tests for L{quorumha.goquorum.config_checks}: the last paragraph of the keys."""

from __future__ import annotations

from tests.config.told import ToldTestCase

MEMBERS = (
    '{ name = "a1", endpoint = "http://10.0.0.21:8545" }',
    '{ name = "a2", endpoint = "http://10.0.0.22:8545" }',
)
LISTENER = '[listeners.rpc]\nlisten = "%s"\nserve = "goquorum-rpc"\npool = "quorum"\n%s\n'
AT = "pools.quorum.upstreams"
HERE = "tcp:8545:interface=127.0.0.1"
OPEN = "lets passwords of accounts go over the network in the open: write deny"


def config(*members: str, listener: str = "", listen: str = HERE, pool: str = "") -> str:
    """Members in lines of their own, from the third one."""
    inside = "".join(f"{one},\n" for one in members or MEMBERS)
    return f"[pools.quorum]\nupstreams = [\n{inside}]\n{pool}\n{LISTENER % (listen, listener)}"


class ErrorTests(ToldTestCase):
    """What is refused."""

    def test_none(self) -> None:
        """The configuration that the issue shows, where passwords do not go over the network."""
        self.warns(config())
        self.warns(config(listen="tcp:8545", listener='deny = ["personal_*"]'))

    def test_unknown_class(self) -> None:
        self.check(
            config(listener='methods = [{ name = "x_y", treat_as = "raed" }]'),
            "q.toml:11:28 listeners.rpc.methods[0].treat_as: 'raed' is not one of read, read-at, ",
        )

    def test_class_without_its_parameter(self) -> None:
        """The classes that look into parameters have to be told into which."""
        for treat_as in ("read-at", "count", "account", "sign"):
            self.check(
                config(listener=f'methods = [{{ name = "x_y", treat_as = "{treat_as}" }}]'),
                f'q.toml:11:12 listeners.rpc.methods[0]: treat_as = "{treat_as}" needs `parameter`',
            )
            self.warns(
                config(listener=f'methods = [{{ name = "x_y", treat_as = "{treat_as}", parameter = 0 }}]')
            )

    def test_websocket_in_endpoint(self) -> None:
        self.check(
            config(MEMBERS[0], '{ name = "a2", endpoint = "ws://10.0.0.22:8546" }'),
            f"q.toml:4:16 {AT}[1].endpoint: 'ws://10.0.0.22:8546' is the address of a WebSocket",
        )

    def test_two_without_names_behind_one_host(self) -> None:
        same = "is one of several members of this host without a `name`"
        self.check(
            config('"http://10.0.0.21:8545"', '"http://10.0.0.21:8547"', MEMBERS[1]),
            f"q.toml:3:1 {AT}[0]: {same}",
            f"q.toml:4:1 {AT}[1]: {same}",
        )

    def test_tcp_members(self) -> None:
        """Neither an address that is not for HTTP, nor a pool that is relayed, too."""
        for endpoint in ("tcp:10.0.0.22:8545", "unix:/geth.ipc"):
            self.check(
                config(MEMBERS[0], f'{{ name = "a2", endpoint = "{endpoint}" }}'),
                f"q.toml:4:1 {AT}[1]: '{endpoint}' is no address for HTTP",
            )
        relay = '[listeners.relay]\nlisten = "tcp:1"\nserve = "tcp"\npool = "quorum"\n'
        self.check(
            config() + relay, "q.toml:10:1 listeners.rpc.pool: listener relay relays connections to this pool"
        )

    def test_plain_websocket_beside_tls(self) -> None:
        self.check(
            config(
                '{ name = "a1", endpoint = "https://10.0.0.21", websocket = "ws://10.0.0.21" }',
                pool="tls = {}",
            ),
            f"q.toml:3:48 {AT}[0].websocket: ws:// is plain",
        )

    def test_every_problem_in_one_run(self) -> None:
        self.check(
            config(
                '"http://h:1"',
                '"http://h:2"',
                '"unix:/x"',
                listener='unseen = "x"\nmethods = [{ name = "a_b", treat_as = "sign" }]',
            ),
            f"q.toml:3:1 {AT}[0]: is one of several",
            f"q.toml:4:1 {AT}[1]: is one of several",
            f"q.toml:5:1 {AT}[2]: '/x' is no address for HTTP"[:20],
            "q.toml:12:1 listeners.rpc.unseen: ",
            "q.toml:13:12 listeners.rpc.methods[0]: ",
        )


class WarningTests(ToldTestCase):
    """What is probably not meant."""

    def test_members_without_name(self) -> None:
        """Two proxies that spell an address differently give one nonce twice."""
        self.warns(
            config(MEMBERS[0], '"http://10.0.0.22:8545"'),
            f"q.toml:4:1 {AT}[1]: has no `name`: a second proxy that spells its address otherwise",
        )

    def test_said_once(self) -> None:
        """Of a pool that several listeners use."""
        other = LISTENER.replace("listeners.rpc", "listeners.other") % (HERE.replace("8545", "1"), "")
        self.warns(config(MEMBERS[0], '"http://b:8545"') + other, f"q.toml:4:1 {AT}[1]: has no `name`")

    def test_one_member(self) -> None:
        self.warns(config(MEMBERS[0]), f"q.toml:2:1 {AT}: one member")

    def test_pattern_that_matches_nothing_known(self) -> None:
        self.warns(
            config(
                listener='allow = ["eth_*", "etj_*"]\ndeny = ["eth_getBalnce", "plugin@x_y", "debug_set*"]\n'
                'methods = [{ name = "foo_*" }, { name = "plugin@x_*" }, { name = "mine_x" }]'
            ),
            "q.toml:11:19 listeners.rpc.allow[1]: 'etj_*' is no method that is known, and matches none",
            "q.toml:12:9 listeners.rpc.deny[0]: 'eth_getBalnce' is no method that is known, and matches none;"
            " did you mean 'eth_getBalance'?",
            "q.toml:13:14 listeners.rpc.methods[0].name: 'foo_*' is no method that is known",
        )

    def test_proceed_at_once(self) -> None:
        self.warns(
            config(listener='unseen = "proceed"\nacknowledge = "at-once"'),
            'q.toml:11:1 listeners.rpc.unseen: "proceed" with acknowledge = "at-once"',
        )
        self.warns(config(listener='unseen = "proceed"'))

    def test_no_limit(self) -> None:
        """A key that is 0."""
        keys = ("client_timeout", "response_limit", "message_limit", "client_buffer")
        self.warns(
            config(listener="\n".join(f"{key} = 0" for key in keys)),
            *(f"q.toml:{11 + n}:1 listeners.rpc.{key}: no limit: " for n, key in enumerate(keys)),
        )

    def test_personal_in_the_open(self) -> None:
        """Where it is allowed, by default, too, without TLS, and not on loopback or a unix socket."""
        told = f"q.toml:11:19 listeners.rpc.allow[1]: 'personal_*' {OPEN}"
        allow = 'allow = ["eth_*", "personal_*"]'
        for listen in ("tcp:8545", "tcp:8545:interface=10.0.0.1"):
            self.warns(config(listener=allow, listen=listen), told)
            self.warns(config(listen=listen), f"q.toml:7:12 listeners.rpc: serves personal_*, which {OPEN}")
            self.warns(config(listener='allow = ["eth_*"]', listen=listen))
        for listen in ("tcp:8545:interface=127.0.0.1", "tcp6:8545:interface=::1", "unix:/rpc.sock"):
            self.warns(config(listener=allow, listen=listen.replace("::1", r"\\:\\:1")))
        for keys in (allow, ""):
            self.warns(config(listener=keys + '\ndeny = ["personal_*"]', listen="tcp:8545"))
        most = 'deny = ["personal_s*"]'
        self.warns(config(listener=most, listen="tcp:8545"), "q.toml:7:12 listeners.rpc: serves personal_*")

"""What real nodes are configured with: keys, Tessera's JSON, GoQuorum's genesis."""

from __future__ import annotations

import json
from base64 import b64encode

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


@frozen
class KeyPair:
    """A party's key pair, in base64 as Tessera writes it (NaCl box keys are X25519 keys)."""

    private: str
    public: str

    @classmethod
    def fresh(cls) -> KeyPair:
        """A new one."""
        key = X25519PrivateKey.generate()
        raw = key.private_bytes_raw(), key.public_key().public_bytes_raw()
        return cls(*(b64encode(one).decode() for one in raw))


def node_key() -> tuple[str, str]:
    """A raft node's private key and the name it has in an enode URL, both in hexadecimal."""
    numbers = generate_private_key(SECP256K1()).private_numbers()
    public = numbers.public_numbers
    return f"{numbers.private_value:064x}", f"{public.x:064x}{public.y:064x}"


def url(port: int) -> str:
    """Of a port on loopback."""
    return f"http://127.0.0.1:{port}"


def tessera(keys: KeyPair, database: str, q2t: int, p2p: int, advertised: int, others: list[int]) -> str:
    """A Tessera's configuration.

    @param database: a JDBC address.
    @param advertised: the port where other parties find it; C{p2p} is its own.
    @param others: where it finds others.
    """
    ports = {"Q2T": (q2t, q2t), "P2P": (advertised, p2p)}
    return json.dumps(
        {
            "useWhiteList": False,
            "jdbc": {"username": "sa", "password": "", "url": database, "autoCreateTables": True},
            "serverConfigs": [
                {
                    "app": app,
                    "enabled": True,
                    "serverAddress": url(address),
                    "bindingAddress": url(own),
                    "sslConfig": {"tls": "OFF"},
                    "communicationType": "REST",
                }
                for app, (address, own) in ports.items()
            ],
            "peer": [{"url": url(port)} for port in others],
            "keys": {
                "passwords": [],
                "keyData": [{"privateKey": keys.private, "publicKey": keys.public}],
            },
            "alwaysSendTo": [],
        }
    )


def genesis(chain: int = 10) -> str:
    """Of a raft network without an account that owns anything: gas is free.

    @param chain: its id.
    """
    forks = (
        *("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg"),
        "istanbul",
    )
    return json.dumps(
        {
            "config": {
                "chainId": chain,
                **{f"{fork}Block": 0 for fork in forks},
                "isQuorum": True,
                "maxCodeSizeConfig": [{"block": 0, "size": 32}],
                "txnSizeLimit": 64,
            },
            "alloc": {},
            "coinbase": "0x" + "0" * 40,
            "difficulty": "0x0",
            "extraData": "0x" + "0" * 64,
            "gasLimit": "0xE0000000",
            "mixhash": "0x" + "0" * 38 + "647572616c65787365646c6578",
            "nonce": "0x0",
            "parentHash": "0x" + "0" * 64,
            "timestamp": "0x00",
        }
    )

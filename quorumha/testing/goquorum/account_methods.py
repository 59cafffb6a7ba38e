"""Methods that send and sign: internal/ethapi/api.go of GoQuorum 24.4.1.

An error answer means that nothing was pooled: acceptance is the last step.
"""

from __future__ import annotations

from typing import Any

from quorumha.testing.goquorum.block_chain import TRANSFER_GAS
from quorumha.testing.goquorum.go_arguments import (
    Optional,
    Unreadable,
    address,
    anything,
    data,
    digest,
    quantity,
    structure,
    text,
)
from quorumha.testing.goquorum.go_json import GoObject
from quorumha.testing.goquorum.json_forms import signed_form, unsigned_form
from quorumha.testing.goquorum.key_store import PASSWORD
from quorumha.testing.goquorum.rlp import keccak256
from quorumha.testing.goquorum.rpc_error import RpcError, refusal
from quorumha.testing.goquorum.rpc_visit import Method, Methods, RpcVisit
from quorumha.testing.goquorum.transaction import Transaction, hexed

#: What the node fills in where no gas was given for a transfer.
DEFAULT_GAS = 0x5608
GAS_LIMIT = 0xE0000000
NO_HASH = "0x" + "0" * 64
#: Bytes that a transaction may have (C{txnSizeLimit}, in KiB).
SIZE_LIMIT = 64 * 1024


def _read(asked: GoObject, name: str, read: Any, usual: Any = None) -> Any:
    if asked.get(name) is None:
        return usual
    try:
        return read(asked[name])
    except Unreadable as error:
        raise RpcError(-32602, f"invalid argument 0: {error}") from None


def _filled(visit: RpcVisit, asked: GoObject, *, nonce: int | None = None) -> Transaction:
    """The transaction that is asked for, with what the node fills in."""
    node = visit.node
    sender = _read(asked, "from", address, "0x" + "0" * 40)
    to, code = _read(asked, "to", address), _read(asked, "input", data, _read(asked, "data", data, b""))
    if to is None and not code:
        raise refusal("contract creation without any data provided")
    private = asked.get("privatefor") is not None
    if private:
        if not node.ptm:
            raise refusal("private transaction manager is not in use")
        code = keccak256(code) + keccak256(code[::-1])
    given = _read(asked, "nonce", quantity, nonce)
    return Transaction.made(
        sender,
        node.pool.nonce(sender) if given is None else given,
        to,
        value=_read(asked, "value", quantity, 0),
        data=code,
        gas=_read(asked, "gas", quantity, DEFAULT_GAS + 68 * len(code)),
        gas_price=_read(asked, "gasprice", quantity, 0),
        chain_id=node.network.chain_id,
        private=private,
    )


def check(visit: RpcVisit, one: Transaction) -> None:
    """What the pool looks at before its nonce (validateTx in core/tx_pool.go).

    @raise RpcError: it is not taken.
    """
    node = visit.node
    if len(one.raw) > SIZE_LIMIT:
        raise refusal("oversized data")
    if one.private and (one.value or not one.data):
        raise refusal("ether value is not supported for private transactions")
    if one.gas_price:
        raise refusal("Gas price not 0")
    if one.gas > GAS_LIMIT:
        raise refusal("exceeds block gas limit")
    if one.value > node.network.chain.balance(one.sender, node.height):
        raise refusal("insufficient funds for gas * price + value")
    if one.gas < TRANSFER_GAS:
        raise refusal("intrinsic gas too low")


def _known(visit: RpcVisit, account: str) -> None:
    if account not in visit.node.store.accounts:
        raise refusal("unknown account")


def _unlocked(visit: RpcVisit, account: str) -> None:
    _known(visit, account)
    if account not in visit.node.unlocked:
        raise refusal("authentication needed: password or unlock")


def _password(visit: RpcVisit, account: str, password: str) -> None:
    _known(visit, account)
    if password != PASSWORD:
        raise refusal("could not decrypt key with given password")


def _sent(visit: RpcVisit, asked: GoObject, password: str | None = None) -> str:
    sender = _read(asked, "from", address, "0x" + "0" * 40)
    _known(visit, sender)
    one = _filled(visit, asked)
    if password is None:
        _unlocked(visit, sender)
    else:
        _password(visit, sender, password)
    check(visit, one)
    return visit.node.take(one)


def _send(visit: RpcVisit, asked: GoObject) -> str:
    return _sent(visit, asked)


def _send_later(visit: RpcVisit, asked: GoObject) -> str:
    # Errors go to C{callbackUrl} alone.
    def later() -> None:
        try:
            if visit.node.alive:
                _sent(visit, asked)
        except RpcError:
            pass

    visit.node.clock.callLater(0, later)
    return NO_HASH


def _read_raw(visit: RpcVisit, raw: bytes) -> Transaction:
    network = visit.node.network
    return Transaction.read(raw, network.chain_id, network.types)


def _send_raw(visit: RpcVisit, raw: bytes) -> str:
    one = _read_raw(visit, raw)
    check(visit, one)
    return visit.node.take(one)


def _send_raw_private(visit: RpcVisit, raw: bytes, _: GoObject) -> str:
    one = _read_raw(visit, raw)
    if not visit.node.ptm:
        raise refusal("PrivateTransactionManager is not enabled")
    if not one.private:
        raise refusal("transaction is not private")
    check(visit, one)
    return visit.node.take(one)


def _distribute(visit: RpcVisit, raw: bytes, _: GoObject) -> str:
    # Only Tessera hears of it; what comes back is its hash.
    if not visit.node.ptm:
        raise refusal("PrivateTransactionManager is not enabled")
    return hexed(keccak256(raw) + keccak256(raw[::-1]))


def _resend(visit: RpcVisit, asked: GoObject, _: Any, __: Any) -> str:
    if asked.get("nonce") is None:
        raise refusal("missing transaction nonce in transaction spec")
    one = _filled(visit, asked)
    pooled = visit.node.pool.pending.get(one.sender, {}).get(one.nonce)
    if pooled is None:
        raise refusal(f"transaction {one.unsigned_hash} not found")
    # With a gas price of 0 it is never replaceable.
    raise refusal("replacement transaction underpriced")


def _fill(visit: RpcVisit, asked: GoObject) -> dict[str, Any]:
    return unsigned_form(_filled(visit, asked))


def _sign_transaction(visit: RpcVisit, asked: GoObject, password: str | None = None) -> dict[str, Any]:
    for name, said in (("gas", "gas"), ("gasprice", "gasPrice"), ("nonce", "nonce")):
        if asked.get(name) is None:
            raise refusal(f"{said} not specified")
    one = _filled(visit, asked)
    if password is None:
        _unlocked(visit, one.sender)
    else:
        _password(visit, one.sender, password)
    return signed_form(one)


def _sign(visit: RpcVisit, account: str, message: bytes) -> str:
    _unlocked(visit, account)
    return hexed(keccak256(account.encode() + message) + keccak256(message) + b"\x1b")


def _personal_sign(visit: RpcVisit, message: bytes, account: str, password: str) -> str:
    _password(visit, account, password)
    return hexed(keccak256(account.encode() + message) + keccak256(message) + b"\x1b")


def _unlock(visit: RpcVisit, account: str, password: str, _: Any) -> bool:
    _password(visit, account, password)
    visit.node.unlocked.add(account)
    return True


def _lock(visit: RpcVisit, account: str) -> bool:
    visit.node.unlocked.discard(account)
    return True


def _pooled_raw(visit: RpcVisit, hash: str) -> str:
    node = visit.node
    place = node.network.chain.places.get(hash)
    if place is not None and place[0] <= node.height:
        return hexed(node.network.chain.blocks[place[0]].transactions[place[1]].raw)
    pooled = node.pool.by_hash.get(hash)
    return hexed(pooled.raw) if pooled is not None else "0x"


def _accounts(visit: RpcVisit) -> list[str]:
    return list(visit.node.store.accounts)


def _new_account(visit: RpcVisit, password: str) -> str:
    return visit.node.store.create(visit.node.new_id(password.encode()).encode())


def _import_key(visit: RpcVisit, key: str, _: str) -> str:
    return visit.node.store.create(key.encode())


def _wallets(visit: RpcVisit) -> list[dict[str, Any]]:
    return [
        {
            "url": (url := f"keystore:///datadir/ksA/UTC--{one[2:]}"),
            "status": "Unlocked" if one in visit.node.unlocked else "Locked",
            "accounts": [{"address": one, "url": url}],
        }
        for one in visit.node.store.accounts
    ]


ACCOUNT_METHODS: Methods = {
    "eth_sendTransaction": Method(_send, (structure,), private=True),
    "eth_sendTransactionAsync": Method(_send_later, (structure,), private=True),
    "eth_sendRawTransaction": Method(_send_raw, (data,), private=True),
    "eth_sendRawPrivateTransaction": Method(_send_raw_private, (data, structure), private=True),
    "eth_distributePrivateTransaction": Method(_distribute, (data, structure), private=True),
    "eth_resend": Method(_resend, (structure, Optional(anything), Optional(anything)), private=True),
    "eth_fillTransaction": Method(_fill, (structure,), private=True),
    "eth_signTransaction": Method(_sign_transaction, (structure,)),
    "eth_sign": Method(_sign, (address, data)),
    "eth_accounts": Method(_accounts),
    "eth_getRawTransactionByHash": Method(_pooled_raw, (digest,)),
    "personal_listAccounts": Method(_accounts),
    "personal_listWallets": Method(_wallets),
    "personal_newAccount": Method(_new_account, (text,)),
    "personal_importRawKey": Method(_import_key, (text, text)),
    "personal_unlockAccount": Method(_unlock, (address, text, Optional(anything))),
    "personal_lockAccount": Method(_lock, (address,)),
    "personal_sendTransaction": Method(_sent, (structure, text), private=True),
    "personal_signAndSendTransaction": Method(_sent, (structure, text), private=True),
    "personal_signTransaction": Method(_sign_transaction, (structure, text)),
    "personal_sign": Method(_personal_sign, (data, address, text)),
}

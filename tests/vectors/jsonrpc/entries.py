"""Messages that are no calls, or several, and what real nodes answer to them (corpus, envelope.json)."""

from __future__ import annotations

from tests.vectors.jsonrpc.model import INVALID, TOO_DEEP, call, error, mixed, refused, sent

#: What is no call.
NO_CALL = (
    mixed("nothing", b""),
    mixed("blank", b" \r\n\t"),
    mixed("null", b"null", INVALID),
    mixed("number", b"5", INVALID),
    mixed("negative_number", b" -5 ", INVALID),
    mixed("text", b'"x"', INVALID),
    mixed("true", b"true", INVALID),
    mixed("object", b"{}", INVALID),
    mixed("only_version", b'{"jsonrpc":"2.0"}', INVALID),
    mixed("only_id", b'{"id":7}', error(-32600, "invalid request", "7")),
    mixed("empty_method", b'{"id":7,"method":""}', error(-32600, "invalid request", "7")),
    mixed("method_null", b'{"id":"a","method":null}', error(-32600, "invalid request", '"a"')),
    mixed("method_number", b'{"id":7,"method":5}', error(-32600, "invalid request", "7")),
    mixed(
        "method_object", b'{"id":7,"method":{"method":"eth_chainId"}}', error(-32600, "invalid request", "7")
    ),
    mixed("only_params", b'{"params":[]}', INVALID),
    mixed("html_id", b'{"id":"<a>&"}', error(-32600, "invalid request", '"\\u003ca\\u003e\\u0026"')),
)

#: Ids go on, and come back, byte for byte.
IDS = (
    *(
        sent(name, f'{{"id":{id},"method":"eth_chainId"}}'.encode(), call(id))
        for name, id in {
            "null": "null",
            "text": '"abc"',
            "empty_text": '""',
            "thirty_digits": "123456789012345678901234567890",
            "point": "1.50",
            "exponent": "1e3",
            "negative": "-1",
            "minus_zero": "-0",
            "true": "true",
            "false": "false",
            "escaped": '"\\u0041/\\"x"',
            "slash": '"psi/7"',
            "html": '"<a>&"',
            "brackets": '"{[]}"',
            "other_letters": '"\u00e9\u4e16"',
        }.items()
    ),
    mixed("object", b'{"id":{"a":1},"method":"eth_chainId"}', INVALID),
    mixed("array", b'{"id":[1],"method":"eth_chainId"}', INVALID),
    mixed("empty_array", b'{"id":[],"method":"eth_sendTransaction","params":[{}]}', INVALID),
)

#: Calls without an id are sent, and not answered; what looks like an answer is neither.
SILENT = (
    sent("notification", b'{"method":"eth_chainId","params":[]}', call("", params="[]")),
    sent("notification_unknown", b'{"jsonrpc":"2.0","method":"no_such"}', call("", "no_such")),
    mixed("told_head", b'{"jsonrpc":"2.0","method":"eth_subscription","params":{"result":1}}', None),
    sent("call_of_that_name", b'{"id":1,"method":"eth_subscription"}', call("1", "eth_subscription")),
    mixed("response", b'{"id":1,"result":"0x1"}', None),
    mixed("response_null", b'{"id":1,"result":null}', None),
    mixed("response_error", b'{"id":1,"error":{"code":-32000,"message":"x"}}', None),
    mixed("response_error_null", b'{"id":1,"error":null}', error(-32600, "invalid request", "1")),
    mixed("response_without_id", b'{"result":1}', INVALID),
    mixed("response_with_params", b'{"id":1,"result":1,"params":[]}', error(-32600, "invalid request", "1")),
    mixed("response_with_array_id", b'{"id":[],"result":1}', INVALID),
)

#: Several in one message.
BATCHES = (
    refused("empty", b"[]", error(-32600, "empty batch")),
    refused("empty_with_space", b" [ ] ", error(-32600, "empty batch")),
    sent("one", b"[" + call(params="[]") + b"]", call(params="[]")),
    sent("two", b"[" + call("2") + b" , " + call("1") + b"]", call("2"), call("1")),
    sent(
        "ids_twice", b"[" + call() + b"," + call("1", "net_version") + b"]", call(), call("1", "net_version")
    ),
    sent("notifications", b"[" + call("") + b"," + call("") + b"]", call(""), call("")),
    mixed("nested", b"[[" + call() + b"]]", INVALID),
    mixed("null_entry", b"[null]", INVALID),
    mixed("response_entry", b'[{"id":1,"result":1},' + call("2") + b"]", None, b">" + call("2")),
    mixed(
        "every_way_to_be_wrong",
        b"[" + call() + b"," + call("") + b',5,null,{},"x",[],{"id":4}]',
        b">" + call(),
        b">" + call(""),
        *[INVALID] * 5,
        error(-32600, "invalid request", "4"),
    ),
    sent("largest", b"[" + b",".join([call()] * 1000) + b"]", *[call()] * 1000),
    refused(
        "too_large",
        b"[" + b",".join([call()] * 1001) + b"]",
        error(-32600, "batch too large (1001 of at most 1000)", reason="batch-too-large"),
    ),
    refused(
        "too_large_of_nothing",
        b"[" + b"0," * 1000 + b"0]",
        error(-32600, "batch too large (1001 of at most 1000)", reason="batch-too-large"),
    ),
    refused(
        "far_too_large",
        b"[" + b"0," * 500_000 + b"0]",
        error(-32600, "batch too large (more than 1000)", reason="batch-too-large"),
    ),
    refused("far_too_large_and_broken", b"[" + b"0," * 500_000 + b"]", error(-32700, "parse error")),
)


def _nested(depth: int, opened: bytes = b"[", closed: bytes = b"]") -> bytes:
    return opened * depth + closed * depth


def _deep(depth: int) -> bytes:
    """A call so deep, with its own bracket."""
    return b'{"id":1,"method":"a_b","params":' + _nested(depth - 1) + b"}"


_TEXT = '["' + "[{" * 200 + '","\\"' + "[" * 200 + '"]'
_MANY = "[" + ",".join(["[{}]"] * 500) + "]"

#: Arrays and objects in each other.
DEPTH = (
    sent("deepest", _deep(128), call("1", "a_b", _nested(127).decode())),
    refused("deeper", _deep(129), TOO_DEEP),
    refused(
        "object_deeper",
        b'{"id":1,"method":"a_b","params":' + _nested(200, b'{"a":', b"}").replace(b":}", b":1}", 1) + b"}",
        TOO_DEEP,
    ),
    refused("in_a_key_that_is_left_out", b'{"id":1,"method":"a_b","x":' + _nested(128) + b"}", TOO_DEEP),
    refused("in_the_version", b'{"id":1,"method":"a_b","jsonrpc":' + _nested(128) + b"}", TOO_DEEP),
    refused(
        "in_the_version_of_an_entry", b'[{"id":1,"method":"a_b","jsonrpc":' + _nested(127) + b"}]", TOO_DEEP
    ),
    refused("10001", _deep(10_001), TOO_DEEP),
    refused("never_closed", b"[" * 100_000, TOO_DEEP),
    sent(
        "deepest_entry",
        b"[" + call() + b"," + _deep(127) + b"]",
        call(),
        call("1", "a_b", _nested(126).decode()),
    ),
    refused("deeper_entry", b"[" + call() + b"," + _deep(128) + b"]", TOO_DEEP),
    refused("deeper_entry_of_nothing", b"[" + _nested(128) + b"]", TOO_DEEP),
    sent(
        "many_side_by_side", f'{{"id":1,"method":"a_b","params":{_MANY}}}'.encode(), call("1", "a_b", _MANY)
    ),
    sent("in_text", f'{{"id":1,"method":"a_b","params":{_TEXT}}}'.encode(), call("1", "a_b", _TEXT)),
    sent(
        "in_text_of_an_entry",
        f'[{{"id":1,"method":"a_b","params":{_TEXT}}}]'.encode(),
        call("1", "a_b", _TEXT),
    ),
    refused(
        "hidden_by_text",
        ('{"id":1,"method":"a_b","params":' + '["]",' * 200 + "1" + "]" * 200 + "}").encode(),
        TOO_DEEP,
    ),
)

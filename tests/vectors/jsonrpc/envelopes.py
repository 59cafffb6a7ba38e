"""Messages with keys that a node reads in another way than they look (GOQUORUM.md 2)."""

from __future__ import annotations

from tests.vectors.jsonrpc.model import AMBIGUOUS, call, error, mixed, refused, sent

#: With the call's id, where that has one reading.
_OF_CALL = error(-32600, "invalid request", "1", "ambiguous")
_CALL = '"jsonrpc":"2.0","id":1,"method":"eth_chainId"'


def _with(more: str) -> bytes:
    return f"{{{_CALL},{more}}}".encode()


#: In another letter case, U+017F and U+212A included, written plainly or escaped, before or after.
CASE = (
    mixed("upper_method", _with('"METHOD":"personal_listAccounts"'), _OF_CALL),
    mixed("upper_method_first", b'{"METHOD":"personal_listAccounts",%b' % _with('"a":1')[1:], _OF_CALL),
    mixed("mixed_method", _with('"Method":"net_version"'), _OF_CALL),
    mixed("only_upper_method", b'{"id":1,"METHOD":"eth_chainId"}', _OF_CALL),
    mixed("upper_params", _with('"PARAMS":["0x02"]'), _OF_CALL),
    mixed("long_s_params", _with('"param\u017f":["0x02"]'), _OF_CALL),
    mixed("escaped_long_s_params", _with('"param\\u017f":["0x02"]'), _OF_CALL),
    mixed("long_s_jsonrpc", _with('"j\u017fonrpc":"2.0"'), _OF_CALL),
    mixed("escaped_upper_method", _with('"\\u004dethod":"net_version"'), _OF_CALL),
    mixed("upper_result", _with('"Result":1'), _OF_CALL),
    mixed("upper_error", _with('"ERROR":{}'), _OF_CALL),
    mixed("upper_jsonrpc", _with('"JSONRPC":"2.0"'), _OF_CALL),
    mixed("long_s_result", '{"re\u017fult":1,"id":1}'.encode(), _OF_CALL),
    # Which of the two is its id is not known, either.
    mixed("upper_id", _with('"ID":2'), AMBIGUOUS),
    mixed("mixed_id", _with('"Id":2'), AMBIGUOUS),
    mixed("only_upper_id", b'{"ID":1,"method":"eth_sendTransaction","params":[{}]}', AMBIGUOUS),
    mixed(
        "in_a_batch",
        b"[" + _with('"METHOD":"net_version"') + b"," + call("2") + b"]",
        _OF_CALL,
        b">" + call("2"),
    ),
    # Neither letter is in a key of the envelope that it could stand for, so these are other keys.
    sent("kelvin", _with('"extra\u212a":1'), call()),
    sent("other_letters", _with('"m\u00e9thod":"net_version"'), call()),
    sent("dotless_i", _with('"\u0131d":2'), call()),
    sent("dotted_i", _with('"\u0130d":2'), call()),
    sent("full_width", _with('"\uff4dethod":"net_version"'), call()),
    sent("longer", _with('"method ":"net_version","methods":"x","params\\u0000":[]'), call()),
    sent(
        "inside_params",
        b'{"id":1,"method":"a_b","params":[{"METHOD":1}]}',
        call("1", "a_b", '[{"METHOD":1}]'),
    ),
)

#: The same key twice: the last one is meant, as at a node, and alone goes on.
TWICE = (
    sent("method", _with('"method":"net_version"'), call("1", "net_version")),
    sent("id", _with('"id":2'), call("2")),
    sent("id_null_last", _with('"id":null'), call("null")),
    sent("params", _with('"params":[1],"params":[2]'), call("1", params="[2]")),
    sent("params_null_last", _with('"params":[1],"params":null'), call("1", params="null")),
    sent("escaped", _with('"\\u006dethod":"net_version"'), call("1", "net_version")),
    sent("thrice", _with('"method":"a_b","method":"net_version"'), call("1", "net_version")),
    # A node keeps the first of these; the proxy sends neither.
    mixed("method_null_last", _with('"method":null'), error(-32600, "invalid request", "1")),
    mixed("method_number_last", _with('"method":5'), error(-32600, "invalid request", "1")),
    mixed("invalid_id_last", _with('"id":{}'), error(-32600, "invalid request")),
)

#: What else stands in an envelope is left out, and what is there is written in one order.
WRITTEN_ANEW = (
    sent("other_keys", _with('"x":[{"method":"net_version"}],"":0'), call()),
    sent("order", b'{"params":[],"method":"eth_chainId","id":1}', call(params="[]")),
    sent("no_version", b'{"id":1,"method":"eth_chainId"}', call()),
    sent("other_version", b'{"jsonrpc":1.0,"id":1,"method":"eth_chainId"}', call()),
    sent("result_beside_method", _with('"result":1'), call()),
    sent("error_beside_method", _with('"error":{"code":1}'), call()),
    sent(
        "space",
        b' \t\r\n{ "id" : 1 ,\n"method"\t: "eth_chainId" , "params" : [ 1 , 2 ] }\n',
        call(params="[ 1 , 2 ]"),
    ),
    sent("escaped_method", b'{"id":1,"method":"eth\\u005fchainId"}', call()),
    sent(
        "quoted_method", b'{"id":1,"method":"a\\"_\\\\b"}', b'{"jsonrpc":"2.0","id":1,"method":"a\\"_\\\\b"}'
    ),
    sent(
        "method_with_key",
        b'{"id":1,"method":"x\\",\\"method\\":\\"y"}',
        b'{"jsonrpc":"2.0","id":1,"method":"x\\",\\"method\\":\\"y"}',
    ),
    sent("line_in_method", b'{"id":1,"method":"a\\n"}', b'{"jsonrpc":"2.0","id":1,"method":"a\\n"}'),
    sent("params_object", b'{"id":1,"method":"eth_chainId","params":{}}', call(params="{}")),
    sent("params_text", b'{"id":1,"method":"eth_chainId","params":"x"}', call(params='"x"')),
    sent(
        "params_to_the_byte",
        b'{"id":1,"method":"a_b","params":[1.50,1e3,"\\u0041/\\/",{"a":1,"a":2,"A":3}]}',
        call("1", "a_b", '[1.50,1e3,"\\u0041/\\/",{"a":1,"a":2,"A":3}]'),
    ),
)

#: Bytes that are not one value of JSON in UTF-8.
NO_JSON = tuple(
    refused(name, raw, error(-32700, "parse error"))
    for name, raw in {
        "trailing": b'{"id":1,"method":"eth_chainId"} garbage',
        "trailing_brace": b'{"id":1,"method":"eth_chainId"}}',
        "trailing_nul": b'{"id":1,"method":"eth_chainId"}\0',
        "two_values": b'{"id":1,"method":"eth_chainId"}{"id":2,"method":"net_version"}',
        "two_lines": b'{"id":1,"method":"eth_chainId"}\n{"id":2,"method":"net_version"}',
        "two_batches": b'[{"id":1,"method":"eth_chainId"}][]',
        "after_a_batch": b'[{"id":1,"method":"eth_chainId"}],',
        "after_a_number": b"5 5",
        "bom": b'\xef\xbb\xbf{"id":1,"method":"eth_chainId"}',
        "utf_16": '{"id":1,"method":"eth_chainId"}'.encode("utf-16"),
        "utf_16_without_bom": '{"id":1,"method":"eth_chainId"}'.encode("utf-16-le"),
        "broken_utf_8_in_method": b'{"id":1,"method":"eth_\xff"}',
        "broken_utf_8_in_key": b'{"id":1,"method":"eth_chainId","\xc3":1}',
        "broken_utf_8_in_params": b'{"id":1,"method":"eth_chainId","params":["\xc3\x28"]}',
        "broken_utf_8_in_id": b'{"id":"\x80","method":"eth_chainId"}',
        "overlong": b'{"id":1,"method":"eth_chainId","params":["\xc0\xaf"]}',
        "surrogate_in_utf_8": b'{"id":1,"method":"eth_chainId","params":["\xed\xa0\x80"]}',
        "half_surrogate_in_key": b'{"id":1,"method":"eth_chainId","\\ud800":1}',
        "half_surrogate_in_method": b'{"id":1,"method":"a\\udc00"}',
        "half_surrogate_in_params": b'{"id":1,"method":"eth_chainId","params":[{"from\\ud800":1}]}',
        "half_surrogate_in_id": b'{"id":"\\ud800x","method":"eth_chainId"}',
        "control": b'{"id":"a\tb","method":"eth_chainId"}',
        "line_end_in_text": b'{"id":"a\nb","method":"eth_chainId"}',
        "nul": b"\0",
        "vertical_tab": b'\x0b{"id":1,"method":"eth_chainId"}',
        "no_break_space": b'\xc2\xa0{"id":1,"method":"eth_chainId"}',
        "cut": b'{"jsonrpc":"2.0","id":1,',
        "word": b"hello",
        "half_null": b"nul",
        "comma_at_the_end": b'{"id":1,"method":"eth_chainId",}',
        "comma_in_array": b'{"id":1,"method":"eth_chainId","params":[1,]}',
        "single_quotes": b"{'id':1,'method':'eth_chainId'}",
        "no_quotes": b'{id:1,"method":"eth_chainId"}',
        "comment": b'{"id":1,/*x*/"method":"eth_chainId"}',
        "escape": b'{"id":1,"method":"eth_\\x41"}',
        "bad_escape_in_params": b'{"id":1,"method":"a_b","params":["\\u12G4"]}',
        "zero_first": b'{"id":01,"method":"eth_chainId"}',
        "plus": b'{"id":+1,"method":"eth_chainId"}',
        "point": b'{"id":1.,"method":"eth_chainId"}',
        "nan": b'{"id":1,"method":"a_b","params":[NaN]}',
        "infinity": b'{"id":1,"method":"a_b","params":[-Infinity]}',
        "hex": b'{"id":0x1,"method":"eth_chainId"}',
        "broken_entry": b'[{"id":1,"method":"eth_chainId"},{"id":2,]',
        "broken_after_wrong_type": b'{"method":5,"id":1,}',
        "broken_after_other_key": b'{"x":1,"id":1,',
    }.items()
)

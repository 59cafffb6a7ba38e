"""Targets: what must arrive byte for byte, and what must not arrive at all."""

from __future__ import annotations

#: On any listener: as sent, so received.  The first are Tessera's keys in a path.
EXACT: dict[str, bytes] = {
    "key_with_slash_and_plus": b"/transaction/a%2Fb+c%2Fd%3D%3D",
    "key_with_equals": b"/transaction/8SjRHlUBe4hAmTk3KDeJ96RhN+s10xRrHDrxEi1O5W0=",
    "small_hexadecimal": b"/transaction/a%2fb",
    "query": b"/transaction/x?isRaw=false&to=a%2Bb+c%3D",
    "query_twice": b"/x?a=1&a=2",
    "query_empty": b"/x?",
    "query_with_questions": b"/x?a=?b??",
    "query_with_slashes": b"/x?a=/../b",
    "query_with_encoded_nul": b"/x?a=%00",
    "double_slash": b"/x//y",
    "double_slash_first": b"//x/y",
    "trailing_slash": b"/x/",
    "semicolon": b"/x;a=b/y",
    "encoded_letters": b"/%78/%79",
    "encoded_percent": b"/x%252Fy",
    "bad_percent": b"/x%zz",
    "three_dots": b"/x/.../y",
    "dot_in_name": b"/x/.y/z.",
    "punctuation": b"/x/!$&'()*,:@~_-",
}

#: On a listener with routes, under a route: refused with 400, never folded, never passed on.
CLIMBING: dict[str, bytes] = {
    "dot_dot": b"/open/../secret",
    "dot_dot_at_end": b"/open/..",
    "dot_dot_twice": b"/open/a/../../secret",
    "dot_segment": b"/open/./a",
    "dot_at_end": b"/open/.",
    "encoded": b"/open/%2e%2e/secret",
    "encoded_capital": b"/open/%2E%2E/secret",
    "half_encoded": b"/open/.%2e/secret",
    "other_half_encoded": b"/open/%2e./secret",
    "encoded_dot": b"/open/%2e/a",
    "encoded_slash": b"/open/..%2fsecret",
    "encoded_slash_capital": b"/open/..%2Fsecret",
    "encoded_slash_before": b"/open/a%2f../../secret",
    "encoded_slash_before_dots": b"/open/a%2f..%2fsecret",
    "encoded_all": b"/open/%2e%2e%2fsecret",
    "semicolon": b"/open/..;/secret",
    "semicolon_parameter": b"/open/..;a=b/secret",
    "encoded_semicolon": b"/open/..%3b/secret",
    "backslash": b"/open/..\\secret",
    "backslash_alone": b"/open\\..\\secret",
    "encoded_backslash": b"/open/..%5csecret",
    "encoded_backslash_capital": b"/open/..%5Csecret",
    "double_slash": b"/open//../secret",
    "before_the_route": b"/../open/a",
}

#: On a listener with a route /secret and another one for everything else: refused with 400, not passed on.
ELSEWHERE: dict[str, bytes] = {
    "parameter": b"/secret;x",
    "parameter_before": b"/;x/secret/y",
    "double_slash": b"//secret",
    "slashes": b"///secret/y",
    "encoded_letter": b"/%73ecret",
    "encoded_letters": b"/%73%65%63%72%65%74?x",
    "encoded_slash": b"/%2fsecret",
    "encoded_slash_behind": b"/secret%2Fx",
    "encoded_parameter": b"/secret%3bx",
    "wide": b"/%u0073ecret",
    "all": b"/;x//%73ecret%3by/z",
}

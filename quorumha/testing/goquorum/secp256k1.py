"""Whose signature it is: public key recovery on secp256k1 (SEC 1, 4.1.6).  A millisecond or two; no secrets.

Only for transactions that clients sign themselves, with a real library.
"""

from __future__ import annotations

from quorumha.testing.goquorum.rlp import keccak256

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

#: Jacobian coordinates; a third of 0 is the point at infinity.
Point = tuple[int, int, int]
_INFINITY: Point = (0, 1, 0)


def _double(point: Point) -> Point:
    x, y, z = point
    if not y or not z:
        return _INFINITY
    square = y * y % P
    s, m = 4 * x * square % P, 3 * x * x % P
    new_x = (m * m - 2 * s) % P
    return new_x, (m * (s - new_x) - 8 * square * square) % P, 2 * y * z % P


def _add(one: Point, other: Point) -> Point:
    (x1, y1, z1), (x2, y2, z2) = one, other
    if not z1:
        return other
    if not z2:
        return one
    z1z1, z2z2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2z2 % P, x2 * z1z1 % P
    s1, s2 = y1 * z2 * z2z2 % P, y2 * z1 * z1z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else _INFINITY
    h, r = u2 - u1, s2 - s1
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x = (r * r - hhh - 2 * v) % P
    return x, (r * (v - x) - s1 * hhh) % P, h * z1 * z2 % P


def _multiplied(point: Point, by: int) -> Point:
    result = _INFINITY
    while by:
        if by & 1:
            result = _add(result, point)
        point, by = _double(point), by >> 1
    return result


def recover(digest: bytes, parity: int, r: int, s: int) -> bytes:
    """The address, 20 bytes, that has signed.

    @param digest: what was signed, 32 bytes.
    @param parity: of the point's y, 0 or 1.
    @raise ValueError: this is no signature.
    """
    if not (0 < r < N and 0 < s <= N // 2 and parity in (0, 1)):
        raise ValueError("invalid signature")
    square = (pow(r, 3, P) + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        raise ValueError("invalid signature")
    if y & 1 != parity:
        y = P - y
    inverse, z = pow(r, -1, N), int.from_bytes(digest, "big")
    key = _add(_multiplied((r, y, 1), s * inverse % N), _multiplied((*G, 1), -z * inverse % N))
    if not key[2]:
        raise ValueError("invalid signature")
    up = pow(key[2], -1, P)
    flat = [key[0] * up**2 % P, key[1] * up**3 % P]
    return keccak256(b"".join(part.to_bytes(32, "big") for part in flat))[12:]

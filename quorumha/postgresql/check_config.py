"""What a configuration says of the checks of databases: the keys of each kind."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from quorumha.config.secret_file import read_secret_file
from quorumha.config.spelling import show
from quorumha.config.values import FileName, UrlPath, setting, text, whole

#: Bytes that a password has at most: what is longer is some other file.
LONGEST_PASSWORD = 1024


def read_password(name: str) -> bytes:
    """The password in a file: its one line, without the end of that.

    @raise ValueError: it is none, or others may know it; the text says why, without name and password.
    """
    password = read_secret_file(name).removesuffix(b"\n").removesuffix(b"\r")
    if not password:
        raise ValueError("it is empty")
    if len(password) > LONGEST_PASSWORD or any(one in password for one in b"\n\r\0"):
        raise ValueError(f"a password is one line of {LONGEST_PASSWORD} bytes at most")
    return password


def password_file(value: object) -> str:
    """The name of a file with a password that can be used now."""
    name = text(value)
    try:
        read_password(name)
    except ValueError as error:
        raise ValueError(f"{show(name, 4096)} cannot be used: {error}") from error
    return name


def port(value: object) -> int:
    """A port to connect to."""
    number = whole(value, 1)
    if number > 65535:
        raise ValueError(f"{number} is no port; ports go from 1 to 65535")
    return number


def database_word(value: object) -> str:
    """What a database or a role is called."""
    if "\0" in text(value):
        raise ValueError("holds a NUL, which no name has")
    return str(value)


PasswordFile = Annotated[FileName, "file name", password_file]
Port = Annotated[int, "port", port]
DatabaseWord = Annotated[str, "text", database_word]


@frozen
class PostgresCheckConfig:
    """Keys of the check that asks a database itself."""

    user: DatabaseWord = setting(
        "quorumha_probe", "The role that it logs in as with `postgresql`; it needs no right but `LOGIN`."
    )
    password_file: PasswordFile | None = setting(
        None,
        "A file with the role's password, which only its owner can read, or a credential of systemd; it is"
        " read anew at each login.",
        usual="no password",
    )
    database: DatabaseWord = setting("postgres", "The database that it logs in to with `postgresql`.")


@frozen
class PatroniCheckConfig:
    """Keys of the check that asks the Patroni of a database."""

    port: Port = setting(8008, "The port of Patroni's REST API with `patroni`, at the member's host.")
    path: UrlPath = setting(
        "/primary",
        "What is asked for with `patroni`: its status 200 means the primary with the leader's lock.",
    )

"""What the command lines of C{twistd quorumha} and of C{quorumha} have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence

from twisted.python import usage

from quorumha.app.version import installed_version
from quorumha.config.spelling import did_you_mean

#: The options of C{twistd quorumha} that C{quorumha} has not.
_OF_TWISTD = ("--demo", "--duration")
_MISTYPED = re.compile(r"option (--[\w-]+) not recognized|Unknown command: (.+)")


class CommonOptions(usage.Options):
    """Options that tell quorumha's version, and the nearest right form of what is mistyped."""

    def opt_version(self) -> None:
        """Display quorumha's version and exit."""
        print(f"quorumha {installed_version()}")
        raise SystemExit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Read a command line.

        @raise usage.UsageError: it cannot be read; the text names the nearest right form, if one is near.
        """
        try:
            super().parseOptions(options)  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        except usage.UsageError as error:
            raise usage.UsageError(f"{error}{self._meant(str(error))}") from None

    def _meant(self, said: str) -> str:
        found = _MISTYPED.fullmatch(said)
        if found is None:
            return ""
        option, command = found.groups()
        if option in _OF_TWISTD:
            return "; it goes with `twistd quorumha`"
        if option is not None:
            return did_you_mean(option, [f"--{name.rstrip('=')}" for name in self.longOpt])
        commands = [name for name, *_ in getattr(self, "subCommands", ())]
        if command.endswith((".toml", ".json")):
            return "; did you mean 'run " + command + "'?"
        return did_you_mean(command, commands) or f"; commands are {', '.join(commands)}"


class FlagOptions(CommonOptions):
    """C{--tcp} and C{--http}: a configuration without a file."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self["tcp"] = []
        self["http"] = []

    def opt_tcp(self, value: str) -> None:
        """Relay connections: LISTEN=UPSTREAM,UPSTREAM:backup (may be repeated)"""
        self["tcp"].append(value)

    def opt_http(self, value: str) -> None:
        """Proxy requests: LISTEN=UPSTREAM,UPSTREAM:backup (may be repeated)"""
        self["http"].append(value)

    @property
    def has_flags(self) -> bool:
        """Whether C{--tcp} or C{--http} was given."""
        return bool(self["tcp"] or self["http"])

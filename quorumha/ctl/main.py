"""The C{quorumha} command: what asks a running process is done here, all else by L{quorumha.cli}."""

from __future__ import annotations

import sys
from collections.abc import Sequence

#: Commands that ask a running process, and what each does.
ASKING = {
    "status": "Show listeners, pools and members of a running process.",
    "reload": "Let it take its configuration file again.",
    "drain": "Let the process, or one member, be left alone by clients.",
    "undrain": "Take that back for the process.",
    "disable": "Let a member get nothing new.",
    "enable": "Let a member be used again.",
    "database": "Show which database is written to, or decide which one is.",
}
#: Those of the command line that runs and checks, which loads Twisted.
OTHERS = {"check": "Check a configuration file.", "run": "Run in the foreground."}
COMMANDS = {**OTHERS, **ASKING}

EX_USAGE = 64
#: Options that stand behind the command.
BEHIND = ("--admin", "--token-file")


def main(argv: Sequence[str] | None = None) -> None:
    """Do what a command line says.

    @raise SystemExit: with the exit status.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    command = words[0] if words else ""
    if command in ASKING:
        # Here, because a command that checks or runs needs none of it.
        from quorumha.ctl.commands import run_command

        raise SystemExit(run_command(words))
    if command in ("--help", "-h", "help"):
        print(usage())
        raise SystemExit(0)
    if command in OTHERS or (command.startswith("-") and not command.startswith(BEHIND)):
        if command == "run":
            _hold_hangups_back()
        # Here, because it costs more time than a health check may take.
        from quorumha.cli import main as go_on

        go_on(words)
    print(f"quorumha: {unusable(command)}", file=sys.stderr)
    raise SystemExit(EX_USAGE)


def _hold_hangups_back() -> None:
    """Let a SIGHUP wait until C{quorumha.process.early_hangup} takes it: what is imported until then takes
    most of the start."""
    import signal

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


def usage() -> str:
    """The text of C{--help}."""
    width = max(map(len, COMMANDS))
    lines = [f"    {name.ljust(width)}  {does}" for name, does in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: quorumha COMMAND [options]",
            "",
            "High availability for GoQuorum and Tessera; `twistd quorumha` runs it as a daemon.",
            "",
            "Options:",
            "    --version  Display quorumha's version and exit.",
            "    --help     Display this help and exit; after a command: its own.",
            "",
            "Commands:",
            *lines,
            "",
            "All but the first two ask a running process: --admin unix:PATH or http://HOST:PORT, else what",
            "the variable QUORUMHA_ADMIN says, else unix:/run/quorumha/admin.sock.",
        ]
    )


def unusable(command: str) -> str:
    """Why there is no such command."""
    names = ", ".join(COMMANDS)
    if not command:
        return f"say a command: {names}; see `quorumha --help`"
    if command.startswith(BEHIND):
        return f"{command} stands behind the command, as in `quorumha status --admin unix:PATH`"
    if command.endswith((".toml", ".json")):
        return f"Unknown command: {command}; did you mean 'run {command}'?"
    from difflib import get_close_matches

    near = get_close_matches(command, COMMANDS, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"Unknown command: {command}; {meant}commands are {names}"


if __name__ == "__main__":
    main()

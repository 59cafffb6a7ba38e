"""C{log}: how the log is written, and whether each request has a line: L{LogConfig}, and how it is read."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from quorumha.config.problems import KeyPath, Problems
from quorumha.config.tables import read_fields, table
from quorumha.config.values import setting, text

LogFormat = Literal["text", "json"]
LogLevelName = Literal["debug", "info", "warn", "error"]
#: Where a line for each request goes.
AccessTarget = Annotated[str, '`"off"`, `"stderr"`, or a file name', text]


@frozen
class LogConfig:
    """What is logged, and how: the table C{log} at the top."""

    format: LogFormat = setting(
        "text", "Whether an event is a sentence, or a JSON object with the sentence as `text`."
    )
    level: LogLevelName = setting("info", "Events below it are not written.")
    access: AccessTarget = setting(
        "off",
        "Where a line of JSON goes for each request, and for each relayed connection. A file is made for"
        " its owner alone, and its folder must be there.",
    )
    access_errors_only: bool = setting(
        False, "Only requests that failed, or whose status is 400 or more, have a line."
    )
    access_paths: bool = setting(
        False,
        "Whether `path` of a line is what the client asked for, with its query, and not the route or the"
        " call alone. A path may hold a key of Tessera.",
    )

    @property
    def access_file(self) -> str | None:
        """The file's name; None: there is none."""
        return None if self.access in ("off", "stderr") else self.access


def read_log(value: object, path: KeyPath, problems: Problems) -> LogConfig:
    """Read the table; what is wrong is noted and left out."""
    written = table(value, path, problems, LogConfig)
    return LogConfig() if written is None else LogConfig(**read_fields(LogConfig, written, path, problems))

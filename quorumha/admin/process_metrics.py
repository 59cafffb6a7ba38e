"""What Prometheus gets of the process as a whole."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version as version_of

from quorumha.admin.families import Family, Reading
from quorumha.admin.running import Running
from quorumha.process.usage import started_at, usage

BUILD = Family(
    "quorumha_build_info",
    "info",
    "Which quorumha this is, and what it runs on.",
    ("version", "python", "twisted"),
)
CONFIG = Family(
    "quorumha_config_info",
    "info",
    "Which configuration serves: the beginning of the SHA-256 of its file.",
    ("digest",),
)
STARTED = Family(
    "quorumha_start_time_seconds", "gauge", "When it began to serve, in seconds since the epoch."
)
DRAINING = Family(
    "quorumha_draining", "gauge", "1 while it is to be left alone: it takes no new clients soon."
)
LAG = Family(
    "quorumha_reactor_lag_seconds",
    "gauge",
    "By how many seconds the reactor was late at the worst since the last scrape.",
)
REPLAY = Family(
    "quorumha_replay_bytes", "gauge", "Bytes of requests that are kept to be sent to another member."
)
RELOADS = Family(
    "quorumha_reloads_total",
    "counter",
    "Reloads of the configuration, by result: taken or refused.",
    ("result",),
)
RELOAD_SUCCEEDED = Family(
    "quorumha_last_reload_successful", "gauge", "0 while the last reload was refused, else 1."
)
RELOADED_AT = Family(
    "quorumha_last_reload_success_timestamp_seconds",
    "gauge",
    "When the configuration that serves was taken, in seconds since the epoch.",
)
CERTIFICATES = Family(
    "quorumha_certificate_not_after_timestamp_seconds",
    "gauge",
    "Until when the certificate of a file holds, in seconds since the epoch.",
    ("file",),
)
LOG_DROPPED = Family(
    "quorumha_access_log_dropped_total", "counter", "Lines of the access log that there was no room for."
)
CPU = Family("process_cpu_seconds_total", "counter", "Seconds of all processors that the process has had.")
RESIDENT = Family("process_resident_memory_bytes", "gauge", "Bytes of the process that are in memory.")
VIRTUAL = Family("process_virtual_memory_bytes", "gauge", "Bytes of the address space of the process.")
DESCRIPTORS = Family("process_open_fds", "gauge", "Descriptors that are open.")
MOST_DESCRIPTORS = Family("process_max_fds", "gauge", "Descriptors that may be open.")
PROCESS_STARTED = Family(
    "process_start_time_seconds", "gauge", "When the process began, in seconds since the epoch."
)

FAMILIES = (
    BUILD,
    CONFIG,
    STARTED,
    DRAINING,
    LAG,
    REPLAY,
    RELOADS,
    RELOAD_SUCCEEDED,
    RELOADED_AT,
    CERTIFICATES,
    LOG_DROPPED,
    CPU,
    RESIDENT,
    VIRTUAL,
    DESCRIPTORS,
    MOST_DESCRIPTORS,
    PROCESS_STARTED,
)

#: They stay the same, and are read from files.
_PROCESS_STARTED_AT, _TWISTED = started_at(), version_of("twisted")


def read_process(running: Running) -> Iterator[Reading]:
    """What the process has come to.  The worst lag is forgotten when it was read."""
    numbers = running.process_numbers
    yield BUILD, [((running.version, platform.python_version(), _TWISTED), 1)]
    yield CONFIG, [((running.digest,), 1)]
    yield STARTED, [((), running.started_at)]
    yield DRAINING, [((), running.draining)]
    yield LAG, [((), numbers.take_lag())]
    yield REPLAY, [((), running.replay_bytes)]
    yield RELOADS, [(("taken",), numbers.reloads_taken), (("refused",), numbers.reloads_refused)]
    yield RELOAD_SUCCEEDED, [((), numbers.reload_succeeded)]
    yield RELOADED_AT, [((), numbers.reloaded_at or running.started_at)]
    yield CERTIFICATES, [((file,), at) for file, at in sorted(numbers.certificates.items())]
    yield LOG_DROPPED, [((), numbers.access_log_dropped)]
    used = usage()
    yield CPU, [((), used.cpu)]
    yield RESIDENT, [((), used.resident)]
    yield VIRTUAL, [((), used.virtual)]
    yield DESCRIPTORS, [((), used.descriptors)]
    yield MOST_DESCRIPTORS, [((), used.most_descriptors)]
    yield PROCESS_STARTED, [((), _PROCESS_STARTED_AT)]

"""Tests for L{quorumha.admin.process_metrics}."""

from __future__ import annotations

import platform

from tests.admin.test_metrics import MetricsCase, listener, pool


class ProcessTests(MetricsCase):
    """A proxy with one listener."""

    def setUp(self) -> None:
        self.serve(pool("a", 1, 2), listener("one", 80, "a"))
        self.numbers = self.proxy.service.process_numbers

    def of(self, name: str) -> float:
        """The one value of a name."""
        (value,) = self.values(name).values()
        return value

    def test_what_it_is(self) -> None:
        """Versions and the configuration stand in labels."""
        (build,) = self.values("quorumha_build_info")
        self.assertIn(f'python="{platform.python_version()}"', build)
        self.assertIn(f'version="{self.proxy.service.version}"', build)
        self.assertEqual(
            list(self.values("quorumha_config_info")),
            [f'quorumha_config_info{{digest="{self.proxy.service.digest}"}}'],
        )

    def test_reloads(self) -> None:
        """Before the first one what serves was taken at the start."""
        self.assertEqual(self.of("quorumha_last_reload_successful"), 1.0)
        self.assertEqual(
            self.of("quorumha_last_reload_success_timestamp_seconds"), self.proxy.service.started_at
        )
        self.numbers.reloads_taken, self.numbers.reloads_refused = 3, 1
        self.numbers.reload_succeeded, self.numbers.reloaded_at = False, 1_700_000_500.0
        self.assertEqual(
            self.values("quorumha_reloads_total"),
            {'quorumha_reloads_total{result="taken"}': 3.0, 'quorumha_reloads_total{result="refused"}': 1.0},
        )
        self.assertEqual(self.of("quorumha_last_reload_successful"), 0.0)
        self.assertEqual(self.of("quorumha_last_reload_success_timestamp_seconds"), 1_700_000_500.0)

    def test_lag(self) -> None:
        """The worst since the last scrape."""
        self.numbers.lagged(0.25)
        self.assertEqual(self.of("quorumha_reactor_lag_seconds"), 0.25)
        self.assertEqual(self.of("quorumha_reactor_lag_seconds"), 0.0)

    def test_certificates(self) -> None:
        """None without TLS; else one for each file."""
        self.assertEqual(self.values("quorumha_certificate"), {})
        self.numbers.certificates["/etc/a.pem"] = 1_800_000_000.0
        self.assertEqual(
            self.values("quorumha_certificate"),
            {'quorumha_certificate_not_after_timestamp_seconds{file="/etc/a.pem"}': 1_800_000_000.0},
        )

    def test_access_log(self) -> None:
        """Lines that were lost."""
        self.numbers.access_log_dropped = 4
        self.assertEqual(self.of("quorumha_access_log_dropped_total"), 4.0)

    def test_process(self) -> None:
        """What the kernel says of this very process."""
        for name in ("cpu_seconds_total", "resident_memory_bytes", "open_fds", "start_time_seconds"):
            self.assertGreater(self.of(f"process_{name}"), 0.0, name)
        self.assertEqual(self.of("quorumha_draining"), 0.0)
        self.assertEqual(self.of("quorumha_replay_bytes"), 0.0)
        self.assertEqual(self.of("quorumha_start_time_seconds"), self.proxy.service.started_at)

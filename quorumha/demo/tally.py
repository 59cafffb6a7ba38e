"""L{Tally}: what the demo's clients saw, and what that comes to."""

from __future__ import annotations

from attrs import define


@define
class Tally:
    """Counts of the clients' requests.

    @ivar answered: got the right answer.
    @ivar failed: got a wrong one, or none.
    @ivar deaths: nodes killed.
    @ivar reasons: the last few failures, in words.
    """

    answered: int = 0
    failed: int = 0
    deaths: int = 0
    reasons: tuple[str, ...] = ()

    def succeeded(self) -> None:
        """One more right answer."""
        self.answered += 1

    def failure(self, reason: str) -> None:
        """One more failure; the last five reasons are kept."""
        self.failed += 1
        self.reasons = (*self.reasons[-4:], reason)

    def summary(self, failovers: int) -> str:
        """The last line of the demo.

        @param failovers: requests and connections for which another member was asked.
        """
        return f"answered {self.answered}, failed {self.failed}, failovers {failovers}"

    @property
    def exit_status(self) -> int:
        """0 if nodes died, requests were answered, and none failed; else 1."""
        return 0 if self.deaths and self.answered and not self.failed else 1

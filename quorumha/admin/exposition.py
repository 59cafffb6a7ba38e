"""L{MetricsResource}: C{/metrics}.

Numbers are read in one turn of the reactor, and encoded in many: prometheus_client takes some ten
microseconds for a line, and clients shall not wait for all of them.  What a turn encodes is one family, or a
part of a large one.  All scrapes that are under way have one turn together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import Factory, define, field, frozen
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import CooperativeTask, Cooperator, TaskStopped
from twisted.logger import Logger
from twisted.web.http import INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from quorumha.admin.families import Reading
from quorumha.admin.metrics import Metrics

log = Logger()

#: Lines that are encoded in one turn.
MOST_LINES = 120
#: Scrapes at once; who comes then is told to come later.
MOST_SCRAPES = 16
#: How OpenMetrics ends.
_END = b"# EOF\n"

_Task = CooperativeTask[Iterator[None]]


@frozen
class Format:
    """One of the texts that Prometheus reads.

    @ivar media_type: what C{Accept} names it.
    @ivar encode: makes text of families.
    @ivar end: the last line.
    """

    media_type: str
    content_type: str
    encode: Callable[[Collector], bytes]
    end: bytes = b""


PLAIN = Format("text/plain", CONTENT_TYPE_PLAIN_0_0_4, generate_latest)
OPENMETRICS = Format(
    "application/openmetrics-text", openmetrics.CONTENT_TYPE_LATEST, openmetrics.generate_latest, _END
)


def format_for(accept: str) -> Format:
    """What a client gets: OpenMetrics if it names that, whatever else it takes."""
    for named in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in named.split(";"))
        if media_type == OPENMETRICS.media_type and not {"q=0", "q=0.0"} & set(parameters):
            return OPENMETRICS
    return PLAIN


@frozen
class _One(Collector):
    """A registry of one family."""

    _metric: Metric

    def collect(self) -> Iterator[Metric]:
        yield self._metric


def pieces(readings: list[Reading], form: Format) -> Iterator[bytes]:
    """What was read as text, piece by piece: each takes little time."""
    for family, rows in readings:
        step = max(1, MOST_LINES // family.samples)
        for begin in range(0, len(rows), step):
            text = form.encode(_One(family.metric(rows[begin : begin + step]))).removesuffix(form.end)
            # A family says once what it is.
            yield text if not begin else _without_head(text)
    yield form.end


def _without_head(text: bytes) -> bytes:
    while text.startswith(b"#"):
        text = text.partition(b"\n")[2]
    return text


def _gather(text: list[bytes], some: Iterable[bytes]) -> Iterator[None]:
    for piece in some:
        text.append(piece)
        yield None


@define(eq=False, slots=False)
class MetricsResource(Resource):
    """The numbers, as text for Prometheus: version 0.0.4, or OpenMetrics where C{Accept} names it."""

    _metrics: Metrics
    _clock: IReactorTime
    _cooperator: Cooperator = Factory(lambda self: self._one_a_turn(), takes_self=True)
    _scrapes: set[_Task] = field(factory=set, init=False)

    isLeaf = True

    def __attrs_post_init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted leaves it bare

    def _one_a_turn(self) -> Cooperator:
        # Twisted's own would go on for ten milliseconds each turn.
        return Cooperator(
            terminationPredicateFactory=lambda: lambda: True,
            scheduler=lambda work: self._clock.callLater(0, work),
        )

    def render_GET(self, request: Request) -> int | bytes:
        """Read at once, and encode in turns."""
        if len(self._scrapes) >= MOST_SCRAPES:
            request.setResponseCode(SERVICE_UNAVAILABLE)
            request.setHeader(b"content-type", b"text/plain; charset=utf-8")
            return b"too many scrapes are under way\n"
        form = format_for((request.getHeader(b"accept") or b"").decode("latin-1"))
        request.setHeader(b"content-type", form.content_type.encode("ascii"))
        text: list[bytes] = []
        task = self._cooperator.cooperate(_gather(text, pieces(self._metrics.read(), form)))
        self._scrapes.add(task)
        # Who has left wants nothing any more.
        request.notifyFinish().addErrback(lambda _: task.stop())
        sending = Deferred.fromCoroutine(self._send(request, text, task))
        sending.addErrback(lambda failure: log.failure("the metrics could not be sent", failure))
        return NOT_DONE_YET

    render_HEAD = render_GET

    async def _send(self, request: Request, text: list[bytes], task: _Task) -> None:
        """Send all of it, once it is there."""
        try:
            await task.whenDone()
        except TaskStopped:
            return
        except Exception:
            log.failure("the metrics could not be encoded")
            request.setResponseCode(INTERNAL_SERVER_ERROR)
            request.finish()
            return
        finally:
            self._scrapes.discard(task)
        body = b"".join(text)
        request.setHeader(b"content-length", b"%d" % len(body))
        if request.method != b"HEAD":
            request.write(body)
        request.finish()

"""For whoever runs it: is the process alive, can it serve, and what does it count."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pwa.web.headers import EVERYWHERE

_NOT_STORED = {"cache-control": "no-store", **EVERYWHERE}


@dataclass(frozen=True)
class Measure:
    """One number that /metrics prints; `read` is called at each request."""

    name: str
    meaning: str
    read: Callable[[], float]


def operation_routes(ready: Callable[[], Awaitable[Mapping[str, bool]]], measures: tuple[Measure, ...]) -> list[Route]:
    """`/healthz` (alive), `/readyz` (`ready` names what must work; 503 until all of it does) and `/metrics`."""

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("alive\n", headers=_NOT_STORED)

    async def readyz(_request: Request) -> Response:
        parts = await ready()
        lines = "".join(f"{name}: {'ready' if works else 'not ready'}\n" for name, works in parts.items())
        return PlainTextResponse(lines, status_code=200 if all(parts.values()) else 503, headers=_NOT_STORED)

    async def metrics(request: Request) -> Response:
        # Behind a proxy every reader seems to come from loopback; a forwarding header gives them away.
        forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
        if forwarded or request.client is None or request.client.host not in ("127.0.0.1", "::1"):
            return PlainTextResponse("Metrics are read on the machine itself.\n", status_code=403, headers=_NOT_STORED)
        return Response(_exposed(measures), media_type="text/plain; version=0.0.4", headers=_NOT_STORED)

    return [
        Route("/healthz", healthz, name="healthz"),
        Route("/readyz", readyz, name="readyz"),
        Route("/metrics", metrics, name="metrics"),
    ]


def _exposed(measures: tuple[Measure, ...]) -> bytes:
    from prometheus_client import (  # noqa: PLC0415  not every server is watched
        CollectorRegistry,
        Gauge,
        ProcessCollector,
        generate_latest,
    )

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for measure in measures:
        Gauge(measure.name, measure.meaning, registry=registry).set_function(measure.read)
    return generate_latest(registry)

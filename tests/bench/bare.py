"""The floor of the reading table: an ASGI application that knows one answer and does nothing else."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.bench.answers import read

_answer = read(Path(os.environ["BENCH_ANSWER"]))
_START = {
    "type": "http.response.start",
    "status": _answer.status,
    "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in _answer.headers],
}
_BODY = {"type": "http.response.body", "body": _answer.body}


async def app(scope: dict[str, Any], receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Answer anything with the one answer."""
    await send(_START)
    await send(_BODY)

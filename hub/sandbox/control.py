"""The control API of `hub sandbox`: faults, records, and acting as a person in a system would.

`GET /`, `GET|POST|DELETE /faults`, `GET /records[/{sandbox}]`, `POST /act/{sandbox}/{action}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.sandbox import Fault, Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]


class WantedFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault to play, and in which sandbox; the fields are those of `Fault`."""

    sandbox: str
    kind: str
    operation: str = "*"
    probability: float = 1.0
    times: int | None = None
    skip: int = 0
    arguments: dict[str, Any] = {}
    seed: int | None = None


class Control:
    """The running emulators, and what may be asked of them."""

    def __init__(self, sandboxes: Sequence[Sandbox], started: Mapping[str, Any]) -> None:
        self._sandboxes = {sandbox.name: sandbox for sandbox in sandboxes}
        self._started = started

    def app(self) -> Starlette:
        """Make the ASGI app."""
        return Starlette(
            routes=[
                Route("/", _guarded(self._about)),
                Route("/faults", _guarded(self._faults), methods=["GET"]),
                Route("/faults", _guarded(self._add_fault), methods=["POST"]),
                Route("/faults", _guarded(self._clear_faults), methods=["DELETE"]),
                Route("/records", _guarded(self._records), methods=["GET"]),
                Route("/records/{sandbox}", _guarded(self._records), methods=["GET"]),
                Route("/act/{sandbox}/{action}", _guarded(self._act), methods=["POST"]),
            ]
        )

    def _sandbox(self, name: str) -> Sandbox:
        if name not in self._sandboxes:
            raise LookupError(f"no sandbox {name!r}; there are: {', '.join(self._sandboxes)}")
        return self._sandboxes[name]

    async def _about(self, request: Request) -> Response:
        del request
        return _answer({"sandboxes": self._started})

    async def _faults(self, request: Request) -> Response:
        del request
        return _answer({name: box.faults.listing() for name, box in self._sandboxes.items()})

    async def _add_fault(self, request: Request) -> Response:
        wanted = msgspec.json.decode(await request.body(), type=WantedFault)
        faults = self._sandbox(wanted.sandbox).faults
        if wanted.seed is not None:
            faults.seed(wanted.seed)
        number = faults.add(
            Fault(
                kind=wanted.kind,
                operation=wanted.operation,
                probability=wanted.probability,
                times=wanted.times,
                skip=wanted.skip,
                arguments=wanted.arguments,
            )
        )
        return _answer({"sandbox": wanted.sandbox, "number": number}, 201)

    async def _clear_faults(self, request: Request) -> Response:
        name = request.query_params.get("sandbox")
        number = request.query_params.get("number")
        if number is not None and name is None:
            raise ValueError("a fault's number is its sandbox's: give `sandbox` too")
        chosen = [self._sandbox(name)] if name else list(self._sandboxes.values())
        for sandbox in chosen:
            sandbox.faults.clear(int(number) if number is not None else None)
        return _answer({"cleared": [sandbox.name for sandbox in chosen]})

    async def _records(self, request: Request) -> Response:
        name = request.path_params.get("sandbox")
        if name is not None:
            return _answer(await run_in_threadpool(self._sandbox(name).records))
        found = {
            sandbox.name: await run_in_threadpool(sandbox.records)
            for sandbox in self._sandboxes.values()
        }
        return _answer(found)

    async def _act(self, request: Request) -> Response:
        sandbox = self._sandbox(request.path_params["sandbox"])
        body = await request.body()
        arguments = msgspec.json.decode(body, type=dict[str, Any]) if body else {}
        result = await run_in_threadpool(sandbox.act, request.path_params["action"], arguments)
        return _answer(result)


def _answer(value: object, status: int = 200) -> Response:
    body = msgspec.json.encode(value, enc_hook=str)
    return Response(body, status, media_type="application/json")


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Tell a wrong request what is wrong with it."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except LookupError as error:
            text = error.args[0] if error.args else str(error)
            return JSONResponse({"error": str(text)}, 404)
        except (ValueError, TypeError, msgspec.DecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return guarded

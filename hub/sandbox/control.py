"""The control API of `hub sandbox`: faults, records, and acting as a person in a system would.

`GET /` (for a browser: the page), `GET|POST|DELETE /faults`, `GET /records[/{sandbox}]`,
`GET /calls?since=NUMBER&wait=SECONDS`, `POST /act/{sandbox}/{action}`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from hub.sandbox import Sandbox, Traffic, page
from hub.sandbox.board import lay_out
from hub.sandbox.traffic import Call, line, plain
from hub.sandbox.wanted import WantedFault
from hub.sandbox.words import LANGUAGES

LONGEST_WAIT: Final = 30.0
"""How many seconds `GET /calls` waits at most."""

Endpoint = Callable[[Request], Awaitable[Response]]


class Control:
    """The running emulators, and what may be asked of them."""

    def __init__(
        self, sandboxes: Sequence[Sandbox], started: Mapping[str, Any], traffic: Traffic
    ) -> None:
        self._sandboxes = {sandbox.name: sandbox for sandbox in sandboxes}
        self._started = started
        self._traffic = traffic
        for sandbox in sandboxes:
            sandbox.faults.actor = sandbox.act

    def app(self) -> Starlette:
        """Make the ASGI app."""
        return Starlette(
            routes=[
                Route("/", _guarded(self._about)),
                *(Route(f"/{name}", _asset, methods=["GET"]) for name in page.ASSETS),
                Route("/faults", _guarded(self._faults), methods=["GET"]),
                Route("/faults", _guarded(self._add_fault), methods=["POST"]),
                Route("/faults", _guarded(self._clear_faults), methods=["DELETE"]),
                Route("/records", _guarded(self._records), methods=["GET"]),
                Route("/records/{sandbox}", _guarded(self._records), methods=["GET"]),
                Route("/calls", _guarded(self._calls), methods=["GET"]),
                Route("/act/{sandbox}/{action}", _guarded(self._act), methods=["POST"]),
            ]
        )

    def _sandbox(self, name: str) -> Sandbox:
        if name not in self._sandboxes:
            raise LookupError(f"no sandbox {name!r}; there are: {', '.join(self._sandboxes)}")
        return self._sandboxes[name]

    async def _about(self, request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", "") and not request.query_params:
            return _answer({"sandboxes": self._started})
        render = page.render_live if request.query_params.get("part") == "live" else page.render
        text = await run_in_threadpool(lambda: render(self._sight(), _language(request)))
        return HTMLResponse(text, headers={"content-security-policy": page.POLICY})

    def _sight(self) -> page.Sight:
        boxes = self._sandboxes
        return page.Sight(
            started=self._started,
            board=lay_out({name: box.records() for name, box in boxes.items()}),
            calls=self._traffic.since(),
            tallies=self._traffic.tallies(),
            faults={name: box.faults.listing() for name, box in boxes.items()},
        )

    async def _faults(self, request: Request) -> Response:
        del request
        return _answer({name: box.faults.listing() for name, box in self._sandboxes.items()})

    async def _add_fault(self, request: Request) -> Response:
        wanted = WantedFault.model_validate_json(await request.body())
        number = wanted.put({name: box.faults for name, box in self._sandboxes.items()})
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

    async def _calls(self, request: Request) -> Response:
        since = int(request.query_params.get("since", 0))
        seconds = min(float(request.query_params.get("wait", 0)), LONGEST_WAIT)
        found = await run_in_threadpool(self._traffic.wait, since, seconds)
        return _answer({"calls": [plain(entry) for entry in found]})

    async def _act(self, request: Request) -> Response:
        sandbox = self._sandbox(request.path_params["sandbox"])
        action = request.path_params["action"]
        body = await request.body()
        arguments = msgspec.json.decode(body, type=dict[str, Any]) if body else {}
        began, wrong = time.monotonic(), ""
        try:
            return _answer(await run_in_threadpool(sandbox.act, action, arguments))
        except Exception as error:
            wrong = str(error)
            raise
        finally:
            self._traffic.of(sandbox.name)(
                Call(
                    operation=f"ACT {action}",
                    status="refused" if wrong else "done",
                    failed=bool(wrong),
                    seconds=time.monotonic() - began,
                    about=line(wrong),
                )
            )


async def _asset(request: Request) -> Response:
    name = request.url.path.removeprefix("/")
    return Response(page.asset(name), media_type=page.ASSETS[name])


def _language(request: Request) -> str:
    """Give the language that was asked for, or that the browser prefers."""
    asked = request.query_params.get("lang", "")
    preferred = request.headers.get("accept-language", "")
    return asked if asked in LANGUAGES else "zh" if preferred.lower().startswith("zh") else "en"


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
        except ValidationError as error:
            told = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            return JSONResponse({"error": "; ".join(told)}, 400)
        except (ValueError, TypeError, msgspec.DecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return guarded

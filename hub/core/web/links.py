"""The endpoints behind signed links: HTML for people, who have no token but the link."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from hub.core.pages import Link, Page
from hub.core.web.body import bounded_body
from hub.core.web.html import page_html
from hub.core.web.page import HEADERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hub.core.web.doors import Doors

FIELDS = 10
"""A form of ours has fewer fields."""


def page(doors: Doors) -> Callable[[Request], Awaitable[Response]]:
    """Show a link's page."""

    async def page(request: Request) -> Response:
        return _html(await run_in_threadpool(doors.show, _link(request)))

    return page


def page_answer(doors: Doors) -> Callable[[Request], Awaitable[Response]]:
    """Take a page's form."""

    async def page_answer(request: Request) -> Response:
        try:
            text = (await bounded_body(request)).decode()
            form = dict(parse_qsl(text, max_num_fields=FIELDS))
        except ValueError:
            return JSONResponse({"error": "not a form"}, 400)
        return _html(await run_in_threadpool(doors.answer, _link(request), form))

    return page_answer


def _link(request: Request) -> Link:
    given = request.path_params
    return Link(given["purpose"], given["item"], given["round"], given["sign"])


def _html(page: Page) -> Response:
    return HTMLResponse(page_html(page), headers=HEADERS)

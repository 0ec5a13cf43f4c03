"""The form of the user service platform: pages without scripts, and nothing believed.

What a stranger sends is bounded, parsed, checked and then kept in the store; only then are they
told its reference. The form carries a key of its own, so that sending it twice makes one case.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.core import log
from hub.core.submissions import FileIn, NewCase, clean
from hub.core.web.allowance import Allowance
from hub.core.web.body import TooLargeError
from hub.core.web.doors import Doors
from hub.core.web.form_pages import Language, Pages, language_of
from hub.errors import RetryableError, StoreError
from hub.handbook import Handbook
from hub.handbook.shapes import PlatformShape
from hub.handbook.submissions import FILES, LONGEST, Fault, lacking

MEBIBYTE: Final = 1024 * 1024
TRAP: Final = "website"
"""A field that people do not see: what fills in all there is, is no person."""
MOST_FIELDS: Final = 40
LONGEST_PART: Final = 128 * 1024
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


class RefusedError(Exception):
    """A request that is not taken: its status, and the name of the sentence that says why."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Filled:
    """What came with a form."""

    nonce: str
    trapped: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[FileIn] = ()


class ServiceForm:
    """Answers the form's three operations."""

    def __init__(self, doors: Doors, handbook: Handbook, platform: PlatformShape) -> None:
        self._doors = doors
        self._handbook = handbook
        self._platform = platform
        self._pages = Pages(handbook, platform)
        self._allowance = Allowance(doors.form_per_hour, doors.monotonic)

    async def show(self, request: Request) -> Response:
        """Show the empty form."""
        language = language_of(request, self._handbook)
        return self._pages.form(language, Filled(secrets.token_urlsafe(18)))

    async def send(self, request: Request) -> Response:
        """Take a filled form, or show it again with what is wrong."""
        language = language_of(request, self._handbook)
        try:
            self._admit(request)
            filled = await self._read(request)
        except RefusedError as refusal:
            return self._refuse(request, language, refusal)
        except TooLargeError:
            return self._refuse(request, language, RefusedError(413, "too_large"))
        if filled.trapped:
            self._tell(request, 422, "trap")
            return self._pages.form(language, filled, notice="trapped", status=422)
        wish = NewCase(
            channel=self._platform.channel,
            language=language,
            attachments=list(filled.files),
            key=f"form:{filled.nonce}",
        )
        wish = replace(wish, **filled.values)
        faults = [*lacking(self._handbook, wish.channel, wish.said()), *self._faults(wish)]
        if faults:
            return self._pages.form(language, filled, faults, status=422)
        return await self._take(request, language, filled, wish)

    def _faults(self, wish: NewCase) -> list[Fault]:
        known = self._doors.faults(wish)
        missing = {fault.field for fault in lacking(self._handbook, wish.channel, wish.said())}
        return [fault for fault in known if fault.field not in missing]

    async def _take(
        self, request: Request, language: Language, filled: Filled, wish: NewCase
    ) -> Response:
        try:
            taken = await run_in_threadpool(self._doors.new_case, wish)
        except (RetryableError, StoreError) as error:
            self._tell(request, 503, str(error))
            headers = {"Retry-After": "5"}
            return self._pages.form(language, filled, notice="busy", status=503, headers=headers)
        # Relative, so that it holds behind a proxy that puts a path before the hub's own.
        place = f"service/received/{taken.reference}?lang={language}"
        return RedirectResponse(place, status_code=303)

    async def received(self, request: Request) -> Response:
        """Show the reference of what was sent, or its case's number."""
        language = language_of(request, self._handbook)
        reference = request.path_params["reference"]
        taken = await run_in_threadpool(self._doors.submission, reference)
        if taken is None:
            return self._refuse(request, language, RefusedError(404, "unknown"), "../../service")
        return self._pages.received(language, taken.reference, taken.case_number)

    # What is refused before it is read.

    def _admit(self, request: Request) -> None:
        if _is_foreign(request):
            raise RefusedError(403, "foreign")
        seconds = self._allowance.wait(request.client.host if request.client else "")
        if seconds > 0:
            raise RefusedError(429, "often", {"Retry-After": str(int(seconds) + 1)})

    def _refuse(
        self, request: Request, language: Language, refusal: RefusedError, back: str = "service"
    ) -> Response:
        self._tell(request, refusal.status, refusal.why)
        return self._pages.refused(
            language, refusal.why, back, status=refusal.status, headers=refusal.headers
        )

    def _tell(self, request: Request, status: int, reason: str) -> None:
        remote = request.client.host if request.client else ""
        log.event("form.refused", remote=remote, status=status, reason=reason)

    # Reading.

    async def _read(self, request: Request) -> Filled:
        files = self._platform.files
        limit = int(files.most * files.megabytes * MEBIBYTE) + MEBIBYTE
        form = await _parsed(request, limit, files.most + 1)
        try:
            return await _filled(form, {"subject", "description", *self._platform.asks})
        finally:
            await form.close()


async def _filled(form: FormData, asked: Collection[str]) -> Filled:
    values = {
        name: clean(text)[: LONGEST[name] + 1]
        for name in LONGEST
        if name in asked and isinstance(text := form.get(name), str)
    }
    files = [
        FileIn(name=each.filename, content=await each.read())
        for each in form.getlist(FILES)
        if isinstance(each, UploadFile) and each.filename
    ]
    given = form.get("nonce")
    nonce = given if isinstance(given, str) and _NONCE.fullmatch(given) else ""
    trapped = form.get(TRAP)
    return Filled(
        nonce=nonce or secrets.token_urlsafe(18),
        trapped=clean(trapped)[:200] if isinstance(trapped, str) else "",
        values=values,
        files=files,
    )


async def _parsed(request: Request, limit: int, most_files: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLargeError(f"more than {limit} bytes")
    stream = _bounded(request, limit)
    parser: MultiPartParser | FormParser
    if kind == "multipart/form-data":
        parser = MultiPartParser(
            request.headers,
            stream,
            max_files=most_files,
            max_fields=MOST_FIELDS,
            max_part_size=LONGEST_PART,
        )
    elif kind == "application/x-www-form-urlencoded":
        parser = FormParser(request.headers, stream)
    else:
        raise RefusedError(415, "no_form")
    try:
        return await parser.parse()
    except (MultiPartException, ValueError, KeyError) as error:
        many = "Too many" in str(error)
        raise RefusedError(413 if many else 400, "too_large" if many else "no_form") from None


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLargeError(f"more than {limit} bytes")
        yield part


def _is_foreign(request: Request) -> bool:
    """Say whether another site made a browser send this: its own word, else by the origin."""
    site = request.headers.get("sec-fetch-site", "")
    if site:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")


def service_form(doors: Doors) -> ServiceForm | None:
    """Make the form that the handbook describes; None if it describes none."""
    platform = doors.handbook.intake.platform
    return ServiceForm(doors, doors.handbook, platform) if platform else None

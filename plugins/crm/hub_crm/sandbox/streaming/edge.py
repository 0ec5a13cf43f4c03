"""Streaming over HTTP: long polls wait outside of the organisation's lock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.streaming.bayeux import TIMEOUT, Bayeux, Client, Message
from hub_crm.sandbox.wire import Answer, ApiError, Call, read_json

MOST: Final = 100
_UNAUTHORIZED: Final = "401::Authentication invalid"


async def serve(site: Site, streams: Bayeux, call: Call) -> Answer:
    """Answer the messages of one request; a connect among them waits for something to tell."""
    messages = _messages(call)
    with site.org.lock:
        if not _authentic(site, call):
            return Answer(200, [_denied(message) for message in messages])
        told = [streams.answer(message) for message in messages]
        waiting = _waiting(streams, messages, told)
    if waiting is None:
        return Answer(200, told)
    client, seconds = waiting
    events = await _events(site, client, seconds)
    return Answer(200, [*events, *told])


def _messages(call: Call) -> list[Message]:
    if call.method != "POST":
        raise ApiError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed")
    body = read_json(call.body)
    messages = body if isinstance(body, list) else [body]
    if not 1 <= len(messages) <= MOST or not all(isinstance(one, dict) for one in messages):
        raise ApiError(400, "INVALID_INPUT", "Bayeux messages were expected")
    return messages


def _authentic(site: Site, call: Call) -> bool:
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    try:
        return kind.lower() in {"bearer", "oauth"} and bool(site.user_of(token.strip()))
    except ApiError:
        return False


def _denied(message: Message) -> Message:
    shaking = message.get("channel") == "/meta/handshake"
    advice = {"reconnect": "none" if shaking else "handshake", "interval": 0}
    told: Message = {
        "channel": message.get("channel"), "successful": False, "advice": advice,
        "error": "403::Handshake denied" if shaking else _UNAUTHORIZED,
        "ext": {"sfdc": {"failureReason": _UNAUTHORIZED}, "replay": True, "payload.format": True},
    }  # fmt: skip
    return told | ({"id": message["id"]} if "id" in message else {})


def _waiting(
    streams: Bayeux, messages: list[Message], told: list[Message]
) -> tuple[Client, float] | None:
    for message, answer in zip(messages, told, strict=True):
        client = streams.client(message)
        if message.get("channel") == "/meta/connect" and answer["successful"] and client:
            first, client.connected = not client.connected, True
            return client, 0.0 if first else _seconds(message)
    return None


def _seconds(message: Message) -> float:
    advice = message.get("advice")
    wanted: Any = advice.get("timeout") if isinstance(advice, dict) else None
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return min(max(0.0, float(wanted) / 1000), TIMEOUT)
    return TIMEOUT


async def _events(site: Site, client: Client, seconds: float) -> list[Message]:
    """Wait until there is something to tell a client, or the time is over, or it is told to go."""
    loop, roused = asyncio.get_running_loop(), asyncio.Event()
    wake = _waker(loop, roused)
    with site.org.lock:
        client.rouse()  # a client waits once: an earlier wait of it ends
        client.wake = wake
        if client.queue or not seconds:
            roused.set()
    try:
        await asyncio.wait_for(roused.wait(), seconds or None)
    except TimeoutError:
        pass
    finally:
        with site.org.lock:
            if client.wake is wake:
                client.wake = None
    with site.org.lock:
        events = list(client.queue)
        client.queue.clear()
    return events


def _waker(loop: asyncio.AbstractEventLoop, roused: asyncio.Event) -> Callable[[], None]:
    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(roused.set)

    return wake

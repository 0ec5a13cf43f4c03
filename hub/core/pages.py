"""The pages behind the signed links of our mails: what they show, and what their answers mean.

Looking at a page changes nothing, as mail scanners look at every link; only its answer does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.core.desk import RATINGS, Told, What
from hub.core.inquiry import ItemView
from hub.core.links import Links
from hub.errors import UnknownError
from hub.handbook import Handbook
from hub.handbook.messages import round_of
from hub.models import Item

LONGEST: Final = 4000
"""A remark on a page is cut to so many characters."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says of itself."""

    purpose: str
    item: str
    round: str
    sign: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its language, title, text, and its form, if it has one.

    `choices` are buttons (value, label); `scale` are values of which one is to be picked;
    `remark` labels a field for words, which `demanded` says can not be left empty.
    """

    language: str
    title: str
    text: str
    choices: Sequence[tuple[str, str]] = ()
    scale: Sequence[str] = ()
    remark: str = ""
    demanded: bool = False


class Pages:
    """Makes the pages of a handbook.

    Args:
        handbook: its messages and labels.
        links: says whether a link is ours.
        find: gives an item by its id.
        tell: takes what an answer says.
    """

    def __init__(
        self,
        handbook: Handbook,
        links: Links,
        find: Callable[[str], ItemView | None],
        tell: Callable[[str, Told], None],
    ) -> None:
        self._handbook = handbook
        self._links = links
        self._labels = handbook.ending.labels
        self._find = find
        self._tell = tell

    def show(self, link: Link) -> Page:
        """Give a link's page. UnknownError if the link is not ours, or its case is gone."""
        item = self._item(link)
        language = self._handbook.messages.language(item)
        match link.purpose:
            case "confirm" if self._waits(item, link):
                labels = [(n, getattr(self._labels, n)) for n in ("confirmed", "objected")]
                choices = [(name, label.label(language)) for name, label in labels]
                return self._page("page_confirm", item, choices=choices)
            case "rate":
                choices = [("rated", self._labels.rated.label(language))]
                return self._page("page_rate", item, choices=choices, scale=RATINGS)
            case "feedback":
                own = self._handbook.about.language
                choices = [("feedback", self._labels.feedback.label(own))]
                return self._page("page_feedback", item, choices=choices, demanded=True)
        return self._page("page_settled", item)

    def answer(self, link: Link, form: Mapping[str, str]) -> Page:
        """Take a page's answer; give the page that says so, or the same if it lacked something."""
        item = self._item(link)
        told = self._told(link, item, form)
        if told is None:
            return self.show(link)
        self._tell(item.id, told)
        return self._page("page_done", item)

    def _item(self, link: Link) -> Item:
        held = self._links.holds(link.purpose, link.item, link.round, link.sign)
        found = self._find(link.item) if held else None
        if found is None:
            raise UnknownError("this link is not valid")
        return Item(id=found.id, kind=found.kind, fields=found.fields, opened_at=found.opened_at)

    def _waits(self, item: Item, link: Link) -> bool:
        return item.text("state") == "resolved" and round_of(item) == link.round

    def _told(self, link: Link, item: Item, form: Mapping[str, str]) -> Told | None:
        """Give what an answer says; None if it says nothing that fits the link."""
        wanted: dict[str, What] = {
            "confirm:confirmed": "confirmed",
            "confirm:objected": "objected",
            "rate:rated": "rated",
            "feedback:feedback": "feedback",
        }
        what = wanted.get(f"{link.purpose}:{form.get('choice', '')}")
        text, by = form.get("remark", "").strip()[:LONGEST], item.text("contact_email") or "link"
        if what is None or (link.purpose == "confirm" and not self._waits(item, link)):
            return None
        if what == "feedback":
            by = item.text("account_manager") or "link"
            return Told(what=what, text=text, by=by) if text else None
        if what == "rated":
            value = form.get("rating", "")
            return Told(what=what, value=value, text=text, by=by) if value in RATINGS else None
        key = f"{link.purpose}/{link.round}/{what}"
        return Told(what=what, value=link.round, text=text, by=by, key=key)

    def _page(
        self,
        purpose: str,
        item: Item,
        *,
        choices: Sequence[tuple[str, str]] = (),
        scale: Sequence[str] = (),
        demanded: bool = False,
    ) -> Page:
        messages = self._handbook.messages
        internal = messages.templates[purpose].visibility == "internal"
        language = self._handbook.about.language if internal else messages.language(item)
        rendered = messages.for_page(purpose, item, language)
        remark = self._labels.remark.label(language) if choices else ""
        return Page(
            language=language,
            title=rendered.subject,
            text=rendered.text.text,
            choices=choices,
            scale=scale,
            remark=remark,
            demanded=demanded,
        )

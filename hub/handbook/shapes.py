"""The shapes of the handbook's files: what may be written where, before anything is looked up.

Each class mirrors one YAML section; pydantic finds misspelt and missing keys with their lines.
What a value refers to (a role, a field, a state) is checked later, by `hub.handbook.check`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hub.models import Direction, Policy
from hub.settings import Settings

Language = Literal["zh", "en"]


class Row(Settings):
    """One provision of the handbook: what it is called, its clause, and where it stands.

    `origin` says whether the department's handbook itself demands it, or it is our default.
    `source` is filled in by the loader (`routing.yaml:14`) and can not be written.
    """

    id: str
    clause: str
    origin: Literal["handbook", "default"]
    zh: str = ""
    en: str = ""
    source: str = ""

    def label(self, language: str) -> str:
        """Give the row's name in a language, else in the other, else its id."""
        first, second = (self.en, self.zh) if language == "en" else (self.zh, self.en)
        return first or second or self.id


class Label(Settings):
    """A text in both languages."""

    zh: str
    en: str

    def label(self, language: str) -> str:
        """Give the text in a language."""
        return self.en if language == "en" else self.zh


class NamedRow(Row):
    """A row that must have its name in both languages."""

    zh: str
    en: str


class Systems(Settings):
    """Names of the configured connectors, by the part they play."""

    cases: str
    rnd: str
    mail: str


class AboutShape(Settings):
    """`handbook.yaml`: whose handbook this is, and how it is joined to the systems."""

    name: Label
    version: str
    zone: str
    language: Language
    service_address: str
    own_domains: tuple[str, ...]
    systems: Systems
    states: tuple[NamedRow, ...]


class RoleShape(NamedRow):
    """A role. `receives` names the system through which alone it is reached (R&D: `rnd`)."""

    receives: str = ""
    next_step: Label | None = None


class PersonShape(NamedRow):
    """A person of the department, named by e-mail address; the first role is the main one."""

    email: str
    roles: tuple[str, ...] = Field(min_length=1)
    skills: tuple[str, ...] = ()


class TeamShape(NamedRow):
    """People who share a role's work; without a team, all who hold the role share it."""

    role: str
    members: tuple[str, ...] = Field(min_length=1)


class PeopleShape(Settings):
    """`people.yaml`: roles, persons, teams, and the desk that takes what nobody else can."""

    desk: str
    roles: tuple[RoleShape, ...]
    persons: tuple[PersonShape, ...]
    teams: tuple[TeamShape, ...] = ()


class RuleShape(Row):
    """One row of a decision table: cells by column, an optional expression, what follows."""

    when: dict[str, Any] = Field(default_factory=dict)
    condition: str = Field(default="", alias="if")
    then: dict[str, Any] = Field(default_factory=dict)


class TableShape(Settings):
    """A decision table: columns with their domains, a hit policy, rows."""

    hit: Literal["first", "unique", "collect"]
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    rows: tuple[RuleShape, ...]


class TypeShape(NamedRow):
    """A type of problem with its subtypes."""

    subtypes: tuple[NamedRow, ...] = ()


class ChannelShape(NamedRow):
    """A way in which problems arrive, and whether what arrives is acknowledged by mail."""

    acknowledge: bool = True


class UploadsShape(Settings):
    """What files the form takes: how many, of how many megabytes each, with which endings."""

    most: int = Field(default=5, ge=0, le=20)
    megabytes: float = Field(default=10, gt=0, le=25)
    endings: tuple[str, ...] = ()


class PlatformShape(Row):
    """The form of the user service platform.

    Args:
        channel: the channel by which what it takes arrives.
        title, intro: what stands above it.
        asks: the item's fields that it asks for besides subject and description, in order.
        files: what may be attached.
    """

    channel: str
    title: Label
    intro: Label
    asks: tuple[str, ...]
    files: UploadsShape = UploadsShape()


class DuplicatesShape(NamedRow):
    """When an earlier open case of the same customer is proposed as the same matter.

    Args:
        score: from which likeness on, of 100.
        thread: what citing that case adds.
        days: how long ago it may have been opened.
        most: how many are proposed at most.
        common: words that say nothing, for they stand in every letter.
    """

    score: int = Field(ge=1, le=100)
    thread: int = Field(ge=0, le=100)
    days: int = Field(ge=1)
    most: int = Field(default=3, ge=1, le=10)
    common: tuple[str, ...] = ()


class FieldShape(NamedRow):
    """A field of the item: who may read it, and whose values it holds.

    `customer` names the field of the customer's record in the CRM that a new item takes it from;
    `names` are what people call values that belong to no vocabulary (`trial`).
    """

    visibility: Literal["public", "internal"]
    values: Literal[
        "",
        "types",
        "subtypes",
        "severities",
        "channels",
        "states",
        "roles",
        "people",
        "instants",
        "fields",
    ] = ""
    customer: str = ""
    names: dict[str, Label] = Field(default_factory=dict)


class IntakeShape(Settings):
    """`intake.yaml`: what comes in, how it is recorded and understood."""

    types: tuple[TypeShape, ...]
    severities: tuple[NamedRow, ...]
    channels: tuple[ChannelShape, ...]
    fields: tuple[FieldShape, ...]
    free_mail_domains: tuple[str, ...] = ()
    no_subject: Label
    required: TableShape
    platform: PlatformShape | None = None
    duplicates: DuplicatesShape
    senders: TableShape
    classification: dict[str, TableShape]
    provisions: tuple[NamedRow, ...]


Way = Literal["account_owner", "own_engineer", "duty", "skill", "load", "round_robin", "member"]
"""How a person is found. The first three name one: the owner of the customer's account, the
customer's own engineer, who is on duty (out of hours). The others leave fewer to choose from: who
is skilled in the matter, who has the fewest open cases, whose turn it is, whose share it is."""


class AssignmentShape(Row):
    """How a person is picked in a role, and which roles take over where nobody of it is there.

    The ways are gone through in their order until one person is left.
    """

    role: str
    by: tuple[Way, ...] = Field(min_length=1)
    fallback: tuple[str, ...] = ()


class RoutingShape(Settings):
    """`routing.yaml`: who receives what, and who else is told."""

    routing: TableShape
    assignment: tuple[AssignmentShape, ...]
    provisions: tuple[NamedRow, ...]


class PathShape(NamedRow):
    """A hand-off that the handbook allows."""

    from_roles: tuple[str, ...] = Field(alias="from", min_length=1)
    to_roles: tuple[str, ...] = Field(alias="to", min_length=1)
    state: str
    notify: tuple[str, ...] = ()


class WordsShape(Row):
    """Words by which people name a next handler."""

    role: str
    words: tuple[str, ...]


class FieldMapShape(Settings):
    """One field's correspondence (see `hub.models.FieldMap`); `source` as of a row."""

    item: str
    record: str
    source: str = ""
    direction: Direction = Direction.BOTH
    policy: Policy = Policy.THEIRS
    values: dict[str, str] = Field(default_factory=dict)
    inbound: dict[str, str] = Field(default_factory=dict)
    closed: bool = False


class MapShape(Row):
    """The field maps of one kind of record of one system."""

    system: str
    kind: str
    fields: tuple[FieldMapShape, ...]


class CommentShape(NamedRow):
    """With what visibility comments cross from one system to another."""

    from_system: str = Field(alias="from")
    to_system: str = Field(alias="to")
    public: Literal["public", "internal", "never"]
    internal: Literal["internal", "never"]


class HandOffShape(Settings):
    """`handoff.yaml`: passing a case on, R&D through JIRA included, and its way back."""

    demands: tuple[str, ...]
    engineer: str
    paths: tuple[PathShape, ...]
    words: tuple[WordsShape, ...] = ()
    returns: TableShape
    maps: tuple[MapShape, ...]
    comments: tuple[CommentShape, ...]
    provisions: tuple[NamedRow, ...]


class MessageText(Settings):
    """A message in one language; comments and descriptions need no subject."""

    subject: str = ""
    text: str


class MessageShape(Row):
    """A message template in both languages.

    `public` is for customers' eyes, `internal` never is; `kept` is as public as the text it
    carries.
    """

    visibility: Literal["public", "internal", "kept"]
    texts: dict[Language, MessageText]


class MessagesShape(Settings):
    """One file of `messages/`."""

    messages: tuple[MessageShape, ...]

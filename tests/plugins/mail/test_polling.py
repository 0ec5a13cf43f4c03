"""Reading the mailbox: cursors, UIDVALIDITY, poisonous and vanished mails."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hub_mail.connector import MailConnector

from hub.errors import AuthenticationError, NotFoundError, RetryableError
from hub.models import Change, Ref, Unreadable


def subjects(changes: Any) -> list[str]:
    """Give the subjects of changes."""
    return [str(change.fields["subject"]) for change in changes]


def read_all(connector: MailConnector, cursor: str | None) -> tuple[list[Any], str]:
    """Poll until no page is left."""
    found: list[Any] = []
    while True:
        page = connector.poll(cursor)
        found += page.changes
        cursor = page.cursor
        if not page.more:
            return found, cursor


def test_the_first_poll_begins_now(post: Any) -> None:
    """With `start: now`, what lay in the mailbox before is left alone."""
    post.deliver(subject="old")
    connector = post.connector(start="now")
    first = connector.poll(None)
    post.deliver(subject="new")

    second = connector.poll(first.cursor)

    assert subjects(first.changes) == []
    assert subjects(second.changes) == ["new"]


def test_pages_follow_one_another_without_gap_or_repeat(post: Any) -> None:
    """A mailbox is read in pages, in the order of UIDs."""
    for number in range(7):
        post.deliver(subject=f"mail {number}")

    changes, cursor = read_all(post.connector(page_size=3), None)

    assert [f"mail {n}" for n in range(7)] == subjects(changes)
    assert json.loads(cursor)["uid"] == 7


def test_the_last_mail_is_not_read_again(post: Any) -> None:
    """`n:*` is answered with the last mail even if its UID is below n (M2)."""
    post.deliver(subject="only")
    connector = post.connector()
    _, cursor = read_all(connector, None)

    page = connector.poll(cursor)

    assert list(page.changes) == []
    assert cursor == page.cursor


def test_a_new_uidvalidity_reads_again_under_the_same_ids(post: Any) -> None:
    """After a restore the mails have new UIDs and the same refs and versions (M1)."""
    for number in range(3):
        post.deliver(subject=f"mail {number}")
    connector = post.connector()
    before, cursor = read_all(connector, None)
    post.sandbox.act("expunge", {"uids": [1]})
    post.sandbox.act("uidvalidity", {})

    after, _ = read_all(connector, cursor)

    assert {(c.ref, c.version) for c in before[1:]} == {(c.ref, c.version) for c in after}


def test_mail_from_before_the_beginning_stays_out_after_a_restore(post: Any) -> None:
    """With `start: now`, a new UIDVALIDITY does not flood the hub with years of old mail."""
    post.deliver(subject="ancient")
    connector = post.connector(start="now")
    cursor = connector.poll(None).cursor
    state = json.loads(cursor)
    state["since"] = "2099-01-01T00:00:00+00:00"
    post.sandbox.act("uidvalidity", {})

    changes, cursor = read_all(connector, json.dumps(state))
    post.deliver(subject="fresh")
    later, _ = read_all(connector, cursor)

    assert changes == []
    assert subjects(later) == ["fresh"]


def test_a_mail_that_people_have_read_is_read_too(post: Any) -> None:
    """The flag says nothing of what the hub did; and the hub does not set it (M3)."""
    post.deliver(subject="seen", flags=["\\Seen"])
    post.deliver(subject="unseen")

    changes, _ = read_all(post.connector(), None)

    assert subjects(changes) == ["seen", "unseen"]
    assert [mail["flags"] for mail in post.mails()] == [["\\Seen"], []]


def test_a_mail_that_vanishes_between_listing_and_fetching_is_passed(post: Any) -> None:
    """A missing answer is no error (M2)."""
    post.deliver(subject="going")
    post.deliver(subject="staying")
    post.fault("expunge", "IMAP FETCH", skip=1, times=1, uid=1)

    changes, cursor = read_all(post.connector(), None)

    assert subjects(changes) == ["staying"]
    assert json.loads(cursor)["uid"] == 2


def test_holes_in_the_uids_are_stepped_over(post: Any) -> None:
    """Thousands of expunged UIDs cost a few commands, not a page each."""
    connector = post.connector()
    post.sandbox._store.account("service@vendor.example").find("INBOX").uid_next = 500_000
    post.deliver(subject="far")
    before = post.connector().poll(None)

    assert subjects(before.changes) == ["far"]
    assert list(connector.poll(before.cursor).changes) == []


def test_a_poisonous_mail_is_put_aside_and_the_box_moves_on(post: Any) -> None:
    """Bytes that are no mail become a dead letter by UID, with what to do about it (M7)."""
    post.deliver(b"\x00\x01\x02 this is no mail\xff\xfe" * 20)
    post.deliver(subject="after it")

    changes, cursor = read_all(post.connector(), None)

    bad, good = changes
    assert isinstance(bad, Unreadable)
    assert bad.ref.id.startswith("uid-")
    assert "no mail" in bad.excerpt
    assert bad.remedy
    assert good.fields["subject"] == "after it"
    assert json.loads(cursor)["uid"] == 2


def test_a_mail_that_breaks_the_line_again_and_again_is_put_aside(post: Any) -> None:
    """A server that dies on one mail does not hold up the others for ever."""
    post.deliver(subject="deadly")
    post.deliver(subject="behind it")
    connector = post.connector()
    post.fault("drop_before", "IMAP FETCH", skip=1)
    cursor = None
    for _ in range(30):
        post.sandbox.faults.clear()
        post.fault("drop_before", "IMAP FETCH", skip=1, times=1)
        try:
            page = connector.poll(cursor)
        except RetryableError:
            continue
        cursor = page.cursor
        if any(isinstance(change, Unreadable) for change in page.changes):
            break
    post.sandbox.faults.clear()

    rest, _ = read_all(connector, cursor)

    assert isinstance(page.changes[0], Unreadable)
    assert subjects(rest) == ["behind it"]


def test_a_mail_to_two_of_our_addresses_is_one_record(post: Any) -> None:
    """Trace headers differ, what was written does not: one ref, one version (M15)."""
    mail = (
        b"From: li@pku.edu.cn\r\nSubject: twice\r\nMessage-ID: <t@pku.edu.cn>\r\n"
        b"Date: Mon, 02 Mar 2026 09:00:00 +0800\r\n\r\ntext\r\n"
    )
    post.deliver(b"Delivered-To: a@vendor.example\r\nReceived: by one\r\n" + mail)
    post.deliver(b"Delivered-To: b@vendor.example\r\nReceived: by two\r\n" + mail)

    changes, _ = read_all(post.connector(), None)

    assert len({(change.ref, change.version) for change in changes}) == 1


def test_two_mails_with_one_message_id_are_two_records(post: Any) -> None:
    """A program that repeats its Message-ID does not make the second mail vanish (M15)."""
    post.deliver(subject="first", message_id="<same@x.cn>")
    post.deliver(subject="second", message_id="<same@x.cn>")

    changes, _ = read_all(post.connector(), None)

    assert len({change.ref for change in changes}) == 2


def test_a_folder_with_a_chinese_name_is_read(post: Any) -> None:
    """Folder names travel as modified UTF-7."""
    post.sandbox._store.create(post.sandbox._store.account("service@vendor.example"), "客户/来信")
    post.deliver(subject="in the folder", folder="客户/来信")

    changes, _ = read_all(post.connector(imap={"folder": "客户/来信"}), None)

    assert subjects(changes) == ["in the folder"]


def test_a_mail_is_fetched_again_by_its_ref(post: Any) -> None:
    """Fetching works by memory, and by looking through the folder after a restart."""
    post.deliver(subject="one")
    post.deliver(subject="two")
    first = post.connector()
    changes, _ = read_all(first, None)

    remembered = first.fetch([changes[0].ref])
    searched = post.connector().fetch([changes[0].ref])

    assert subjects(remembered) == ["one"]
    assert subjects(searched) == ["one"]


def test_a_mail_that_is_not_there_any_more_is_gone(post: Any) -> None:
    """Fetching what people moved away gives a change that is gone."""
    connector = post.connector()

    told = connector.fetch([Ref("mail", "mail", "0123456789ab-0123456789abcdef")])

    assert [isinstance(one, Change) and one.gone for one in told] == [True]


def test_a_line_that_died_in_the_night_is_replaced_without_a_word(post: Any) -> None:
    """A kept connection that the server closed does not make the next poll fail."""
    connector = post.connector()
    _, cursor = read_all(connector, None)
    post.deliver(subject="morning")
    post.fault("bye", "IMAP EXAMINE", times=1)

    page = connector.poll(cursor)

    assert subjects(page.changes) == ["morning"]


def test_an_id_is_sent_where_the_server_wants_it(post: Any) -> None:
    """163 and 126 refuse to select until the client has said who it is (M6)."""
    post.deliver(subject="behind the gate")
    post.fault("unsafe_login", "IMAP EXAMINE")

    changes, _ = read_all(post.connector(), None)

    assert subjects(changes) == ["behind the gate"]


@pytest.mark.parametrize(
    ("imap", "expected"),
    [
        ({"user": "nobody@vendor.example"}, AuthenticationError),
        ({"folder": "Nowhere"}, NotFoundError),
    ],
)
def test_what_is_wrong_is_classed(post: Any, imap: dict[str, str], expected: type) -> None:
    """A wrong login pauses the connector; a folder that is not there is for a person."""
    with pytest.raises(expected):
        post.connector(imap=imap).poll(None)


def test_reading_works_over_imaps_and_starttls(post: Any) -> None:
    """Both ways of TLS, with the emulator's own authority."""
    post.deliver(subject="safe")
    over_tls = post.connector(imap={"tls": "tls", "port": post.at["imaps_port"]})
    by_starttls = post.connector(imap={"tls": "starttls"})

    assert subjects(read_all(over_tls, None)[0]) == ["safe"]
    assert subjects(read_all(by_starttls, None)[0]) == ["safe"]

#!/usr/bin/env python3
"""Builds `mailbox.mbox` and `expected.json` from the threads written by hand in `threads/`.

Run `python3 build.py` (Python 3.11, standard library only). The result depends on nothing but the
files here: the same input gives the same bytes. `python3 verify.py` then reads the mailbox back.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from mailgen.assemble import ALIASES, build, gmail_id, label_header, resolve_headers, separator
from mailgen.content import ContentError, Message, Person, Thread, digest, load, zone
from mailgen.files import Files
from mailgen.mime import head_bytes, mboxrd
from mailgen.truth import expected

HERE = Path(__file__).parent
FIRST = datetime(2026, 7, 18, tzinfo=zone("0"))
LAST = datetime(2026, 11, 15, 23, 59, tzinfo=zone("0"))

BERLIN = zone("+2d")


def colleagues() -> dict[str, Person]:
    """Who answers at Fernhill: all from support@, each with their own mail program."""
    support = ALIASES["support"]
    anna_sig = ["Anna Petrova", "Customer care, Fernhill", "fernhill.example | +49 30 23125 110"]
    anna_ru = ["Анна Петрова", "Служба поддержки Fernhill", "fernhill.example"]
    return {
        "anna": Person("Fernhill Support", support, "gmail", "en-GB", BERLIN, anna_sig, True),
        "annaru": Person("Fernhill Support", support, "gmail", "ru-RU", BERLIN, anna_ru, True),
        "annaphone": Person("Anna Petrova", ALIASES["anna"], "iphone", "en-GB", BERLIN, [], True),
        "jonas": Person(
            "Jonas Weber (Fernhill)", support, "tb", "de-DE", BERLIN,
            ["Jonas Weber", "Fernhill GmbH, Werkstatt & Technik", "Lindenhof 12, 10999 Berlin", "Tel. +49 30 23125 117"], True,
        ),
        "jonasol": Person(
            "Jonas Weber", support, "outlook", "en-GB", BERLIN,
            ["Jonas Weber", "Workshop and B2B", "Fernhill GmbH, Lindenhof 12, 10999 Berlin, fernhill.example"], True,
        ),
        "marta": Person(
            "Marta Silva", support, "apple", "pt-PT", BERLIN,
            ["Marta Silva", "Fernhill, orders & returns", "Mon to Fri 9:00-17:00 CET"], True,
        ),
        "bot": Person("Fernhill Support", support, "bot", "en-GB", BERLIN, [], True),
    }


def default_labels(m: Message) -> list[str]:
    old = m.when < LAST - timedelta(days=45)
    if m.outgoing:
        labels = ["Sent"] if m.from_addr != ALIASES["anna"] else ["Inbox", "Opened"]
    elif old:
        labels = ["Archived", "Opened"]
    else:
        labels = ["Inbox", "Opened"]
    if not m.outgoing and m.kind is None and digest(m.thread.slug) % 5 == 0:
        labels.append("Important")
    if m.kind == "newsletter":
        labels.append("Category Promotions")
    elif m.kind == "noreply":
        labels.append("Category Updates")
    return labels


def labels_of(m: Message) -> list[str]:
    if m.kind == "spam":
        return ["Spam", "Unread"]
    if m.kind == "draft":
        return ["Drafts", "Opened"]
    own = [l.strip() for l in m.opts["labels"].split(",")] if "labels" in m.opts else default_labels(m)
    return own + m.thread.labels


def mailbox_entry(thread: Thread, m: Message, data: bytes, copy: int) -> bytes:
    """One mbox entry with the two headers Google Takeout puts before the message's own."""
    thread_id = gmail_id(thread.messages[0].when, thread.slug)
    head = head_bytes([("X-GM-THRID", str(thread_id)), ("X-Gmail-Labels", label_header(labels_of(m)))])
    if copy:
        data = data.replace(b"        for <support@", b"        for <hello@", 1)
    if not data.endswith(b"\n"):
        data += b"\n"
    return separator(m, copy) + head + mboxrd(data) + b"\n"


def check_dates(threads: list[Thread]) -> None:
    for m in (m for t in threads for m in t.messages):
        if not FIRST <= m.when <= LAST:
            raise ContentError(f"{m.thread.slug} #{m.number}: {m.when} is outside the 120 days")
        if m.parent and m.when <= m.parent.when:
            raise ContentError(f"{m.thread.slug} #{m.number} is not later than what it answers")


def main() -> None:
    threads = load(HERE / "threads", colleagues())
    files = Files(HERE / "threads" / "attachments.toml")
    entries: list[tuple[int, bytes]] = []
    check_dates(threads)
    for thread in threads:
        for m in thread.messages:
            resolve_headers(m)
            data = build(m, files)
            for copy in range(2 if "dup" in m.opts else 1):
                entries.append((digest("order", m.mid, copy), mailbox_entry(thread, m, data, copy)))
    if left := files.unused():
        raise ContentError(f"attachments never sent: {left}")
    # An export is in no order a reader could rely on: replies come before what they answer.
    entries.sort()
    (HERE / "mailbox.mbox").write_bytes(b"".join(e for _, e in entries))
    truth = expected(threads)
    (HERE / "expected.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    size = (HERE / "mailbox.mbox").stat().st_size
    counts = truth["messages"]
    print(f"{truth['threads']} threads, {counts['in_file']} entries, {truth['pairs_total']} pairs, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Reads `mailbox.mbox` back with Python's own parsers and compares it with `expected.json`.

Ends with status 1 and a list of what differs, or prints a summary.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import html
import json
import mailbox
import re
import subprocess
import sys
import zlib
from collections import Counter
from email.header import decode_header, make_header
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime
from pathlib import Path

HERE = Path(__file__).parent
# Charsets that messages name wrongly on purpose, and what they are.
REAL_CHARSET = {"windows-1252http-equivcontent-type": "windows-1252", "us-ascii": "utf-8"}
# RFC 2606 and 6761 names, and what mail programs themselves write into a message.
FOREIGN_HOSTS = {"schemas-microsoft-com", "www.w3.org", "aka.ms", "proton.me"}

problems: list[str] = []
hosts: set[str] = set()


def check(ok: bool, text: str) -> None:
    if not ok:
        problems.append(text)


def text_of(part: email.message.Message) -> str:
    data = part.get_payload(decode=True) or b""
    name = part.get_content_charset() or "us-ascii"
    if name == "iso-8859-1":
        name = "windows-1252"  # as every reader treats it
    return data.decode(REAL_CHARSET.get(name, name))


def squeeze(text: str) -> str:
    return "".join(text.split()).replace("\ufeff", "")


def strip_tags(text: str) -> str:
    text = re.sub(r"(?s)<style.*?</style>|<!--.*?-->", "", text)
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def header(msg: email.message.Message, name: str) -> str:
    value = msg[name]
    return "" if value is None else re.sub(r"\s*\n\s*", " ", str(make_header(decode_header(value))))


def filename(part: email.message.Message) -> str:
    raw = part.get_param("filename", None, "content-disposition") or part.get_param("name")
    return str(make_header(decode_header(collapse_rfc2231_value(raw)))) if raw else ""


def note_hosts(text: str) -> None:
    for found in re.findall(r"https?://([\w.-]+)|[\w.+-]@([\w-]+(?:\.[\w-]+)+)", text):
        hosts.update(h.lower() for h in found if h)


def check_file(name: str, data: bytes) -> None:
    if name.endswith(".pdf"):
        start = int(re.search(rb"startxref\n(\d+)", data)[1])
        check(data.startswith(b"%PDF-1.4") and data[start : start + 4] == b"xref", f"{name}: not a PDF")
    elif name.endswith(".png"):
        size = int.from_bytes(data[33:37], "big")
        check(data[:8] == b"\x89PNG\r\n\x1a\n" and bool(zlib.decompress(data[41 : 41 + size])), f"{name}: not a PNG")


def check_message(msg: email.message.Message, want: dict) -> None:
    mid = want["message_id"]
    check(header(msg, "Subject") == want["subject"], f"{mid}: subject {header(msg, 'Subject')!r}")
    sender = getaddresses([header(msg, "From")])
    check(len(sender) == 1 and sender[0][1] == want["from"], f"{mid}: from {sender}")
    note_hosts("\n".join(str(v) for v in msg.values()))
    defects = [d for p in msg.walk() for d in p.defects]
    check(not defects, f"{mid}: {defects}")
    own = squeeze(want["own_text"])
    texts, files = [], []
    for part in msg.walk():
        kind, name = part.get_content_type(), filename(part)
        if part.is_multipart() or (want["kind"] == "bounce" and part is not msg.get_payload(0)):
            continue
        if name:
            files.append(name)
            check_file(name, part.get_payload(decode=True))
        elif kind == "text/calendar":
            files.append(next((f for f in want["attachments"] if f.endswith(".ics")), "?"))
            check(b"BEGIN:VCALENDAR" in part.get_payload(decode=True), f"{mid}: calendar")
        elif kind in ("text/plain", "text/html"):
            text = text_of(part)
            note_hosts(text)
            texts.append(strip_tags(text) if kind == "text/html" else text)
    check(sorted(files) == sorted(want["attachments"]), f"{mid}: files {files}")
    check(bool(texts) or want["kind"] == "bounce", f"{mid}: no text")
    for text in texts:
        if want["style"] == "inline":
            for line in filter(None, map(squeeze, want["own_text"].split("\n"))):
                check(line in squeeze(text), f"{mid}: lost {line[:60]!r}")
        else:
            check(own in squeeze(text), f"{mid}: own words are not in the text: {own[:80]!r}")


def main() -> int:
    want = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    by_id = {m["message_id"]: m for m in want["all_messages"]}
    raw = (HERE / "mailbox.mbox").read_bytes()
    box = mailbox.mbox(HERE / "mailbox.mbox", create=False)
    entries = [box.get_bytes(key) for key in box.keys()]
    check(len(by_id) == len(want["all_messages"]), "a Message-ID is used by two different messages")
    check(len(entries) == want["messages"]["in_file"], f"{len(entries)} entries")
    seen, threads, programs, charsets = Counter(), {}, Counter(), Counter()
    for entry in entries:
        data = re.sub(rb"(?m)^>(>*From )", rb"\1", entry)
        msg = email.message_from_bytes(data, policy=email.policy.compat32)
        mid = msg["Message-ID"].strip("<> \n")
        seen[mid] += 1
        if mid not in by_id:
            problems.append(f"unknown message {mid}")
            continue
        check_message(msg, by_id[mid])
        programs[by_id[mid]["client"]] += 1
        charsets.update(p.get_content_charset() for p in msg.walk() if p.get_content_maintype() == "text")
        threads.setdefault(by_id[mid]["thread"], set()).add(msg["X-GM-THRID"])
        labels = header(msg, "X-Gmail-Labels").split(",")
        check(("Spam" in labels) == (by_id[mid]["kind"] == "spam"), f"{mid}: labels {labels}")
        check(("Drafts" in labels) == (by_id[mid]["kind"] == "draft"), f"{mid}: labels {labels}")
        for ref in re.findall(r"<([^>]+)>", (msg["References"] or "") + (msg["In-Reply-To"] or "")):
            check(ref in by_id and by_id[ref]["thread"] == by_id[mid]["thread"], f"{mid}: refers to {ref}")
        if msg["Date"]:
            check("2026-07-18" <= parsedate_to_datetime(msg["Date"]).date().isoformat() <= "2026-11-15", f"{mid}: date")
    check({m for m, n in seen.items() if n == 2} == set(want["duplicates"]), "duplicates")
    check(all(len(ids) == 1 for ids in threads.values()), "a thread has two X-GM-THRID")
    check(len({i for ids in threads.values() for i in ids}) == len(threads), "two threads share an X-GM-THRID")
    check_pairs(want, by_id)
    for host in hosts:
        check(host.endswith(".example") or host in FOREIGN_HOSTS, f"not an example domain: {host}")
    check_rebuild()
    for text in problems[:40]:
        print("PROBLEM", text)
    if problems:
        print(f"{len(problems)} problems")
        return 1
    kept = want["messages"]
    print(f"ok: {kept['in_file']} entries, {want['threads']} threads, {want['pairs_total']} pairs, {len(raw) / 1e6:.2f} MB")
    print("programs:", dict(programs.most_common()))
    print("charsets:", dict(charsets.most_common()))
    print("languages (threads):", want["languages"])
    print("kinds:", {k: len(v) for k, v in want["not_from_person_to_person"].items()})
    return 0


def check_pairs(want: dict, by_id: dict) -> None:
    used: Counter = Counter()
    for pair in want["pairs"]:
        for side, direction in (("client_message_ids", "incoming"), ("reply_message_ids", "outgoing")):
            check(bool(pair[side]), f"{pair['thread']}: empty side")
            for mid in pair[side]:
                used[mid] += 1
                check(by_id[mid]["direction"] == direction and by_id[mid]["kind"] is None, f"pair with {mid}")
        check(bool(pair["client_text"].strip() and pair["reply_text"].strip()), f"{pair['thread']}: empty text")
    check(max(used.values(), default=1) == 1, "a message is in two pairs")


def check_rebuild() -> None:
    """Building again, with another hash seed, gives the same bytes."""
    names = ("mailbox.mbox", "expected.json")
    before = [hashlib.sha256((HERE / n).read_bytes()).digest() for n in names]
    subprocess.run([sys.executable, HERE / "build.py"], check=True, stdout=subprocess.DEVNULL, env={"PYTHONHASHSEED": "7"})
    after = [hashlib.sha256((HERE / n).read_bytes()).digest() for n in names]
    check(before == after, "the mailbox is not what build.py makes of the threads")


if __name__ == "__main__":
    sys.exit(main())

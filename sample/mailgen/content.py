"""Reads the hand-written threads (`threads/*.txt`) into plain objects.

The form of these files is described in README.md ("How a thread is written").
"""

from __future__ import annotations

import hashlib
import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

THREAD = re.compile(r"^=== (?P<slug>[\w.-]+) \|(?P<subject>.*)$")
PERSON = re.compile(r"^(?P<name>.*?)\s*<(?P<addr>[^>]+)>\s+(?P<via>\w+)\s+(?P<loc>[\w-]+)\s+(?P<tz>[+-]?[\d.]+d?)$")
HEADER = re.compile(r"^(?P<key>[A-Za-z][\w.]*):\s*(?P<value>.*)$")
MESSAGE = re.compile(
    r"^@(?P<who>[A-Za-z]\w*) (?P<when>\d{4}-\d\d-\d\d \d\d:\d\d|\+(?:\d+d)?(?:\d+h)?(?:\d+m)?)(?P<opts>(?: .*)?)$"
)
RELATIVE = re.compile(r"^\+(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$")


class ContentError(Exception):
    """A thread file is not written as README.md says."""


@dataclass
class Person:
    """Somebody who writes: their name, address, mail program, locale, zone and signature."""

    name: str
    addr: str
    via: str
    loc: str
    tz: tzinfo
    sig: list[str] = field(default_factory=list)
    ours: bool = False


@dataclass
class Message:
    """One mail as its author meant it; the renderers add everything a mail program adds."""

    thread: "Thread"
    number: int
    who: Person
    when: datetime
    opts: dict[str, str]
    body: list[str]
    signoff: list[str]
    typed_sig: list[str]
    forwarded: list[str]
    parent: "Message | None" = None
    # Filled in by `assemble`: addresses and subject as they stand in the headers, then the rendered text.
    from_addr: str = ""
    from_name: str = ""
    to: list[tuple[str, str]] = field(default_factory=list)
    cc: list[tuple[str, str]] = field(default_factory=list)
    to_text: str = ""
    subject_text: str = ""
    mid: str = ""
    rendered: object = None

    @property
    def kind(self) -> str | None:
        """Why this is no mail from person to person, or None when it is."""
        return self.opts.get("kind")

    @property
    def outgoing(self) -> bool:
        return self.who.ours

    @property
    def style(self) -> str:
        if "style" in self.opts:
            return self.opts["style"]
        return "top" if self.parent else "new"

    def own_lines(self) -> list[str]:
        """The author's words: no quotes they answered point by point."""
        lines = self.body
        if self.style == "inline":
            lines = [l for l in lines if not l.startswith(">")]
        return strip_blank(collapse(lines))

    def own_text(self) -> str:
        return "\n".join(self.own_lines())

    def own_text_with_signoff(self) -> str:
        text = self.own_text()
        return text + "\n\n" + "\n".join(self.signoff) if self.signoff else text


@dataclass
class Thread:
    slug: str
    subject: str
    lang: str
    labels: list[str]
    people: dict[str, Person]
    messages: list[Message] = field(default_factory=list)


def strip_blank(lines: list[str]) -> list[str]:
    lines = list(lines)
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def collapse(lines: list[str]) -> list[str]:
    out: list[str] = []
    for line in lines:
        if line.strip() or (out and out[-1].strip()):
            out.append(line)
    return out


def digest(*parts: object) -> int:
    """A number that depends on nothing but its arguments (the only source of 'chance' here)."""
    text = "\x1f".join(str(p) for p in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


class SummerTime(tzinfo):
    """A zone whose clocks go back one hour on 25 October 2026 (the sample knows no other change)."""

    END = datetime(2026, 10, 25, 3)

    def __init__(self, summer: timedelta):
        self.summer = summer

    def dst(self, dt: datetime | None) -> timedelta:
        return timedelta(hours=1) if dt and dt.replace(tzinfo=None) < self.END else timedelta(0)

    def utcoffset(self, dt: datetime | None) -> timedelta:
        return self.summer - timedelta(hours=1) + self.dst(dt)

    def tzname(self, dt: datetime | None) -> str | None:
        return None


def zone(hours: str) -> tzinfo:
    """`+2` is a fixed offset, `+2d` one with European summer time."""
    offset = timedelta(minutes=round(float(hours.rstrip("d")) * 60))
    return SummerTime(offset) if hours.endswith("d") else timezone(offset)


def parse_person(text: str, ours: bool = False) -> Person:
    m = PERSON.match(text)
    if not m:
        raise ContentError(f"not a person: {text!r}")
    return Person(m["name"], m["addr"], m["via"], m["loc"], zone(m["tz"]), ours=ours)


def parse_opts(text: str, where: str) -> dict[str, str]:
    opts = {}
    for word in shlex.split(text):
        key, eq, value = word.partition("=")
        opts[key] = value if eq else "yes"
    known = set(
        "via style cs label enc att cid kind from cc to date subject labels dup parent irt sig tz".split()
    )
    if unknown := set(opts) - known:
        raise ContentError(f"{where}: unknown options {unknown}")
    return opts


def split_body(lines: list[str]) -> tuple[list[str], list[str], list[str], list[str]]:
    parts: dict[str, list[str]] = {"": [], "~": [], "~~": [], "~~fwd": []}
    current = ""
    for line in lines:
        if line in parts and line:
            current = line
        else:
            parts[current].append(line)
    return tuple(strip_blank(parts[k]) for k in ("", "~", "~~", "~~fwd"))


def load(folder: Path, colleagues: dict[str, Person]) -> list[Thread]:
    """Every thread of every file, in the order written."""
    threads: list[Thread] = []
    for path in sorted(folder.glob("*.txt")):
        threads.extend(load_file(path, colleagues))
    slugs = [t.slug for t in threads]
    if twice := {s for s in slugs if slugs.count(s) > 1}:
        raise ContentError(f"slugs used twice: {twice}")
    return threads


def load_file(path: Path, colleagues: dict[str, Person]) -> list[Thread]:
    threads: list[Thread] = []
    pending: tuple | None = None
    body: list[str] = []

    def finish() -> None:
        nonlocal pending, body
        if pending:
            add_message(threads[-1], *pending, body)
        pending, body = None, []

    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.rstrip()
        where = f"{path.name}:{number}"
        if m := THREAD.match(line):
            finish()
            threads.append(Thread(m["slug"], m["subject"].strip(), "en", [], dict(colleagues)))
        elif m := MESSAGE.match(line):
            finish()
            pending = (m["who"], m["when"], parse_opts(m["opts"], where), where)
        elif pending:
            body.append(line)
        elif line and not line.startswith("#"):
            if not threads or not (m := HEADER.match(line)):
                raise ContentError(f"{where}: {line!r}")
            set_header(threads[-1], m["key"], m["value"], where)
    finish()
    return threads


def set_header(thread: Thread, key: str, value: str, where: str) -> None:
    if key == "lang":
        thread.lang = value
    elif key == "labels":
        thread.labels = [v.strip() for v in value.split(",")]
    elif key.endswith(".sig"):
        thread.people[key[:-4]].sig = [v.strip() for v in value.split("|")]
    elif key.isupper() or key[0].isupper():
        thread.people[key] = parse_person(value)
    else:
        raise ContentError(f"{where}: unknown header {key}")


def add_message(thread: Thread, who: str, when: str, opts: dict, where: str, lines: list[str]) -> None:
    if who not in thread.people:
        raise ContentError(f"{where}: nobody called {who} in {thread.slug}")
    person = thread.people[who]
    number = len(thread.messages) + 1
    seconds = timedelta(seconds=digest(thread.slug, number, "s") % 60)
    if m := RELATIVE.match(when):
        days, hours, minutes = (int(g or 0) for g in m.groups())
        previous = thread.messages[-1].when.replace(second=0)
        moment = previous + timedelta(days=days, hours=hours, minutes=minutes) + seconds
        moment = moment.astimezone(person.tz)
    else:
        moment = datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=person.tz) + seconds
    message = Message(thread, number, person, moment, opts, *split_body(lines))
    if "parent" in opts:
        message.parent = thread.messages[int(opts["parent"]) - 1]
    elif thread.messages and opts.get("style") != "new":
        message.parent = thread.messages[-1]
    thread.messages.append(message)

"""Turns a message into the bytes a mailbox would hold: headers, encodings, parts, attachments."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email.utils import format_datetime

from .client import Rendered
from .clients import CLIENTS
from .content import ContentError, Message, digest
from .files import Files
from .mime import Part, address, encoded_words, file_part, multipart, needs_encoding, text_part, unstructured

OUR_DOMAIN = "fernhill.example"
ALIASES = {name: f"{name}@{OUR_DOMAIN}" for name in ("support", "hello", "returns", "anna")}
ALIAS_NAMES = {
    "support": "Fernhill Support",
    "hello": "Fernhill",
    "returns": "Fernhill Returns",
    "anna": "Anna Petrova",
}

MAILERS = {
    "outlook": ("X-Mailer", "Microsoft Outlook 16.0"),
    "apple": ("X-Mailer", "Apple Mail (2.3826.700.81)"),
    "iphone": ("X-Mailer", "iPhone Mail (23A345)"),
    "tb": ("User-Agent", "Mozilla Thunderbird"),
    "tbtext": ("User-Agent", "Mozilla Thunderbird"),
    "mutt": ("User-Agent", "Mutt/2.2.12 (2023-09-09)"),
    "yahoo": ("X-Mailer", "WebService/1.1.24652 YMailNorrin"),
    "yahooapp": ("X-Mailer", "WebService/1.1.24652 YMailiOS"),
    "mailru": ("X-Mailer", "Mail.Ru Mailer 1.0"),
    "yandex": ("X-Mailer", "Yamail [ http://yandex.example ] 5.0"),
}
BASE64 = {"owa", "olmobile", "mailru", "yandex", "proton"}
CYRILLIC_LEGACY = {"outlook": "koi8-r"}
REPLIED = re.compile(r"^(?:re|aw|fwd?):\s*", re.IGNORECASE)
REPLY_PREFIX = {"outlook": {"de": "AW", "*": "RE"}, "owa": {"de": "AW", "*": "Re"}, "olmobile": {"de": "AW", "*": "Re"}}


def via(m: Message) -> str:
    return m.opts.get("via", m.who.via)


def resolve_headers(m: Message) -> None:
    """Addresses, subject and Message-ID; needed before anything can quote the message."""
    people = m.thread.people
    sender = m.who
    if m.outgoing:
        alias = m.opts.get("from", sender.addr.split("@")[0])
        m.from_addr = ALIASES[alias]
        m.from_name = sender.name if alias in ("support", "anna") else ALIAS_NAMES[alias]
    else:
        other = people[m.opts["from"]] if "from" in m.opts else sender
        m.from_addr, m.from_name = other.addr, other.name
    m.to = recipients(m, m.opts.get("to"))
    m.cc = recipients(m, m.opts["cc"]) if "cc" in m.opts else []
    m.to_text = ", ".join(f"{n} <{a}>" if n else a for n, a in m.to)
    m.subject_text = subject(m)
    m.mid = message_id(m)


def recipients(m: Message, spec: str | None) -> list[tuple[str, str]]:
    people = m.thread.people
    if spec is None:
        if not m.outgoing:
            return [("", ALIASES["support"])] if not m.parent else [our_side(m)]
        return [client_side(m)]
    out = []
    for key in spec.split(","):
        if key in ALIASES:
            out.append((ALIAS_NAMES[key], ALIASES[key]))
        elif "@" in key:
            out.append(("", key))
        else:
            out.append((people[key].name, people[key].addr))
    return out


def our_side(m: Message) -> tuple[str, str]:
    node = m.parent
    while node and not node.outgoing:
        node = node.parent
    return (node.from_name, node.from_addr) if node else ("", ALIASES["support"])


def client_side(m: Message) -> tuple[str, str]:
    node = m.parent
    while node and node.outgoing:
        node = node.parent
    if node:
        return node.from_name, node.from_addr
    person = next(p for p in m.thread.people.values() if not p.ours)
    return person.name, person.addr


def subject(m: Message) -> str:
    given = m.opts.get("subject")
    if given:
        return "" if given == "none" else given
    base = m.thread.subject
    if not m.parent:
        return base
    base = REPLIED.sub("", base)
    program = via(m)
    if m.style == "fwd":
        return f"{'FW' if program == 'outlook' else 'Fwd'}: {base}"
    prefixes = REPLY_PREFIX.get(program, {"*": "Aw" if program == "gmx" else "Re"})
    return f"{prefixes.get(m.who.loc[:2], prefixes['*'])}: {base}"


def message_id(m: Message) -> str:
    n = digest(m.thread.slug, m.number, "mid")
    hexed = f"{n:016x}{digest(m.thread.slug, m.number, 'mid2'):016x}"
    domain = m.from_addr.split("@")[1]
    program = via(m)
    if program in ("gmail", "gmailapp"):
        return f"CA{hexed[:8].upper()}+{hexed[8:24]}@mail.{domain}"
    if program in ("outlook", "owa", "olmobile"):
        return f"{hexed[:2].upper()}9PR04MB{n % 9000 + 1000}{hexed[2:18].upper()}@eurprd04.{domain}"
    if program in ("apple", "iphone", "tb", "tbtext"):
        u = hexed.upper() if program in ("apple", "iphone") else hexed
        return f"{u[:8]}-{u[8:12]}-{u[12:16]}-{u[16:20]}-{u[20:32]}@{domain}"
    if program == "mutt":
        return f"{m.when:%Y%m%d%H%M%S}.{hexed[:8]}@{domain}"
    if program in ("yahoo", "yahooapp"):
        return f"{n % 10**9}.{n // 10**9 % 10**7}.{int(m.when.timestamp())}000@{domain}"
    return f"{int(m.when.timestamp())}.{n % 10**8}@{domain}"


def references(m: Message) -> list[str]:
    chain, node = [], m.parent
    while node:
        chain.insert(0, node.mid)
        node = node.parent
    return chain


def gmail_id(moment: datetime, *salt: object) -> int:
    """As Gmail's ids: milliseconds in the upper bits."""
    return int(moment.timestamp() * 1000) << 20 | digest(*salt) & 0xFFFFF


def quoted_charset(m: Message, plain: str, html: str | None) -> str:
    program = via(m)
    if "cs" in m.opts:
        return m.opts["cs"]
    candidates = ["us-ascii"] if program in ("outlook", "apple", "iphone", "mutt", "bot") else []
    if program == "outlook":
        candidates += [CYRILLIC_LEGACY["outlook"]] if m.who.loc == "ru-RU" else ["iso-8859-1"]
    for name in candidates:
        try:
            (plain + (html or "")).encode(name)
            return name
        except UnicodeEncodeError:
            continue
    return "UTF-8" if program in ("gmail", "gmailapp", "yahoo", "gmx") else "utf-8"


def encoding(m: Message, charset: str, text: str) -> str:
    if "enc" in m.opts:
        return m.opts["enc"]
    program = via(m)
    raw = text.encode(charset, "replace")
    longest = max(len(l) for l in raw.split(b"\n"))
    ascii_only = all(b < 128 for b in raw)
    if program in BASE64:
        return "base64"
    if ascii_only and longest < 990:
        return "7bit"
    many = sum(b >= 128 for b in raw) > len(raw) // 6
    if program in ("tb", "tbtext", "mutt") and longest < 990:
        return "8bit"
    return "base64" if many else "quoted-printable"


def boundary(m: Message, salt: str) -> str:
    n = f"{digest(m.thread.slug, m.number, salt):016x}"
    return {
        "gmail": f"000000000000{n[:12]}",
        "gmailapp": f"000000000000{n[:12]}",
        "outlook": f"----=_NextPart_000_{n[:4].upper()}_01DC{n[4:8].upper()}.{n[8:].upper()}",
        "owa": f"_000_{n.upper()}eurprd04_",
        "olmobile": f"_000_{n.upper()}eurprd04_",
        "apple": f"Apple-Mail=_{n.upper()}",
        "iphone": f"Apple-Mail-{n.upper()}",
        "mailru": f"--ALT--{n}",
        "yahoo": f"----=_Part_{n[:6]}_{n[6:]}",
        "proton": f"b1_{n}",
    }.get(via(m), f"------------{n}")


def text_parts(m: Message, r: Rendered, cls: type, cid: str | None, files: Files) -> Part:
    charset = quoted_charset(m, r.plain, r.html)
    label = m.opts.get("label")
    check_own_text(m, charset)
    flowed = "; format=flowed" if via(m) == "tbtext" else ""
    plain = text_part("plain", r.plain, charset, encoding(m, charset, r.plain), label, flowed)
    if r.html is None:
        return plain
    html = text_part("html", r.html, charset, encoding(m, charset, r.html), label)
    inline = []
    if cid:
        name = m.opts["cid"]
        inline = [file_part(name, *files.get(name), cid=cid)]
    if not cls.has_plain:
        return multipart("related", boundary(m, "rel"), [html, *inline]) if inline else html
    if inline and via(m) in ("apple", "iphone"):
        html = multipart("related", boundary(m, "rel"), [html, *inline], ';\n type="text/html"')
        return multipart("alternative", boundary(m, "alt"), [plain, html])
    both = multipart("alternative", boundary(m, "alt"), [plain, html])
    return multipart("related", boundary(m, "rel"), [both, *inline]) if inline else both


def check_own_text(m: Message, charset: str) -> None:
    try:
        "\n".join(m.body + m.signoff).encode(charset)
    except UnicodeEncodeError as e:
        raise ContentError(f"{m.thread.slug} #{m.number}: own words do not fit {charset}: {e.object[e.start]!r}") from e


def bounce_part(m: Message, plain: Part) -> Part:
    failed = m.parent
    status = (
        f"Reporting-MTA: dns; mx.{OUR_DOMAIN}\nArrival-Date: {format_datetime(failed.when)}\n\n"
        f"Final-Recipient: rfc822; {failed.to[0][1]}\nAction: failed\nStatus: 5.1.1\n"
        f"Remote-MTA: dns; mx.{failed.to[0][1].split('@')[1]}\n"
        "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.\n"
    )
    heads = f"From: {failed.from_addr}\nTo: {failed.to[0][1]}\nSubject: {failed.subject_text}\nMessage-ID: <{failed.mid}>\n"
    children = [
        plain,
        Part([("Content-Type", "message/delivery-status")], status.encode()),
        Part([("Content-Type", "text/rfc822-headers")], heads.encode()),
    ]
    return multipart("report", boundary(m, "rep"), children, '; report-type=delivery-status')


def calendar_part(m: Message, text: Part, files: Files) -> Part:
    name = m.opts["att"]
    data = files.get(name)[1]
    method = "REPLY" if m.kind == "calendar" else "REQUEST"
    ics = Part(
        [
            ("Content-Type", f'text/calendar; charset="UTF-8"; method={method}'),
            ("Content-Transfer-Encoding", "7bit"),
        ],
        data.replace(b"\r\n", b"\n"),
    )
    if text.children:
        text.children.append(ics)
        return text
    return multipart("alternative", boundary(m, "cal"), [text, ics])


def build(m: Message, files: Files) -> bytes:
    """The message as RFC 5322 bytes without Gmail's own headers (those the mailbox adds)."""
    cls = CLIENTS[via(m)]
    cid = f"{digest(m.thread.slug, m.number, 'cid'):x}@{m.from_addr.split('@')[1]}" if "cid" in m.opts else None
    m.rendered = cls(m, cid).render()
    body = text_parts(m, m.rendered, cls, cid, files)
    names = m.opts["att"].split(",") if "att" in m.opts else []
    if m.kind == "bounce":
        body = bounce_part(m, body)
    elif names and names[0].endswith(".ics"):
        body = calendar_part(m, body, files)
    elif names:
        form = "2047" if via(m) in ("gmail", "outlook", "owa", "mailru") else "2231"
        if via(m) in ("tb", "tbtext", "apple", "iphone"):
            form = "2231c"
        body = multipart("mixed", boundary(m, "mix"), [body, *(file_part(n, *files.get(n), form) for n in names)])
    part = Part(message_headers(m) + body.headers, body.content, body.children, body.boundary)
    return part.to_bytes()


def message_headers(m: Message) -> list[tuple[str, str]]:
    program = via(m)
    head_charset = m.opts.get("cs", "UTF-8")
    if head_charset.lower() not in ("koi8-r", "windows-1251", "iso-8859-1"):
        head_charset = "UTF-8"
    form = "Q" if program in ("apple", "iphone", "tb", "tbtext", "mutt", "yahoo") else "B"
    if needs_encoding(m.subject_text) or needs_encoding(m.from_name):
        try:
            (m.subject_text + m.from_name).encode(head_charset)
        except UnicodeEncodeError:
            head_charset = "UTF-8"

    def people(pairs: list[tuple[str, str]]) -> str:
        return ",\n ".join(address(n, a, "UTF-8", form) for n, a in pairs)

    headers: list[tuple[str, str]] = []
    if not m.outgoing:
        headers += transport_headers(m)
    headers.append(("MIME-Version", "1.0"))
    headers.append(("From", address(m.from_name, m.from_addr, head_charset, form)))
    headers.append(("To", people(m.to)))
    if m.cc:
        headers.append(("Cc", people(m.cc)))
    if m.opts.get("subject") != "none":
        headers.append(("Subject", unstructured(m.subject_text, head_charset, form)))
    if m.opts.get("date") != "none":
        headers.append(("Date", format_datetime(m.when)))
    headers.append(("Message-ID", f"<{m.mid}>"))
    chain = references(m)
    if chain and m.opts.get("irt") != "none":
        headers.append(("In-Reply-To", f"<{chain[-1]}>"))
        headers.append(("References", "\n ".join(f"<{r}>" for r in chain)))
    if program in MAILERS:
        headers.append(MAILERS[program])
    if program == "outlook":
        headers.append(("Thread-Topic", unstructured(m.thread.subject)))
        headers.append(("Content-Language", m.who.loc.lower()))
    headers += KIND_HEADERS.get(m.kind or "", lambda m: [])(m)
    return headers


def transport_headers(m: Message) -> list[tuple[str, str]]:
    domain = m.from_addr.split("@")[1]
    arrived = m.when.astimezone(timezone.utc)
    n = digest(m.thread.slug, m.number, "ip")
    ours = next((a for _, a in m.to + m.cc if a.endswith("@" + OUR_DOMAIN)), ALIASES["support"])
    return [
        ("Delivered-To", ALIASES["support"]),
        (
            "Received",
            f"from mail-{n % 90 + 10}.{domain} (mail-{n % 90 + 10}.{domain}. [192.0.2.{n % 253 + 1}])\n"
            f"        by mx.{OUR_DOMAIN} with ESMTPS id {n:016x}\n        for <{ours}>;\n        {format_datetime(arrived)}",
        ),
        ("Return-Path", "<>" if m.kind in ("bounce", "autoreply") else f"<{m.from_addr}>"),
    ]


def newsletter_headers(m: Message) -> list[tuple[str, str]]:
    domain = m.from_addr.split("@")[1]
    return [
        ("List-Id", f"<news.{domain}>"),
        ("List-Unsubscribe", f"<https://{domain}/u/{digest(m.mid) % 10**8}>, <mailto:unsubscribe@{domain}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Precedence", "bulk"),
    ]


KIND_HEADERS = {
    "newsletter": newsletter_headers,
    "list": lambda m: [
        ("List-Id", f"<{m.to[0][1].replace('@', '.')}>"),
        ("List-Post", f"<mailto:{m.to[0][1]}>"),
        ("Precedence", "list"),
    ],
    "autoreply": lambda m: [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")],
    "bounce": lambda m: [("Auto-Submitted", "auto-replied"), ("X-Failed-Recipients", m.parent.to[0][1])],
    "noreply": lambda m: [("Auto-Submitted", "auto-generated")] if digest(m.mid) % 2 else [],
}


def label_header(labels: list[str]) -> str:
    text = ",".join(labels)
    return encoded_words(text, "UTF-8", "Q") if needs_encoding(text) else text


def separator(m: Message, copy: int) -> bytes:
    arrived = m.when.astimezone(timezone.utc)
    return f"From {gmail_id(arrived, m.mid, copy)}@xxx {arrived:%a %b %d %H:%M:%S} +0000 {arrived:%Y}\n".encode()


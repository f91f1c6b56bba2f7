"""Writes MIME by hand: every byte is chosen here, so that the mailbox is the same on each build."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass
class Part:
    """A MIME entity: its own headers, and either content bytes or child parts."""

    headers: list[tuple[str, str]]
    content: bytes = b""
    children: list["Part"] = field(default_factory=list)
    boundary: str = ""

    def body(self) -> bytes:
        if not self.children:
            return self.content
        preamble = b"This is a multi-part message in MIME format.\n" if self.boundary.startswith("--") else b""
        out = [preamble]
        for child in self.children:
            out.append(b"--" + self.boundary.encode() + b"\n" + child.to_bytes() + b"\n")
        out.append(b"--" + self.boundary.encode() + b"--\n")
        return b"".join(out)

    def to_bytes(self) -> bytes:
        return head_bytes(self.headers) + b"\n" + self.body()


def head_bytes(headers: list[tuple[str, str]]) -> bytes:
    """Header lines; values are already encoded, except what is meant to be raw 8-bit (surrogates)."""
    return b"".join(f"{k}: {v}\n".encode("utf-8", "surrogateescape") for k, v in headers)


def multipart(subtype: str, boundary: str, children: list[Part], extra: str = "") -> Part:
    return Part([("Content-Type", f'multipart/{subtype}; boundary="{boundary}"{extra}')], b"", children, boundary)


def quoted_printable(data: bytes) -> bytes:
    text = binascii.b2a_qp(data, quotetabs=False, istext=True, header=False)
    return text


def encode_body(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(data)
    if encoding == "quoted-printable":
        return quoted_printable(data)
    return data


BEST_FIT = str.maketrans({"«": '"', "»": '"', "„": '"', "“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "…": "...", "€": "EUR"})


def best_fit(text: str, charset: str) -> str:
    """Replaces typographic characters that an old charset lacks by plain ones, as Windows does."""
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        kept = (c if can_encode(c, charset) else c.translate(BEST_FIT) for c in text)
        return "".join(kept)
    return text


def can_encode(char: str, charset: str) -> bool:
    try:
        char.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def text_part(subtype: str, text: str, charset: str, encoding: str, label: str | None = None, extra: str = "") -> Part:
    """A text part; `label` is the charset it claims when that is not the true one."""
    if subtype == "plain":
        text = best_fit(text, charset)
    data = text.encode(charset, "xmlcharrefreplace" if subtype == "html" else "replace")
    if not data.endswith(b"\n"):
        data += b"\n"
    name = label or charset
    headers = [
        ("Content-Type", f'text/{subtype}; charset="{name}"{extra}'),
        ("Content-Transfer-Encoding", encoding),
    ]
    return Part(headers, encode_body(data, encoding))


def needs_encoding(text: str) -> bool:
    return any(ord(c) > 126 or ord(c) < 32 for c in text)


def encoded_words(text: str, charset: str = "UTF-8", form: str = "B") -> str:
    """RFC 2047: each word at most 75 characters, never splitting a character."""
    words, chunk = [], ""

    def word(piece: str) -> str:
        raw = piece.encode(charset)
        if form == "B":
            return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="
        safe = "".join(
            chr(b) if chr(b).isalnum() and b < 128 else "_" if b == 32 else f"={b:02X}" for b in raw
        )
        return f"=?{charset}?Q?{safe}?="

    for char in text:
        if len(word(chunk + char)) > 75:
            words.append(word(chunk))
            chunk = ""
        chunk += char
    words.append(word(chunk))
    return "\n ".join(words)


def unstructured(text: str, charset: str = "UTF-8", form: str = "B") -> str:
    return encoded_words(text, charset, form) if needs_encoding(text) else fold(text)


def fold(text: str) -> str:
    if len(text) <= 70:
        return text
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > 70:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n ".join(lines + [line])


def address(name: str, addr: str, charset: str = "UTF-8", form: str = "B") -> str:
    if not name:
        return addr
    if needs_encoding(name):
        return f"{encoded_words(name, charset, form)} <{addr}>"
    if re.search(r'[()<>@,;:\\".\[\]]', name):
        return '"' + name.replace('"', '\\"') + f'" <{addr}>'
    return f"{name} <{addr}>"


def filename_params(name: str, form: str) -> tuple[str, str]:
    """(Content-Type name parameter, Content-Disposition filename parameter) in a client's manner."""
    if not needs_encoding(name):
        return f'; name="{name}"', f'; filename="{name}"'
    if form == "2047":
        word = encoded_words(name, "UTF-8", "B")
        return f';\n name="{word}"', f';\n filename="{word}"'
    value = quote(name, safe="")
    plain = f';\n name="{encoded_words(name, "UTF-8", "B")}"'
    if form == "2231" or len(value) <= 50:
        return plain, f";\n filename*=UTF-8''{value}"
    pieces = [value[i : i + 48] for i in range(0, len(value), 48)]
    lines = [f"\n filename*{i}*=" + ("UTF-8''" if i == 0 else "") + piece for i, piece in enumerate(pieces)]
    return plain, ";" + ";".join(lines)


def file_part(name: str, mime: str, data: bytes, form: str = "2231c", cid: str | None = None) -> Part:
    type_param, disp_param = filename_params(name, form)
    headers = [("Content-Type", mime + type_param), ("Content-Transfer-Encoding", "base64")]
    if cid:
        headers.append(("Content-ID", f"<{cid}>"))
    headers.append(("Content-Disposition", ("inline" if cid else "attachment") + disp_param))
    return Part(headers, base64.encodebytes(data))


def mboxrd(data: bytes) -> bytes:
    """Quotes body lines that look like a separator, reversibly (mboxrd)."""
    return re.sub(rb"(?m)^(>*From )", rb">\1", data)

"""Small real attachments: PDF, PNG, CSV and ICS, made from `attachments.toml`."""

from __future__ import annotations

import struct
import tomllib
import zlib
from pathlib import Path

MIME = {
    "pdf": "application/pdf",
    "png": "image/png",
    "csv": "text/csv",
    "ics": "text/calendar; method=REQUEST",
    "txt": "text/plain",
}


def pdf(lines: list[str]) -> bytes:
    """One A4 page of Helvetica 11 pt, Windows-1252 text."""
    text = b"BT /F1 11 Tf 15 TL 56 780 Td\n"
    for line in lines:
        raw = line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        text += b"(" + raw + b") Tj T*\n"
    text += b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(text) + text + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, obj in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + obj + b"\nendobj\n"
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)
    return out


def png(width: int, height: int, seed: int) -> bytes:
    """A small picture: a dark round shape on a worktop, tinted by `seed`."""
    tint = (seed % 60, seed // 7 % 60, seed // 49 % 60)
    rows = bytearray()
    cx, cy, r = width * (30 + seed % 40) / 100, height * 0.5, min(width, height) * 0.33
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = (x - cx) ** 2 + (y - cy) ** 2 < r * r
            base = 50 if inside else 190 - y * 60 // height
            rows += bytes(min(255, base + t) for t in tint)
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + chunk(b"IEND", b"")
    )


class Files:
    """The attachments by file name."""

    def __init__(self, path: Path):
        self.known = tomllib.loads(path.read_text(encoding="utf-8"))
        self.used: set[str] = set()

    def get(self, name: str) -> tuple[str, bytes]:
        """(MIME type, bytes). Unknown names of pictures are drawn; other unknown names are an error."""
        ext = name.rsplit(".", 1)[-1].lower()
        self.used.add(name)
        if ext == "png":
            seed = sum(name.encode())
            size = (24, 24) if name.startswith("image0") else (160, 120)
            return MIME[ext], png(*size, seed)
        spec = self.known[name]
        if ext == "pdf":
            return MIME[ext], pdf(spec["lines"])
        text = spec["text"].lstrip("\n")
        if ext == "ics":
            text = text.replace("\n", "\r\n")
        charset = spec.get("charset", "utf-8")
        suffix = "" if charset == "utf-8" and ext != "ics" else f"; charset={charset}"
        return MIME[ext] + suffix, text.encode(charset)

    def unused(self) -> set[str]:
        return set(self.known) - self.used

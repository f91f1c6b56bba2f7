"""What all mail programs share in making the text and HTML part of a message and in quoting another.

The programs themselves are in `clients.py`. `html_inner` is what a later reply quotes.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from html import escape as html_escape

from . import locales
from .content import Message, Person

URL = re.compile(r"https?://[^\s<>()]+[^\s<>().,;:!?]")


@dataclass
class Rendered:
    plain: str
    html: str | None
    html_inner: str


def esc(text: str) -> str:
    out, at = [], 0
    for m in URL.finditer(text):
        out.append(html_escape(text[at : m.start()], quote=False))
        url = html_escape(m.group(), quote=False)
        out.append(f'<a href="{url}">{url}</a>')
        at = m.end()
    out.append(html_escape(text[at:], quote=False))
    return "".join(out)


def mailto(addr: str) -> str:
    return f'<a href="mailto:{addr}">{addr}</a>'


def who_plain(p: Person, addr: str) -> str:
    return f"{p.name} <{addr}>"


def link_addresses(text: str) -> str:
    """Escapes an attribution line and links the <address> in it, as web mail does."""
    return re.sub(r"&lt;([^&\s]+@[^&\s]+)&gt;", lambda m: f"&lt;{mailto(m[1])}&gt;", html_escape(text, quote=False))


def prefix(text: str, mark: str = ">") -> str:
    return "\n".join(
        mark + line if line.startswith(mark[0]) else f"{mark} {line}" if line else mark for line in text.split("\n")
    )


def without_images(html: str) -> str:
    return re.sub(r"<img[^>]*cid:[^>]*>", "", html)


class Client:
    wrap = 0
    sig_delimiter = ""
    quote_marks = True
    line_tag = "div"
    line_attr = ""
    blank = "<div><br></div>"
    has_html = True
    has_plain = True

    def __init__(self, m: Message, cid: str | None):
        self.m, self.cid = m, cid
        self.loc = m.who.loc
        self.lang = locales.lang(self.loc)

    # --- the author's side -------------------------------------------------------------------
    def sig_lines(self) -> list[str]:
        if self.m.opts.get("sig") == "no":
            return []
        return self.m.typed_sig or self.m.who.sig

    def footer_plain(self) -> str:
        return ""

    def footer_html(self) -> str:
        return ""

    def lines_html(self, lines: list[str]) -> str:
        attr = f" {self.line_attr}" if self.line_attr else ""
        return "\n".join(
            f"<{self.line_tag}{attr}>{esc(l)}</{self.line_tag}>" if l.strip() else self.blank for l in lines
        )

    def wrapped(self, lines: list[str]) -> str:
        if not self.wrap:
            return "\n".join(lines)
        out = []
        for line in lines:
            if line.startswith(">") or len(line) <= self.wrap:
                out.append(line)
            else:
                out += textwrap.wrap(line, self.wrap, break_long_words=False, break_on_hyphens=False)
        return "\n".join(out)

    def sig_plain(self) -> str:
        lines = self.sig_lines()
        if not lines:
            return ""
        delimiter = "" if self.m.typed_sig else self.sig_delimiter
        return "\n".join(([delimiter] if delimiter else []) + lines)

    def sig_html(self) -> str:
        return self.lines_html(self.sig_lines()) if self.sig_lines() else ""

    def own(self) -> list[str]:
        m = self.m
        return m.body + ([""] + m.signoff if m.signoff else [])

    def image_html(self) -> str:
        return f'<div><img src="cid:{self.cid}" alt="{self.m.opts["cid"]}" width="160"></div>' if self.cid else ""

    # --- the quoted side ---------------------------------------------------------------------
    def parent_when(self):
        return self.m.parent.when.astimezone(self.m.when.tzinfo)

    def attribution(self) -> str:
        p = self.m.parent
        return locales.gmail(self.parent_when(), self.loc, who_plain(p.who, p.from_addr))

    def quoted_plain_text(self) -> str:
        return self.m.parent.rendered.plain.strip("\n")

    def quoted_inner(self) -> str:
        return without_images(self.m.parent.rendered.html_inner)

    def quote_plain(self) -> str:
        text = self.quoted_plain_text()
        return self.attribution() + "\n" + (prefix(text) if self.quote_marks else text)

    def quote_html(self) -> str:
        return f"<div>{link_addresses(self.attribution())}</div><blockquote>{self.quoted_inner()}</blockquote>"

    def block_html(self, inner: str) -> str:
        return f"<blockquote>{inner}</blockquote>"

    def forward_plain(self) -> str:
        return "---------- Forwarded message ---------\n" + "\n".join(self.m.forwarded)

    def forward_html(self) -> str:
        return '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>' + (
            "<br>\n".join(esc(l) for l in self.m.forwarded)
        ) + "</div></div>"

    # --- the whole ---------------------------------------------------------------------------
    def segments(self) -> list[tuple[bool, list[str]]]:
        """The body as runs of quoted (True) and own lines, for point-by-point answers."""
        runs: list[tuple[bool, list[str]]] = []
        for line in self.m.body:
            quoted = line.startswith(">")
            if not runs or runs[-1][0] != quoted:
                runs.append((quoted, []))
            runs[-1][1].append(line)
        return runs

    def plain(self) -> str:
        style, m = self.m.style, self.m
        sig, footer = self.sig_plain(), self.footer_plain()
        tail = [x for x in (footer, sig) if x]
        own = self.wrapped(self.own())
        if style == "inline":
            runs = self.segments()
            head = self.wrapped(runs.pop(0)[1]).strip() if runs and not runs[0][0] else ""
            text = self.wrapped([l for _, lines in runs for l in lines] + ([""] + m.signoff if m.signoff else []))
            return "\n\n".join([x for x in (head, self.attribution() + "\n" + text) if x] + tail)
        if style == "bottom":
            return "\n\n".join([self.quote_plain(), own] + tail)
        blocks = ([own] if own else []) + tail
        if style == "fwd":
            blocks.append(self.forward_plain())
        elif style == "top" and m.parent:
            blocks.append(self.quote_plain())
        return "\n\n".join(blocks)

    def html_inner(self) -> str:
        style, m = self.m.style, self.m
        tail = self.footer_html() + self.html_sig_block()
        if style == "inline":
            runs = self.segments()
            head = self.lines_html(runs.pop(0)[1]) if runs and not runs[0][0] else ""
            body = "".join(
                self.block_html(self.lines_html([l.lstrip(">").strip() for l in lines]))
                if quoted
                else self.lines_html(lines)
                for quoted, lines in runs
            )
            if m.signoff:
                body += self.lines_html([""] + m.signoff)
            return head + f"<div>{link_addresses(self.attribution())}</div>" + body + tail
        own = self.own_html(self.lines_html(self.own())) + self.image_html()
        if style == "bottom":
            return self.quote_html() + own + tail
        out = own + tail
        if style == "fwd":
            out += "<br>" + self.forward_html()
        elif style == "top" and m.parent:
            out += self.quote_html()
        return out

    def own_html(self, html: str) -> str:
        return html

    def html_sig_block(self) -> str:
        return self.sig_html()

    def document(self, inner: str) -> str:
        return f"<html><body>{inner}</body></html>"

    def render(self) -> Rendered:
        inner = self.html_inner()
        html = self.document(inner) if self.has_html else None
        return Rendered(self.plain(), html, inner)

"""What each mail program makes of a message: its text part, its HTML part, its way to quote."""

from __future__ import annotations

import textwrap
from html import escape as html_escape

from . import locales
from .client import Client, esc, link_addresses, prefix, who_plain


class Gmail(Client):
    wrap = 74
    sig_delimiter = "-- "

    def quote_plain(self) -> str:
        # Gmail wraps the attribution as it wraps any line of the text part.
        head = "\n".join(textwrap.wrap(self.attribution(), 74, break_long_words=False, break_on_hyphens=False))
        return head + "\n\n" + prefix(self.quoted_plain_text())

    def own_html(self, html: str) -> str:
        return f'<div dir="ltr">{html}</div>' if html else ""

    def html_sig_block(self) -> str:
        if not self.sig_lines():
            return ""
        if self.m.typed_sig:
            return f'<div dir="ltr"><br>{self.sig_html()}</div>'
        return (
            '<div><br clear="all"></div><span class="gmail_signature_prefix">-- </span><br>'
            f'<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">{self.sig_html()}</div></div>'
        )

    def block_html(self, inner: str) -> str:
        style = "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"
        return f'<blockquote class="gmail_quote" style="{style}">{inner}</blockquote>'

    def quote_html(self) -> str:
        return (
            '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
            f"{link_addresses(self.attribution())}<br></div>{self.block_html(self.quoted_inner())}</div>"
        )

    def document(self, inner: str) -> str:
        return inner


class GmailApp(Gmail):
    def attribution(self) -> str:
        p = self.m.parent
        return locales.gmail_app(self.parent_when(), self.loc, p.who.name, p.from_addr)

    def own_html(self, html: str) -> str:
        return f'<div dir="auto">{html}</div>' if html else ""


class Outlook(Client):
    """Outlook for Windows: Word's HTML, and a header block above the quote."""

    quote_marks = False
    line_tag = "p"
    line_attr = 'class="MsoNormal"'
    blank = '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'

    def labels(self) -> dict[str, str]:
        return locales.LABELS[self.lang]

    def header_rows(self) -> list[tuple[str, str]]:
        p, l = self.m.parent, self.labels()
        rows = [
            (l["f"], who_plain(p.who, p.from_addr)),
            (l["s"], locales.long_date(self.parent_when(), self.loc)),
            (l["t"], p.to_text),
        ]
        if p.cc:
            rows.append((l["c"], ", ".join(f"{n} <{a}>" for n, a in p.cc)))
        return rows + [(l["j"], p.subject_text)]

    def quote_plain(self) -> str:
        return "\n".join(f"{k}: {v}" for k, v in self.header_rows()) + "\n\n" + self.quoted_plain_text()

    def quote_html(self) -> str:
        rows = "<br>".join(f"<b>{k}:</b> {link_addresses(v)}" for k, v in self.header_rows())
        return (
            '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
            'padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><span style="mso-fareast-language:EN-US">'
            f'{rows}<o:p></o:p></span></p></div></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>{self.quoted_inner()}'
        )

    def lines_html(self, lines: list[str]) -> str:
        return "\n".join(
            f'<p class="MsoNormal">{esc(l)}<o:p></o:p></p>' if l.strip() else self.blank for l in lines
        )

    def html_sig_block(self) -> str:
        return (self.blank + self.sig_html()) if self.sig_lines() else ""

    def image_html(self) -> str:
        return f'<p class="MsoNormal"><img width="160" src="cid:{self.cid}"><o:p></o:p></p>' if self.cid else ""

    def document(self, inner: str) -> str:
        return (
            '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
            'xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">\n<head>\n'
            '<meta name="Generator" content="Microsoft Word 15 (filtered medium)">\n<style><!--\n'
            "@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}\n"
            'p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}\n'
            "div.WordSection1 {page:WordSection1;}\n--></style>\n</head>\n"
            f'<body lang="{self.loc.upper()}" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">\n'
            f'<div class="WordSection1">\n{inner}\n</div>\n</body>\n</html>'
        )

    def forward_plain(self) -> str:
        return "-----Original Message-----\n" + "\n".join(self.m.forwarded)

    def forward_html(self) -> str:
        body = "<br>".join(esc(l) for l in self.m.forwarded)
        return (
            '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
            f'<p class="MsoNormal">{body}<o:p></o:p></p></div>'
        )


class OutlookWeb(Outlook):
    line_attr = ""
    style = "font-family: Aptos, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);"
    blank = f'<div class="elementToProof" style="{style}"><br></div>'

    def lines_html(self, lines: list[str]) -> str:
        return "\n".join(
            f'<div class="elementToProof" style="{self.style}">{esc(l)}</div>' if l.strip() else self.blank
            for l in lines
        )

    def image_html(self) -> str:
        return Client.image_html(self)

    def html_sig_block(self) -> str:
        return f'<div id="Signature">{self.sig_html()}</div>' if self.sig_lines() else ""

    def quote_plain(self) -> str:
        return "_" * 32 + "\n" + super().quote_plain()

    def quote_html(self) -> str:
        rows = "<br>\n".join(f"<b>{k}:</b> {link_addresses(v)}" for k, v in self.header_rows())
        return (
            '<div id="appendonsend"></div>\n<hr style="display:inline-block;width:98%" tabindex="-1">\n'
            '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
            f"{rows}</font>\n<div>&nbsp;</div>\n</div>\n<div>{self.quoted_inner()}</div>"
        )

    def document(self, inner: str) -> str:
        return (
            '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
            '<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>\n</head>\n'
            f'<body dir="ltr">\n{inner}\n</body>\n</html>'
        )


class OutlookMobile(OutlookWeb):
    def footer_plain(self) -> str:
        return f"{locales.OUTLOOK_IOS[self.lang]}<https://aka.ms/o0ukef>"

    def footer_html(self) -> str:
        return (
            '<div id="ms-outlook-mobile-body-separator-line" dir="ltr"><br></div><div id="ms-outlook-mobile-signature" '
            f'dir="ltr"><a href="https://aka.ms/o0ukef">{locales.OUTLOOK_IOS[self.lang]}</a></div>'
        )


class AppleMail(Client):
    def attribution(self) -> str:
        p = self.m.parent
        return locales.apple(self.parent_when(), self.loc, who_plain(p.who, p.from_addr))

    def quote_plain(self) -> str:
        return prefix(self.attribution() + "\n\n" + self.quoted_plain_text())

    def block_html(self, inner: str) -> str:
        return f'<blockquote type="cite">{inner}</blockquote>'

    def html_sig_block(self) -> str:
        if not self.sig_lines():
            return ""
        return f'<div><br></div><div><meta charset="UTF-8">{self.sig_html()}</div>'

    def quote_html(self) -> str:
        return (
            f'<div><br><blockquote type="cite"><div>{link_addresses(self.attribution())}</div>'
            f'<br class="Apple-interchange-newline"><div>{self.quoted_inner()}</div></blockquote></div><br>'
        )

    def document(self, inner: str) -> str:
        return (
            '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
            '<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">'
            f"{inner}</body></html>"
        )

    def forward_plain(self) -> str:
        return prefix("Begin forwarded message:\n\n" + "\n".join(self.m.forwarded))

    def forward_html(self) -> str:
        body = "<br>".join(esc(l) for l in self.m.forwarded)
        return f'<div><br><blockquote type="cite"><div>Begin forwarded message:</div><br>{body}</blockquote></div>'


class IPhone(AppleMail):
    def footer_plain(self) -> str:
        return locales.IPHONE[self.lang]

    def footer_html(self) -> str:
        return f'<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{locales.IPHONE[self.lang]}</div>'

    def quote_html(self) -> str:
        return (
            f'<div dir="ltr"><br><blockquote type="cite">{link_addresses(self.attribution())}<br><br></blockquote></div>'
            f'<blockquote type="cite"><div dir="ltr">\ufeff{self.quoted_inner()}</div></blockquote>'
        )

    def document(self, inner: str) -> str:
        return (
            '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
            f'<body dir="auto">{inner}</body></html>'
        )


class Thunderbird(Client):
    sig_delimiter = "-- "

    def attribution(self) -> str:
        return locales.thunderbird(self.parent_when(), self.loc, self.m.parent.who.name)

    def lines_html(self, lines: list[str]) -> str:
        paras = "\n".join(lines).split("\n\n")
        return "\n".join("<p>" + "<br>\n".join(esc(l) for l in p.split("\n")) + "</p>" for p in paras if p.strip())

    def block_html(self, inner: str) -> str:
        return f'<blockquote type="cite" cite="mid:{self.m.parent.mid}">{inner}</blockquote>'

    def html_sig_block(self) -> str:
        if not self.sig_lines():
            return ""
        return '<pre class="moz-signature" cols="72">-- \n' + "\n".join(esc(l) for l in self.sig_lines()) + "</pre>"

    def quote_html(self) -> str:
        return (
            f'<div class="moz-cite-prefix">{html_escape(self.attribution(), quote=False)}<br></div>'
            f"{self.block_html(self.quoted_inner())}"
        )

    def document(self, inner: str) -> str:
        return (
            '<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">\n'
            f"  </head>\n  <body>\n{inner}\n  </body>\n</html>"
        )

    def forward_plain(self) -> str:
        return "-------- Forwarded Message --------\n" + "\n".join(self.m.forwarded)

    def forward_html(self) -> str:
        body = "<br>".join(esc(l) for l in self.m.forwarded)
        return f'<div class="moz-forward-container"><br>-------- Forwarded Message --------<br>{body}</div>'


class ThunderbirdText(Thunderbird):
    """Plain text with format=flowed (RFC 3676): soft breaks end in a space."""

    has_html = False

    def wrapped(self, lines: list[str]) -> str:
        out = []
        for line in lines:
            if line.startswith(">") or len(line) <= 72:
                out.append(" " + line if line.startswith("From ") else line)
                continue
            pieces = textwrap.wrap(line, 71, break_long_words=False, break_on_hyphens=False)
            out += [p + " " for p in pieces[:-1]] + pieces[-1:]
        return "\n".join(out)

    def html_inner(self) -> str:
        return "<pre>" + html_escape(self.plain(), quote=False) + "</pre>"


class Mutt(Client):
    has_html = False
    wrap = 72
    sig_delimiter = "-- "

    def attribution(self) -> str:
        when = self.parent_when()
        return f"On {when:%a, %b %d, %Y at %I:%M:%S%p %z}, {self.m.parent.who.name} wrote:"

    def html_inner(self) -> str:
        return "<pre>" + html_escape(self.plain(), quote=False) + "</pre>"


class Yahoo(Client):
    quote_marks = False
    line_attr = 'dir="ltr" data-setdir="false"'

    def attribution(self) -> str:
        p = self.m.parent
        return locales.yahoo(self.parent_when(), self.loc, who_plain(p.who, p.from_addr))

    def quote_plain(self) -> str:
        return "    " + self.attribution() + "  \n \n " + self.quoted_plain_text().replace("\n", "\n ")

    def own_html(self, html: str) -> str:
        return (
            '<div class="ydp5f2a9c1eyahoo-style-wrap" style="font-family:Helvetica Neue, Helvetica, Arial, sans-serif;'
            f'font-size:16px;">{html}<div><br></div></div>'
        )

    def quote_html(self) -> str:
        return (
            '<div id="ydp7b1yahoo_quoted_4402" class="ydp7b1yahoo_quoted"><div style="font-family:\'Helvetica Neue\', '
            "Helvetica, Arial, sans-serif;font-size:13px;color:#26282a;\"><div>"
            f"{link_addresses(self.attribution())}</div><div><br></div><div><br></div><div>{self.quoted_inner()}</div></div></div>"
        )

    def document(self, inner: str) -> str:
        return f"<html><head></head><body>{inner}</body></html>"


class YahooMobile(Yahoo):
    def footer_plain(self) -> str:
        return "Sent from Yahoo Mail for iPhone"

    def footer_html(self) -> str:
        return '<br><div id="ymail_android_signature">Sent from Yahoo Mail for iPhone</div>'


class MailRu(Client):
    blank = "<div>&nbsp;</div>"

    def attribution(self) -> str:
        p = self.m.parent
        return locales.mail_ru(self.parent_when(), who_plain(p.who, p.from_addr))

    def quote_plain(self) -> str:
        text = self.attribution() + "\n \n" + self.quoted_plain_text()
        return "\n".join(">" + line for line in text.split("\n"))

    def html_sig_block(self) -> str:
        if not self.sig_lines():
            return ""
        return f'<div data-signature-widget="container"><div data-signature-widget="content">{self.sig_html()}</div></div>'

    def quote_html(self) -> str:
        return (
            '<div>&nbsp;</div><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">'
            f'{link_addresses(self.attribution())}<br>&nbsp;<div id=""><div class="js-helper js-readmsg-msg">'
            f"{self.quoted_inner()}</div></div></blockquote>"
        )

    def document(self, inner: str) -> str:
        return f"\n<HTML><BODY>{inner}</BODY></HTML>\n"


class Yandex(Client):
    has_plain = False
    blank = "<div> </div>"

    def attribution(self) -> str:
        p, when = self.m.parent, self.parent_when()
        return f'{when:%d.%m.%Y, %H:%M}, "{p.who.name}" <{p.from_addr}>:'

    def quote_html(self) -> str:
        return (
            f"<div> </div><div> </div><div>{link_addresses(self.attribution())}</div>"
            f"<blockquote>{self.quoted_inner()}</blockquote>"
        )

    def document(self, inner: str) -> str:
        return inner


class Proton(Client):
    line_attr = 'style="font-family: Arial, sans-serif; font-size: 14px;"'
    blank = '<div style="font-family: Arial, sans-serif; font-size: 14px;"><br></div>'

    def attribution(self) -> str:
        p = self.m.parent
        return locales.proton(self.parent_when(), self.loc, who_plain(p.who, p.from_addr))

    def footer_plain(self) -> str:
        return "Sent with [Proton Mail](https://proton.me/mail/home) secure email."

    def footer_html(self) -> str:
        return (
            f'{self.blank}<div class="protonmail_signature_block" style="font-family: Arial, sans-serif; font-size: 14px;">'
            '<div class="protonmail_signature_block-user protonmail_signature_block-empty"></div><div '
            'class="protonmail_signature_block-proton">Sent with <a target="_blank" href="https://proton.me/mail/home">'
            "Proton Mail</a> secure email.</div></div>"
        )

    def quote_plain(self) -> str:
        return self.attribution() + "\n\n" + prefix(self.quoted_plain_text())

    def quote_html(self) -> str:
        return (
            f'{self.blank}<div class="protonmail_quote">\n        {link_addresses(self.attribution())}<br><br>\n'
            f'        <blockquote class="protonmail_quote" type="cite">\n{self.quoted_inner()}\n        </blockquote><br>\n    </div>'
        )

    def document(self, inner: str) -> str:
        return inner


class Gmx(Client):
    quote_marks = False
    blank = "<div>&nbsp;</div>"

    def header_rows(self) -> list[tuple[str, str]]:
        p, when = self.m.parent, self.parent_when()
        day, month = locales.DAYS["de"][when.weekday()], locales.MONTHS["de"][when.month - 1]
        return [
            ("Gesendet", f"{day}, {when.day:02d}. {month} {when.year} um {when:%H:%M} Uhr"),
            ("Von", f'"{p.who.name}" <{p.from_addr}>'),
            ("An", p.to_text),
            ("Betreff", p.subject_text),
        ]

    def quote_plain(self) -> str:
        return "\n".join(f"{k}: {v}" for k, v in self.header_rows()) + "\n\n" + self.quoted_plain_text()

    def quote_html(self) -> str:
        rows = "<br/>\n".join(f"<b>{k}:</b>&nbsp;{link_addresses(v)}" for k, v in self.header_rows())
        return (
            '<div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px '
            'solid #C3D9E5; word-wrap: break-word;"><div style="margin:0 0 10px 0;">'
            f'{rows}</div><div name="quoted-content">{self.quoted_inner()}</div></div></div>'
        )

    def document(self, inner: str) -> str:
        return (
            '<html><head></head><body><div style="font-family: Verdana;font-size: 12.0px;">'
            f"{inner}</div></body></html>"
        )


class Galaxy(Client):
    quote_marks = False

    def footer_plain(self) -> str:
        return locales.GALAXY[self.lang][0]

    def footer_html(self) -> str:
        return f'<div><br></div><div id="composer_signature" dir="auto"><div style="font-size:85%;color:#575757">{locales.GALAXY[self.lang][0]}</div></div>'

    def header_rows(self) -> list[str]:
        p, l, when = self.m.parent, locales.LABELS[self.lang], self.parent_when()
        stamp = f"{when:%d.%m.%Y %H:%M} (GMT{when:%z})"[:-3] + ":00)"
        return [
            locales.GALAXY[self.lang][1],
            f"{l['f']}: {who_plain(p.who, p.from_addr)}",
            f"{l['d']}: {stamp}",
            f"{l['t']}: {p.to_text}",
            f"{l['j']}: {p.subject_text}",
        ]

    def quote_plain(self) -> str:
        return "\n".join(self.header_rows()) + "\n\n" + self.quoted_plain_text()

    def quote_html(self) -> str:
        rows = "".join(f"<div>{link_addresses(r)} </div>" for r in self.header_rows())
        return f"<div><br></div><div><br></div><!-- originalMessage --><div>{rows}<div><br></div></div>{self.quoted_inner()}"

    def document(self, inner: str) -> str:
        return (
            '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head>'
            f'<body dir="auto">{inner}</body></html>'
        )


class Bulk(Client):
    """A sending service: newsletters and notifications, a table layout, no quotes."""

    def document(self, inner: str) -> str:
        return (
            '<!DOCTYPE html><html><head><meta name="viewport" content="width=device-width"><style>td{font-family:Arial;'
            'font-size:15px;line-height:22px}</style></head><body style="margin:0;background:#f3f3f0"><table role="presentation" '
            'width="100%" cellpadding="0" cellspacing="0"><tr><td align="center"><table role="presentation" width="600" '
            f'style="background:#fff"><tr><td style="padding:24px">{inner}</td></tr></table></td></tr></table></body></html>'
        )


class PlainBot(Client):
    """A server's plain text: autoreplies, bounces, scanners."""

    has_html = False

    def html_inner(self) -> str:
        return "<pre>" + html_escape(self.plain(), quote=False) + "</pre>"


CLIENTS: dict[str, type[Client]] = {
    "gmail": Gmail,
    "gmailapp": GmailApp,
    "outlook": Outlook,
    "owa": OutlookWeb,
    "olmobile": OutlookMobile,
    "apple": AppleMail,
    "iphone": IPhone,
    "tb": Thunderbird,
    "tbtext": ThunderbirdText,
    "mutt": Mutt,
    "yahoo": Yahoo,
    "yahooapp": YahooMobile,
    "mailru": MailRu,
    "yandex": Yandex,
    "proton": Proton,
    "gmx": Gmx,
    "galaxy": Galaxy,
    "bulk": Bulk,
    "bot": PlainBot,
}

"""How mail programs say "On … wrote:" and label a header block, by locale."""

from __future__ import annotations

from datetime import datetime

DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "ru": "понедельник вторник среда четверг пятница суббота воскресенье".split(),
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split(),
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo".split(),
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
}
SHORT_DAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun".split(),
    "ru": "пн вт ср чт пт сб вс".split(),
    "de": "Mo. Di. Mi. Do. Fr. Sa. So.".split(),
    "pt": "seg. ter. qua. qui. sex. sáb. dom.".split(),
    "fr": "lun. mar. mer. jeu. ven. sam. dim.".split(),
}
MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}
SHORT_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
    "ru": "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.".split(),
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.".split(),
    "pt": "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.".split(),
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split(),
}
LABELS = {
    "en": dict(f="From", s="Sent", t="To", c="Cc", j="Subject", d="Date"),
    "ru": dict(f="От", s="Отправлено", t="Кому", c="Копия", j="Тема", d="Дата"),
    "de": dict(f="Von", s="Gesendet", t="An", c="Cc", j="Betreff", d="Datum"),
    "pt": dict(f="De", s="Enviado", t="Para", c="Cc", j="Assunto", d="Data"),
    "fr": dict(f="De", s="Envoyé", t="À", c="Cc", j="Objet", d="Date"),
}
IPHONE = {
    "en": "Sent from my iPhone",
    "ru": "Отправлено с iPhone",
    "de": "Von meinem iPhone gesendet",
    "pt": "Enviado do meu iPhone",
    "fr": "Envoyé de mon iPhone",
}
OUTLOOK_IOS = {
    "en": "Get Outlook for iOS",
    "ru": "Получить Outlook для iOS",
    "de": "Outlook für iOS herunterladen",
    "pt": "Obter o Outlook para iOS",
    "fr": "Télécharger Outlook pour iOS",
}
GALAXY = {
    "en": ("Sent from my Galaxy", "-------- Original message --------"),
    "ru": ("Отправлено с моего устройства Galaxy", "-------- Исходное сообщение --------"),
    "de": ("Von meinem/meiner Galaxy gesendet", "-------- Ursprüngliche Nachricht --------"),
    "pt": ("Enviado do meu Galaxy", "-------- Mensagem original --------"),
    "fr": ("Envoyé depuis mon appareil Galaxy", "-------- Message d'origine --------"),
}


def lang(loc: str) -> str:
    return loc[:2]


def clock(when: datetime, loc: str, seconds: bool = False, gap: str = " ") -> str:
    tail = f":{when:%S}" if seconds else ""
    if loc == "en-US":
        return f"{when.hour % 12 or 12}:{when:%M}{tail}{gap}{when:%p}"
    return f"{when:%H:%M}{tail}"


def short(when: datetime, loc: str) -> tuple[str, str]:
    key = lang(loc)
    return SHORT_DAYS[key][when.weekday()], SHORT_MONTHS[key][when.month - 1]


def gmail(when: datetime, loc: str, who: str) -> str:
    day, month = short(when, loc)
    d, y, t = when.day, when.year, f"{when:%H:%M}"
    if loc == "en-US":
        return f"On {day}, {month} {d}, {y} at {clock(when, loc, gap=chr(0x202F))} {who} wrote:"
    return {
        "en": f"On {day}, {d} {month} {y} at {t}, {who} wrote:",
        "ru": f"{day}, {d} {month} {y} г. в {t}, {who}:",
        "de": f"Am {day}, {d}. {month} {y} um {t} Uhr schrieb {who}:",
        "pt": f"Em {day}, {d} de {month} de {y} às {t}, {who} escreveu:"
        if loc == "pt-BR"
        else f"{who} escreveu ({DAYS['pt'][when.weekday()].split('-')[0]}, {when:%d/%m/%Y} à(s) {t}):",
        "fr": f"Le {day} {d} {month} {y} à {t}, {who} a écrit :",
    }[lang(loc)]


def gmail_app(when: datetime, loc: str, name: str, addr: str) -> str:
    day, month = short(when, loc)
    d, y, t = when.day, when.year, f"{when:%H:%M}"
    return {
        "en": f"On {day}, {month} {d}, {y}, {clock(when, loc)} {name} <{addr}> wrote:"
        if loc == "en-US"
        else f"On {day}, {d} {month} {y}, {t} {name}, <{addr}> wrote:",
        "ru": f"{day}, {d} {month} {y} г., {t} {name} <{addr}>:",
        "de": f"{name} <{addr}> schrieb am {day}, {d}. {month} {y}, {t}:",
        "pt": f"Em {day}, {d} de {month} de {y}, {t}, {name} <{addr}> escreveu:",
        "fr": f"Le {day} {d} {month} {y}, {t}, {name} <{addr}> a écrit :",
    }[lang(loc)]


def apple(when: datetime, loc: str, who: str) -> str:
    _, month = short(when, loc)
    d, y, t = when.day, when.year, f"{when:%H:%M}"
    return {
        "en": f"On {month} {d}, {y}, at {clock(when, loc, gap=chr(0x202F))}, {who} wrote:"
        if loc == "en-US"
        else f"On {d} {month} {y}, at {t}, {who} wrote:",
        "ru": f"{d} {month} {y} г., в {t}, {who} написал(а):",
        "de": f"Am {when:%d.%m.%Y} um {t} schrieb {who}:",
        "pt": f"No dia {when:%d/%m/%Y}, às {t}, {who} escreveu:",
        "fr": f"Le {d} {month} {y} à {t}, {who} a écrit :",
    }[lang(loc)]


def thunderbird(when: datetime, loc: str, name: str) -> str:
    t = f"{when:%H:%M}"
    return {
        "en": f"On {when.month}/{when.day}/{when:%y} {clock(when, loc)}, {name} wrote:"
        if loc == "en-US"
        else f"On {when:%d/%m/%Y} {t}, {name} wrote:",
        "ru": f"{when:%d.%m.%Y} {t}, {name} пишет:",
        "de": f"Am {when:%d.%m.%y} um {t} schrieb {name}:",
        "pt": f"Às {t} de {when:%d/%m/%Y}, {name} escreveu:"
        if loc == "pt-PT"
        else f"Em {when:%d/%m/%Y} {t}, {name} escreveu:",
        "fr": f"Le {when:%d/%m/%Y} à {t}, {name} a écrit :",
    }[lang(loc)]


def long_date(when: datetime, loc: str) -> str:
    """As Outlook's header block has it."""
    key = lang(loc)
    day, month, t = DAYS[key][when.weekday()], MONTHS[key][when.month - 1], f"{when:%H:%M}"
    return {
        "en": f"{day}, {month} {when.day}, {when.year} {clock(when, loc)}"
        if loc == "en-US"
        else f"{when.day:02d} {month} {when.year} {t}",
        "ru": f"{day}, {when.day} {month} {when.year} г. {t}",
        "de": f"{day}, {when.day}. {month} {when.year} {t}",
        "pt": f"{day}, {when.day} de {month} de {when.year} {t}",
        "fr": f"{day} {when.day} {month} {when.year} {t}",
    }[key]


def yahoo(when: datetime, loc: str, who: str) -> str:
    key = lang(loc)
    day, month = DAYS[key][when.weekday()], MONTHS[key][when.month - 1]
    hours = int(when.utcoffset().total_seconds() // 3600)
    z = f"GMT{hours:+d}"
    t = clock(when, loc, seconds=True)
    return {
        "en": f"On {day}, {month} {when.day}, {when.year} at {t} {z}, {who} wrote:",
        "de": f"Am {day}, {when.day}. {month} {when.year} um {t} MESZ hat {who} Folgendes geschrieben:",
        "pt": f"Em {day}, {when.day} de {month} de {when.year} às {t} {z}, {who} escreveu:",
        "fr": f"Le {day} {when.day} {month} {when.year} à {t} UTC{hours:+d}, {who} a écrit :",
        "ru": f"{day}, {when.day} {month} {when.year} г. в {t} {z} {who} писал(-а):",
    }[key]


def proton(when: datetime, loc: str, who: str) -> str:
    key = lang(loc)
    day, month, d = DAYS[key][when.weekday()], MONTHS[key][when.month - 1], when.day
    nth = "th" if 10 < d < 14 else {1: "st", 2: "nd", 3: "rd"}.get(d % 10, "th")
    return {
        "en": f"On {day}, {month} {d}{nth}, {when.year} at {clock(when, loc)}, {who} wrote:"
        if loc == "en-US"
        else f"On {day}, {d} {month} {when.year} at {when:%H:%M}, {who} wrote:",
        "de": f"{who} schrieb am {day}, {d}. {month} {when.year} um {when:%H:%M}:",
        "ru": f"{day}, {d} {month} {when.year} г. в {when:%H:%M}, {who} пишет:",
        "pt": f"{day}, {d} de {month} de {when.year} às {when:%H:%M}, {who} escreveu:",
        "fr": f"Le {day} {d} {month} {when.year} à {when:%H:%M}, {who} a écrit :",
    }[key]


def mail_ru(when: datetime, who: str) -> str:
    day, month, z = DAYS["ru"][when.weekday()].capitalize(), MONTHS["ru"][when.month - 1], f"{when:%z}"
    return f"{day}, {when.day} {month} {when.year}, {when:%H:%M} {z[:3]}:{z[3:]} от {who}:"

"""The ground truth: what the mailbox holds and which reply answers what, as its author knows it."""

from __future__ import annotations

from collections import Counter

from .assemble import ALIASES, via
from .content import Message, Thread

EXCLUDED = ("spam", "draft")


def pairs_of(thread: Thread) -> list[dict]:
    """(client turn → reply) pairs.

    A turn is what the client wrote since our last reply, up to the message our reply answers; what
    arrived while we were writing waits for the next reply. Our follow-up extends the reply before it.
    Mail that is not from person to person takes no part.
    """
    waiting: list[Message] = []
    pairs: list[tuple[list[Message], list[Message]]] = []
    for m in sorted((m for m in thread.messages if m.kind is None), key=lambda m: m.when):
        if not m.outgoing:
            waiting.append(m)
            continue
        if m.parent in waiting:
            cut = waiting.index(m.parent) + 1
        else:
            cut = len(waiting)
        if cut:
            pairs.append((waiting[:cut], [m]))
            waiting = waiting[cut:]
        elif pairs:
            pairs[-1][1].append(m)
    return [pair_json(thread, client, reply) for client, reply in pairs]


def joined(messages: list[Message], signoff: bool) -> str:
    return "\n\n".join(m.own_text_with_signoff() if signoff else m.own_text() for m in messages)


def pair_json(thread: Thread, client: list[Message], reply: list[Message]) -> dict:
    return {
        "thread": thread.slug,
        "lang": thread.lang,
        "client_message_ids": [m.mid for m in client],
        "reply_message_ids": [m.mid for m in reply],
        "client_text": joined(client, False),
        "client_text_with_signoff": joined(client, True),
        "reply_text": joined(reply, False),
        "reply_text_with_signoff": joined(reply, True),
        "styles": sorted({m.style for m in client + reply if m.style in ("inline", "bottom")}),
    }


def expected(threads: list[Thread]) -> dict:
    messages = [m for t in threads for m in t.messages]
    kept = [m for m in messages if m.kind not in EXCLUDED]
    copies = [m for m in messages if "dup" in m.opts]
    kinds: dict[str, list[str]] = {}
    for m in messages:
        if m.kind:
            kinds.setdefault(m.kind, []).append(m.mid)
    pairs = [p for t in threads for p in pairs_of(t)]
    return {
        "mailbox": ALIASES["support"],
        "our_addresses": sorted(ALIASES.values()),
        "messages": {
            "in_file": len(messages) + len(copies),
            "imported": len(kept),
            "incoming": sum(not m.outgoing for m in kept),
            "outgoing": sum(m.outgoing for m in kept),
        },
        "threads": sum(any(m.kind not in EXCLUDED for m in t.messages) for t in threads),
        "excluded": {k: kinds.pop(k, []) for k in EXCLUDED},
        "duplicates": [m.mid for m in copies],
        "not_from_person_to_person": {k: kinds[k] for k in sorted(kinds)},
        "unanswered_threads": [t.slug for t in threads if unanswered(t)],
        "languages": dict(sorted(Counter(t.lang for t in threads).items())),
        "pairs_total": len(pairs),
        "pairs": pairs,
        "all_messages": [message_json(m) for m in messages],
    }


def unanswered(thread: Thread) -> bool:
    people = [m for m in thread.messages if m.kind is None]
    return bool(people) and not any(m.outgoing for m in people)


def message_json(m: Message) -> dict:
    return {
        "message_id": m.mid,
        "thread": m.thread.slug,
        "direction": "outgoing" if m.outgoing else "incoming",
        "from": m.from_addr,
        "kind": m.kind,
        "client": via(m),
        "style": m.style,
        "subject": m.subject_text,
        "attachments": (m.opts["att"].split(",") if "att" in m.opts else []) + ([m.opts["cid"]] if "cid" in m.opts else []),
        "own_text": m.own_text(),
    }

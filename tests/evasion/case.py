# SPDX-License-Identifier: BSD-2-Clause
"""What a case is: a row and a function. The function gets the wire and the receiver's port.

CATCH: the receiver took the needle, a rule fired. NORM: it was dropped when in line. FLAG: no rule can read it or the
receiver did not take it, and an event or an alert says that something was there. IGNORE: the receiver took nothing and no
rule fired. A needle taken without any of these is a silent miss.
"""
import random
from typing import Callable, NamedTuple

NEEDLE = b"evil-needle-of-the-suite"
JUNK = b"mild-needle-of-the-suite"
LINE = b"GET /a?q=" + NEEDLE + b" and some more text\r\n"
MILD = b"GET /a?q=" + JUNK + b" and some more text\r\n"
NAME = "evil-needle.example"
LISTED = "5.6.7.8"  # in the feed; routed nowhere but to the victim
CASES = []


class Case(NamedTuple):
    number: str
    name: str
    receiver: str  # KIND[:PORT][@beyond], a kind of receiver.py
    allowed: list
    run: Callable
    rules: str  # a row of rules.py
    settings: tuple  # options of cordon replay
    taken: Callable  # what the receiver got -> did it take the needle
    inline: Callable  # what Cordon said in line -> it did what the case wants
    flag: Callable  # what Cordon said -> it says that something was there


def case(number, name, receiver, allowed, rules="raw", settings=(), taken=lambda got: NEEDLE in got, inline=lambda judged: True,
         flag=lambda judged: False):
    def add(fn):
        CASES.append(Case(number, name, receiver, allowed.split(), fn, rules, tuple(settings), taken, inline, flag))
        return fn
    return add


def event(kind, **fields):
    """a flag: an event of @kind whose object of that name, or which itself, has @fields"""
    def found(judged):
        return any(e["event_type"] == kind and all(str(e.get(kind, {}).get(k, e.get(k))) == str(v) for k, v in fields.items())
                   for e in judged.events)
    return found


def counted(reason):
    """a flag: the counter of a reason, as `cordon stats` shows it"""
    return lambda judged: judged.reasons.get(reason, 0) > 0


def shuffled(seed):
    def order(indices):
        random.Random(seed).shuffle(indices)
        return indices
    return order

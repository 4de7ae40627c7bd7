# SPDX-License-Identifier: BSD-2-Clause
"""Runs every case against a real receiver, then lets `cordon replay` judge what went over the wire.

The oracle is what the receiver took. A needle that it took while no rule fired, nothing was dropped in line and no event
told of it is a silent miss and fails; so does a result that the case does not allow.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
from typing import NamedTuple

import cases_dns
import cases_http
import cases_iot
import cases_ip
import cases_quic
import cases_tcp
import cases_tls
import rules
from case import CASES, Case
from wire import Wire

FAMILIES = (cases_ip, cases_tcp, cases_http, cases_tls, cases_quic, cases_dns, cases_iot)
HERE = os.path.dirname(os.path.abspath(__file__))


class Run(NamedTuple):
    case: Case
    got: bytes
    path: str
    error: str


class Judged(NamedTuple):
    alerts: int
    dropped: int
    reasons: dict
    events: list


class Victim:
    """receiver.py in a namespace; a receiver that does not answer ends the run"""
    def __init__(self, name, tools):
        self.p = subprocess.Popen(["nsenter", "--net=/run/netns/" + name, sys.executable, os.path.join(HERE, "receiver.py")] + tools,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, what):
        self.p.stdin.write(what + "\n")
        self.p.stdin.flush()
        return self.p.stdout.readline().strip()

    def stop(self):
        got = self.ask("stop")
        return b"" if got in ("-", "") else bytes.fromhex(got)


def replay(cordon, run, mode, tmp):
    """-> what Cordon said of the capture of @run"""
    path, eve = os.path.join(tmp, "%s-%s.rules" % (run.case.rules, mode)), run.path + "." + mode
    with open(path, "w", encoding="ascii") as f:
        f.write(rules.text(run.case.rules, "alert" if mode == "observe" else "drop"))
    judge = ["--rules", path]
    if run.case.rules == "feed":
        judge = ["--feed", "plain:" + os.path.join(tmp, "feed")]
    p = subprocess.run([cordon, "replay", "-j", "--mode", mode, "--home", "10.9.0.0/24,fd09::/64", "--eve", eve, *judge,
                        "--set", "stream.checksums=yes", *run.case.settings, run.path], capture_output=True, check=False)
    if not p.stdout:
        raise SystemExit("evasion: cordon replay: " + p.stderr.decode(errors="replace"))
    c = json.loads(p.stdout)["captures"][0]
    with open(eve, encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    return Judged(c["alerts"], c["dropped"], c["reasons"], events)


def verdict(run, observed, inline):
    taken = run.case.taken(run.got)
    if run.error or not run.case.inline(inline):
        return "ERROR"
    if observed.alerts:
        return "CATCH" if taken and run.case.rules != "unread" else "FLAG"
    if run.case.flag(observed):
        return "FLAG"
    if not taken:
        return "IGNORE"
    return "NORM" if inline.dropped else "MISS"


def run_case(victims, wire, case, port, tmp):
    kind, _, where = case.receiver.partition("@")
    kind, _, fixed = kind.partition(":")
    port = int(fixed or port)
    victim = victims[where]
    wire.turn_to(where)
    if victim.ask("%s %d" % (kind, port)) != "ready":
        raise SystemExit("evasion: the receiver of %s does not start" % case.number)
    error = ""
    try:
        case.run(wire, port)
    except (RuntimeError, OSError) as e:
        error = repr(e)
    wire.settle()
    got = victim.stop()
    path = os.path.join(tmp, case.number.replace("/", "-") + ".pcap")
    wire.save(path)
    return Run(case, got, path, error)


def report(n, run, observed, inline):
    """one line of TAP -> the verdict, and whether the case does not allow it"""
    v = verdict(run, observed, inline)
    bad = v not in run.case.allowed
    print("%s %d - %-6s %-6s %s" % ("not ok" if bad else "ok", n, run.case.number, v, run.case.name))
    if bad:
        print("# %s allowed: %s; receiver took %r; reasons %s" % (run.error, " ".join(run.case.allowed), run.got[:200], observed.reasons))
        print("# events: %s" % " ".join(sorted({e["event_type"] for e in observed.events})))
    return v, bad


def options():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--cordon", required=True)
    ap.add_argument("--victim", required=True, help="its namespace; the one beyond it has '-beyond' behind the name")
    ap.add_argument("--peer-mac", required=True)
    ap.add_argument("--tool", action="append", default=[], help="NAME=PATH of what a receiver needs")
    ap.add_argument("--keep", help="folder for the captures and events")
    ap.add_argument("case", nargs="*")
    return ap.parse_args()


def main():
    o = options()
    tmp = o.keep or tempfile.mkdtemp(prefix="evasion-")
    os.makedirs(tmp, exist_ok=True)
    with open(os.path.join(tmp, "feed"), "w", encoding="ascii") as f:
        f.write(rules.feed())
    victims = {"": Victim(o.victim, o.tool), "beyond": Victim(o.victim + "-beyond", o.tool)}
    wire = Wire("ev0", "02:00:00:00:09:01", o.peer_mac)
    count, failed, n = collections.Counter(), 0, 0
    pool = concurrent.futures.ThreadPoolExecutor(2)
    for i, c in enumerate(CASES):
        if o.case and c.number not in o.case:
            continue
        run = run_case(victims, wire, c, 7000 + i, tmp)
        n += 1
        observed, inline = pool.map(lambda mode, r=run: replay(o.cordon, r, mode, tmp), ("observe", "react"))
        v, bad = report(n, run, observed, inline)
        count[v] += 1
        failed += bad
    print("1..%d" % n)
    print("# %d cases of %d families: %s" % (n, len(FAMILIES), ", ".join("%s %d" % x for x in sorted(count.items()))))
    return 1 if failed or not n else 0


if __name__ == "__main__":
    sys.exit(main())

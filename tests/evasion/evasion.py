# SPDX-License-Identifier: BSD-2-Clause
"""Runs every case against a real receiver, then lets `cordon replay` judge what went over the wire.

The oracle is what the receiver's socket got. A needle that it got while no rule fired, neither observed nor dropped in
line, is a silent miss and fails; so does a result that the case does not allow.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

from cases import CASES, NEEDLE
from wire import Wire

RULES = """alert tcp any any -> any any (msg:"needle in TCP"; content:"%s"; sid:1;)
alert udp any any -> any any (msg:"needle in UDP"; content:"%s"; sid:2;)
"""
INLINE = RULES.replace("alert ", "drop ")


class Victim:
    def __init__(self, command):
        here = os.path.dirname(os.path.abspath(__file__))
        self.p = subprocess.Popen(command + ["python3", os.path.join(here, "receiver.py")], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)

    def ask(self, what):
        self.p.stdin.write(what + "\n")
        self.p.stdin.flush()
        return self.p.stdout.readline().strip()

    def stop(self):
        got = self.ask("stop")
        return b"" if got == "-" else bytes.fromhex(got)


def replay(cordon, rules, files, mode, tmp):
    """capture -> (alerts, dropped)"""
    path = os.path.join(tmp, mode + ".rules")
    with open(path, "w", encoding="ascii") as f:
        f.write(rules % (NEEDLE.decode(), NEEDLE.decode()))
    p = subprocess.run([cordon, "replay", "-j", "--rules", path, "--mode", mode, "--home", "10.9.0.0/24,fd09::/64",
                        "--set", "stream.checksums=yes"] + files, capture_output=True, check=False)
    if not p.stdout:
        raise SystemExit("evasion: cordon replay: " + p.stderr.decode(errors="replace"))
    return {c["file"]: (c["alerts"], c["dropped"], c["reasons"]) for c in json.loads(p.stdout)["captures"]}


def verdict(got, observed, inline):
    taken = NEEDLE in got
    if observed[0]:
        return "CATCH" if taken else "FLAG"
    if not taken:
        return "IGNORE"
    return "NORM" if inline[1] else "MISS"


def run_cases(victim, wire, only, tmp):
    ran = []
    for i, (number, name, kind, allowed, fn) in enumerate(CASES):
        if only and number not in only:
            continue
        port = 7000 + i
        if victim.ask("%s %d" % (kind, port)) != "ready":
            raise SystemExit("evasion: the receiver does not listen")
        error = ""
        try:
            fn(wire, port)
        except RuntimeError as e:
            error = str(e)
        wire.settle()
        got = victim.stop()
        path = os.path.join(tmp, number.replace("/", "-") + ".pcap")
        wire.save(path)
        ran.append((number, name, allowed, got, path, error))
    return ran


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--cordon", required=True)
    ap.add_argument("--victim", required=True, help="its namespace")
    ap.add_argument("--peer-mac", required=True)
    ap.add_argument("--keep", help="folder for the captures")
    ap.add_argument("case", nargs="*")
    o = ap.parse_args()
    tmp = o.keep or tempfile.mkdtemp(prefix="evasion-")
    os.makedirs(tmp, exist_ok=True)
    victim = Victim(["nsenter", "--net=/run/netns/" + o.victim])
    wire = Wire("ev0", "02:00:00:00:09:01", o.peer_mac, ("10.9.0.77", "203.0.113.2"), ("fd09::77", "2001:db8::2"))
    ran = run_cases(victim, wire, o.case, tmp)
    files = [r[4] for r in ran]
    observed, inline = replay(o.cordon, RULES, files, "observe", tmp), replay(o.cordon, INLINE, files, "react", tmp)
    count, failed = collections.Counter(), 0
    for n, (number, name, allowed, got, path, error) in enumerate(ran, 1):
        v = "ERROR" if error else verdict(got, observed[path], inline[path])
        count[v] += 1
        bad = v not in allowed
        failed += bad
        print("%s %d - %-6s %-6s %s" % ("not ok" if bad else "ok", n, number, v, name))
        if bad:
            print("# %s; allowed: %s; receiver got %r; reasons %s" % (error, " ".join(allowed), got[:80], observed[path][2]))
    print("1..%d" % len(ran))
    print("# " + ", ".join("%s %d" % x for x in sorted(count.items())))
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())

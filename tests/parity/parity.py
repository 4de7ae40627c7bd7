# SPDX-License-Identifier: BSD-2-Clause
"""`make parity`: the alerts of `cordon replay` beside Suricata's, for every rule set and capture.

A rule set is a folder of *.rules below DATA/rules, or a case of cases.py's folders: a rule and a capture of its own.
Alerts are compared as multisets of (sid, source, port, destination, port, protocol), over the sids both engines load.
A difference has a reason (reasons.py: a row of differences.conf, or what the run itself proves) or counts as unexplained;
the exit code says which. Those of reason "chunks", where only the number of times differs, stand in a column of their own.
"""
import argparse
import fnmatch
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

from engines import Cordon, EngineError, Found, Suricata
from reasons import CHUNKS, Explained, Rule, proven

HERE = os.path.dirname(os.path.abspath(__file__))
SID = re.compile(r"\bsid\s*:\s*(\d+)")
ACTIVE = re.compile(r"^\s*(alert|pass|drop|reject\w*)\s")


def write_rules(files, path):
    """One file for both engines; line -> (sid, where it came from); sid -> Rule."""
    lines, texts = {}, {}
    n = 0
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as out:
        for name in files:
            with open(name, encoding="utf-8", errors="surrogateescape") as f:
                for i, line in enumerate(f.read().replace("\r\n", "\n").split("\n"), 1):
                    n += 1
                    out.write(line + "\n")
                    m = SID.search(line)
                    if m and ACTIVE.match(line):
                        lines[n] = (int(m.group(1)), "%s:%d" % (os.path.basename(name), i))
                        texts[int(m.group(1))] = Rule(line)
    return lines, texts


class Pair:
    """One rule set over one capture."""

    def __init__(self, rules, capture, ours, theirs, both):
        self.rules, self.capture, self.both = rules, capture, both
        self.found = ours.only(both)
        self.ours = sum(self.found.values())
        self.more = {}  # what Suricata says in further runs, see reasons.py
        self.differences = []  # (kind, key, count, reason or None)
        self.expect(theirs)

    def expect(self, theirs):
        self.expected = theirs.only(self.both)
        self.theirs = sum(self.expected.values())
        self.same = sum((self.found & self.expected).values())

    def explain(self, explained, texts):
        """@texts: sid -> Rule."""
        kinds = [("missing", k, n) for k, n in (self.expected - self.found).items()]
        kinds += [("extra", k, n) for k, n in (self.found - self.expected).items()]
        self.differences = [
            (kind, k, n, explained.reason(self.rules, self.capture, k[0]) or
             proven(kind, k, n, self.found, self.expected, self.more, texts[k[0]])) for kind, k, n in sorted(kinds)]

    def is_crowded(self):
        return self.expected.overflow > 0 and any(kind == "extra" and not why for kind, _, _, why in self.differences)

    def equal(self):
        return not self.differences

    def tuples(self):
        """How many (sid, connection) either names, and how many both."""
        return len(self.found | self.expected), len(self.found & self.expected)

    def unexplained(self):
        return [d for d in self.differences if not d[3]]

    def mark(self):
        if self.equal():
            return "equal"
        if self.unexplained():
            return "DIFFERS"
        return "chunks" if all(why == CHUNKS for _, _, _, why in self.differences) else "explained"

    def as_json(self):
        return {"rules": self.rules, "capture": self.capture, "cordon": self.ours, "suricata": self.theirs,
                "same": self.same, "equal": self.equal(), "result": self.mark(),
                "differences": [{"kind": kind, "sid": k[0], "src": k[1], "sport": k[2], "dst": k[3], "dport": k[4],
                                 "proto": k[5], "count": n, "reason": why} for kind, k, n, why in self.differences]}


class Sets:
    """Rule sets and the captures each meets: name -> (rule files, {label: path})."""

    def __init__(self, data, tmp, mkpcap):
        self.data, self.tmp, self.mkpcap = data, tmp, mkpcap
        self.sets = {}

    def add_data(self, only):
        root = os.path.join(self.data, "pcaps")
        captures = {}
        for path in sorted(glob.glob(root + "/**/*", recursive=True)):
            if path.endswith((".pcap", ".pcapng", ".pcap.gz")):
                label = os.path.relpath(path, root)
                captures[label] = self._plain(path, label)
        for folder in sorted(glob.glob(os.path.join(self.data, "rules", "*", ""))):
            name = os.path.basename(folder.rstrip("/"))
            files = sorted(glob.glob(folder + "*.rules"))
            if files and fnmatch.fnmatch(name, only):
                self.sets[name] = (files, captures)

    def add_cases(self, folder, only):
        for path in sorted(glob.glob(os.path.join(folder, "*", ""))):
            name = os.path.join(os.path.basename(folder.rstrip("/")), os.path.basename(path.rstrip("/")))
            rule = os.path.join(path, "rule")
            if os.path.exists(rule) and fnmatch.fnmatch(name, only):
                self.sets[name] = ([rule], {"input": self._case(path, name)})

    def _plain(self, path, label):
        """Suricata reads no compressed captures."""
        if not path.endswith(".gz"):
            return path
        out = os.path.join(self.tmp, label.replace("/", "_")[:-3])
        with open(out, "wb") as f:
            subprocess.run(["gzip", "-dc", path], stdout=f, check=True)
        return out

    def _case(self, path, name):
        made = os.path.join(path, "input.pcap")
        if os.path.exists(made):
            return made
        out = os.path.join(self.tmp, name.replace("/", "_") + ".pcap")
        subprocess.run([self.mkpcap, os.path.join(path, "script"), out], check=True)
        return out


def load_figures(name, lines, ours, theirs, times):
    """What loads where. A rule only Suricata loads is a gap of ours, named with its reason."""
    gap = {n: ours[n] for n in lines if n in ours and n not in theirs}
    return {"rules": name, "active": len(lines),
            "suricata": sum(n not in theirs for n in lines), "cordon": sum(n not in ours for n in lines),
            "suricata_seconds": round(times[1], 2), "cordon_seconds": round(times[0], 2),
            "refused_by_cordon_only": [{"sid": lines[n][0], "at": lines[n][1], "reason": why} for n, why in gap.items()],
            "refused_by_suricata_only": [lines[n][0] for n in lines if n in theirs and n not in ours]}


def ask_again(rules, pairs, name, suricata, separate, which):
    """One more run of Suricata over the captures of those pairs that @which picks; its alerts are p.more[@name]."""
    paths = [path for path, p in pairs.items() if which(p)]
    for path, found in (suricata.alerts(rules, paths, separate) if paths else {}).items():
        pairs[path].more[name] = found


def ask_separately(rules, pairs, suricata, options):
    """`suricata -r` is what counts: over its command socket it carries flows and thresholds from one capture to the next."""
    if options.separate:
        return
    paths = [path for path, p in pairs.items() if p.differences and p.expected.decoded.get("pkts") != 0]
    for path, found in (suricata.alerts(rules, paths, True) if paths else {}).items():
        pairs[path].expect(found)


ALONE_MAX = 64  # rules that are asked about alone, of a set


def ask_alone(pairs, suricata, texts, tmp):
    """What Suricata says when a rule that is still unexplained is the only one."""
    rules = os.path.join(tmp, "alone.rules")
    for sid in sorted({d[1][0] for p in pairs.values() for d in p.unexplained()})[:ALONE_MAX]:
        with open(rules, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(texts[sid].text + "\n")
        ask_again(rules, pairs, sid, suricata, False, lambda p, sid=sid: any(d[1][0] == sid for d in p.unexplained()))


def run_set(name, files, captures, engines, explained, tmp, options):
    cordon, suricata = engines
    rules = os.path.join(tmp, "set.rules")
    lines, texts = write_rules(files, rules)
    ours, our_time = cordon.refused(rules)
    theirs, their_time = suricata.refused(rules)
    both = {sid for n, (sid, _) in lines.items() if n not in ours and n not in theirs}
    figures = load_figures(name, lines, ours, theirs, (our_time, their_time))
    paths = list(captures.values())
    a = cordon.alerts(rules, paths, options.full)
    b = suricata.alerts(rules, paths, options.separate)
    pairs = {path: Pair(name, label, a.get(path, Found()), b.get(path, Found()), both)
             for label, path in captures.items()}
    for p in pairs.values():
        p.explain(explained, texts)
    if options.quick:
        return figures, list(pairs.values())
    ask_separately(rules, pairs, suricata, options)
    for p in pairs.values():
        p.explain(explained, texts)
    ask_again(rules, pairs, "roomy", suricata.roomy(), options.separate, Pair.is_crowded)
    for p in pairs.values():
        p.explain(explained, texts)
    ask_again(rules, pairs, "again", suricata, True, Pair.unexplained)
    for p in pairs.values():
        p.explain(explained, texts)
    ask_alone(pairs, suricata, texts, tmp)
    for p in pairs.values():
        p.explain(explained, texts)
    return figures, list(pairs.values())


def show_pair(p):
    if not p.ours and not p.theirs:
        return
    print("%-14s %-52s %6d %6d %6d  %s" % (p.rules[:14], (p.rules if "/" in p.rules else p.capture)[-52:], p.theirs,
                                          p.ours, p.same, p.mark()))
    for kind, k, n, why in p.differences[:12]:
        print("    %-7s %d %s:%s -> %s:%s proto %s%s%s" % (kind, *k, " x%d" % n if n > 1 else "",
                                                          "  (%s)" % why if why else ""))
    if len(p.differences) > 12:
        print("    ... %d more" % (len(p.differences) - 12))


def percent(part, whole):
    return round(100 * part / whole, 2) if whole else 100.0


def totals(pairs, loads):
    alerts = [p for p in pairs if p.ours or p.theirs]
    marks = Counter(p.mark() for p in alerts)
    same, union = sum(p.same for p in pairs), sum(p.theirs + p.ours - p.same for p in pairs)
    tuples = [sum(x) for x in zip(*(p.tuples() for p in pairs))]
    differences = [d for p in pairs for d in p.differences]
    chunks = sum(n for _, _, n, why in differences if why == CHUNKS)
    explained = sum(n for _, _, n, why in differences if why and why != CHUNKS)
    return {"pairs": len(pairs), "pairs_equal": sum(p.equal() for p in pairs),
            "pairs_with_alerts": len(alerts), "pairs_with_alerts_equal": marks["equal"],
            "pairs_with_alerts_equal_but_for_chunks": marks["equal"] + marks["chunks"],
            "pairs_explained": marks["explained"], "pairs_unexplained": sum(bool(p.unexplained()) for p in pairs),
            "pairs_with_alerts_equal_percent": percent(marks["equal"], len(alerts)),
            "alerts_suricata": sum(p.theirs for p in pairs), "alerts_cordon": sum(p.ours for p in pairs),
            "alerts_same": same, "alerts_chunks": chunks, "alerts_explained": explained,
            "alerts_unexplained": sum(n for _, _, n, why in differences if not why),
            "alerts_equal_percent": percent(same, union),
            "alerts_equal_or_chunks_percent": percent(same + chunks, union),
            "tuples": tuples[0], "tuples_same": tuples[1], "tuples_equal_percent": percent(tuples[1], tuples[0]),
            "rules_suricata_loads": sum(f["suricata"] for f in loads),
            "rules_cordon_refuses_of_these": sum(len(f["refused_by_cordon_only"]) for f in loads)}


def show_reasons(pairs):
    """Each reason there is, with its pairs and alerts."""
    alerts, where = Counter(), {}
    for p in pairs:
        for _, _, n, why in p.differences:
            alerts[why or "UNEXPLAINED"] += n
            where.setdefault(why or "UNEXPLAINED", set()).add((p.rules, p.capture))
    if alerts:
        print("\n%7s %6s  reason of a difference" % ("alerts", "pairs"))
    for why, n in alerts.most_common():
        print("%7d %6d  %s" % (n, len(where[why]), why))


def show_loads(loads):
    print("\n%-14s %8s %9s %8s %10s %9s" % ("rules", "active", "suricata", "cordon", "suri -T", "cordon"))
    for f in loads:
        if "/" not in f["rules"]:
            print("%-14s %8d %9d %8d %8.2f s %7.2f s" % (f["rules"], f["active"], f["suricata"], f["cordon"],
                                                       f["suricata_seconds"], f["cordon_seconds"]))
    kinds = Counter(g["reason"] for f in loads for g in f["refused_by_cordon_only"])
    for reason, n in kinds.most_common(15):
        print("    refused by cordon only, %d: %s" % (n, reason))


def main():
    ap = argparse.ArgumentParser(prog="parity", description=__doc__)
    ap.add_argument("--cordon", default=os.environ.get("CORDON", "build/cordon"))
    ap.add_argument("--mkpcap", default=os.path.join(os.environ.get("B", "build"), "tests/corpus/mkpcap"))
    ap.add_argument("--cache", required=True, help="where deps.sh put Suricata")
    ap.add_argument("--data", help="folder with pcaps/ and rules/")
    ap.add_argument("--cases", action="append", default=[], help="folder of cases: a rule and a script or input.pcap")
    ap.add_argument("--only", default="*", help="rule sets whose name matches this")
    ap.add_argument("--json", help="write the result here")
    ap.add_argument("--suricata-set", action="append", default=[], metavar="NAME=VALUE",
                    help="one more setting of Suricata's, as packet-alert-max=255 (shipped: 15 alerts a packet, then none)")
    ap.add_argument("--full", action="store_true", help="cordon replay --full")
    ap.add_argument("--quick", action="store_true", help="no further runs of Suricata to prove what a difference comes from")
    ap.add_argument("--separate", action="store_true", help="one run of Suricata for each capture")
    o = ap.parse_args()
    with open(os.path.join(HERE, "settings.json"), encoding="utf-8") as f:
        settings = json.load(f)
    explained = Explained(os.path.join(HERE, "differences.conf"))
    tmp = tempfile.mkdtemp(prefix="parity-")
    try:
        return run(o, settings, explained, tmp)
    except EngineError as e:
        print("parity: %s" % e, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(tmp)


def run(o, settings, explained, tmp):
    engines = Cordon(o.cordon, settings, tmp), Suricata(o.cache, settings, tmp, o.suricata_set)
    sets = Sets(o.data, tmp, o.mkpcap)
    if o.data:
        sets.add_data(o.only)
    for folder in o.cases:
        sets.add_cases(folder, o.only)
    if not sets.sets:
        raise EngineError("no rule set to compare")
    loads, pairs = [], []
    print("%-14s %-52s %6s %6s %6s" % ("rules", "capture", "suri", "cordon", "same"))
    for name, (files, captures) in sets.sets.items():
        figures, some = run_set(name, files, captures, engines, explained, tmp, o)
        loads.append(figures)
        pairs += some
        for p in some:
            show_pair(p)
        sys.stdout.flush()
    show_loads(loads)
    show_reasons(pairs)
    result = totals(pairs, loads)
    print()
    for key, value in result.items():
        print("%-40s %s" % (key, value))
    if o.json:
        with open(o.json, "w", encoding="utf-8") as f:
            json.dump({"totals": result, "loads": loads, "pairs": [p.as_json() for p in pairs]}, f, indent=1)
    return 1 if result["pairs_unexplained"] else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: BSD-2-Clause
"""The two engines of `make parity`: a rule file and captures in, alerts and load figures out.

Both are set up from settings.json alone; Suricata reads Debian's shipped suricata.yaml beside that.
Suricata loads the rules once and takes the captures over its command socket, one after the other, each with flows,
hosts and thresholds of its own; `separate` starts it once for each capture instead (slow, the same alerts).
"""
import ipaddress
import json
import os
import re
import socket
import subprocess
import time
from collections import Counter

PROTO = {"TCP": 6, "UDP": 17, "ICMP": 1, "IGMP": 2, "IPv6": 41, "IPv6-ICMP": 58, "IPv6-Frag": 44, "SCTP": 132, "GRE": 47,
          "ESP": 50, "AH": 51, "IP-in-IP": 4, "HOPOPT": 0, "IPv6-Route": 43, "IPv6-Opts": 60,
          "EIGRP": 88, "OSPFIGP": 89, "PIM": 103, "VRRP": 112}


class EngineError(Exception):
    """An engine could not do what it was asked; the text says which and why."""


def address(text):
    return str(ipaddress.ip_address(text)) if text else ""


def protocol(name):
    """Suricata writes a name it knows, else the number as text."""
    return PROTO.get(name, int(name) if str(name).isdigit() else name)


def alert_key(event):
    return (event["alert"]["signature_id"], address(event.get("src_ip")), event.get("src_port", 0),
            address(event.get("dest_ip")), event.get("dest_port", 0), protocol(event.get("proto", 0)))


def ends(event):
    return frozenset([(address(event.get("src_ip")), event.get("src_port", 0)),
                      (address(event.get("dest_ip")), event.get("dest_port", 0))])


class Found(Counter):
    """The alerts of a capture as a multiset; and what the engine said of the run."""

    def __init__(self, *args):
        super().__init__(*args)
        self.sources = {}  # key -> where the packets came from -> how many alerts
        self.overflow = 0  # alerts it had no room for
        self.decoded = {}  # Suricata: counters of its decoders
        self.reasons = {}  # Cordon: counters of replay --stats
        self.apps = {}  # key -> applications its alerts name
        self.flows = {}  # ends of a connection -> applications its flows are said to be

    def add(self, event):
        key = alert_key(event)
        self[key] += 1
        self.sources.setdefault(key, Counter())[event.get("pkt_src", "wire/pcap")] += 1
        self.apps.setdefault(key, set()).add(event.get("app_proto", ""))

    def only(self, sids):
        """The alerts of these sids; the rest as it is."""
        some = Found({k: n for k, n in self.items() if k[0] in sids})
        some.__dict__.update(self.__dict__)
        return some


def alerts_in(path):
    """Capture name (or "") -> Found."""
    found = {}
    if not os.path.exists(path):
        return found
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if '"alert"' not in line and '"flow"' not in line:
                continue
            event = json.loads(line)
            here = found.setdefault(event.get("pcap_filename", ""), Found())
            if event.get("event_type") == "alert" and event["alert"].get("gid", 1) == 1:
                here.add(event)
            elif event.get("event_type") == "flow":
                here.flows.setdefault(ends(event), set()).add(event.get("app_proto", "failed"))
            elif event.get("event_type") == "stats":
                here.overflow = event["stats"]["detect"].get("alert_queue_overflow", 0)
                here.decoded = event["stats"]["decoder"]
    return found


def one(path):
    """The Found of a file that is of one capture."""
    return next(iter(alerts_in(path).values()), Found())


class Cordon:
    def __init__(self, binary, settings, tmp):
        self.binary, self.settings, self.tmp = binary, settings, tmp

    def options(self):
        s = self.settings
        yes = {True: "yes", False: "no"}
        return ["--home", s["home"], "--set", "stream.depth=%d" % s["stream_depth"],
                "--set", "stream.midstream=" + yes[s["midstream"]],
                "--set", "stream.checksums=" + yes[s["checksums"]], "--set", "stream.policy=" + s["policy"]]

    def refused(self, rules):
        """Line -> reason of every rule that does not load; seconds to load."""
        began = time.monotonic()
        p = subprocess.run([self.binary, "rules", "check", "-j", rules], capture_output=True, check=False)
        took = time.monotonic() - began
        try:
            result = json.loads(p.stdout)
        except ValueError as e:
            raise EngineError("cordon rules check: " + p.stderr.decode(errors="replace")) from e
        return {r["line"]: "%s: %s" % (r.get("keyword") or "-", r["reason"]) for r in result["refusals"]}, took

    def alerts(self, rules, captures, full=False):
        eve = os.path.join(self.tmp, "cordon.eve")
        cmd = [self.binary, "replay", "-j", "--rules", rules, "--eve", eve] + self.options()
        if full:
            cmd.append("--full")
        p = subprocess.run(cmd + captures, capture_output=True, check=False)
        if p.returncode not in (0, 1) or not p.stdout:
            raise EngineError("cordon replay: exit %d: %s" % (p.returncode, p.stderr.decode(errors="replace")[-2000:]))
        found = alerts_in(eve)
        for of in json.loads(p.stdout)["captures"]:
            found.setdefault(of["file"], Found()).reasons = of["reasons"]
        return found


class Suricata:
    def __init__(self, cache, settings, tmp, more=()):
        self.more = [x for pair in more for x in ("--set", pair)]
        self.cache, self.binary = cache, os.path.join(cache, "suricata")
        self.etc = os.path.join(cache, "root/etc/suricata")
        self.settings, self.tmp = settings, tmp

    def options(self, rules, log):
        s = self.settings
        yes = {True: "yes", False: "no"}
        sets = {
            "vars.address-groups.HOME_NET": "[%s]" % s["home"],
            "stream.reassembly.depth": s["stream_depth"],
            "stream.midstream": yes[s["midstream"]],
            "classification-file": self.etc + "/classification.config",
            "reference-config-file": self.etc + "/reference.config",
            "threshold-file": self.etc + "/threshold.config",
            "runmode": "single",
        }
        out = [self.binary, "-c", self.etc + "/suricata.yaml", "-S", rules, "-l", log, "-k",
               "all" if s["checksums"] else "none"]
        for name, value in sets.items():
            out += ["--set", "%s=%s" % (name, value)]
        return out + self.more

    def _dir(self, name):
        path = os.path.join(self.tmp, name)
        os.makedirs(path, exist_ok=True)
        return path

    def refused(self, rules):
        """Line -> error of every rule that does not load; seconds to load (-T)."""
        log = self._dir("suricata-check")
        began = time.monotonic()
        p = subprocess.run(self.options(rules, log) + ["-T", "-v"], capture_output=True, check=False)
        took = time.monotonic() - began
        text = (p.stdout + p.stderr).decode(errors="replace")
        bad, reason = {}, ""
        for line in text.splitlines():
            m = re.search(r"error parsing signature .* at line (\d+)$", line)
            if m:
                bad[int(m.group(1))] = reason
            elif line.startswith(("E: ", "Error: ")):
                reason = re.sub(r"^\S+ ", "", line)
        if "rules successfully loaded" not in text and "rule files specified" not in text and p.returncode:
            raise EngineError("suricata -T: " + text[-2000:])
        return bad, took

    def roomy(self):
        """The same with room for all alerts of a packet; the shipped settings keep 15."""
        return Suricata(self.cache, self.settings, self.tmp, ["packet-alert-max=255"])

    def alerts(self, rules, captures, separate=False):
        if separate:
            return {c: self._one(rules, c, i) for i, c in enumerate(captures)}
        return self._socket(rules, captures)

    def _one(self, rules, capture, i):
        log = self._dir("suricata-one-%d" % i)
        if os.path.exists(os.path.join(log, "eve.json")):
            os.unlink(os.path.join(log, "eve.json"))
        p = subprocess.run(self.options(rules, log) + ["--runmode", "single", "-r", capture], capture_output=True,
                           check=False)
        if p.returncode:
            raise EngineError("suricata -r %s: %s" % (capture, p.stderr.decode(errors="replace")[-2000:]))
        return one(os.path.join(log, "eve.json"))

    def _socket(self, rules, captures):
        log, path = self._dir("suricata-log"), os.path.join(self.tmp, "suricata.socket")
        with open(os.path.join(self.tmp, "suricata.out"), "wb") as out:
            proc = subprocess.Popen(self.options(rules, log) + ["--unix-socket=" + path], stdout=out, stderr=out)
        try:
            ask = Asker(path, proc)
            dirs = {}
            for i, c in enumerate(captures):
                dirs[c] = self._dir("suricata-%d" % i)
                eve = os.path.join(dirs[c], "eve.json")
                if os.path.exists(eve):
                    os.unlink(eve)
                ask.command("pcap-file", {"output-dir": dirs[c], "filename": c})
            ask.until_idle()
            ask.command("shutdown")
            proc.wait(60)
        finally:
            if proc.poll() is None:
                proc.kill()
                proc.wait()
        return {c: one(os.path.join(d, "eve.json")) for c, d in dirs.items()}


class Asker:
    """Suricata's command socket: JSON objects, one answer for each."""

    def __init__(self, path, proc, seconds=120):
        end = time.monotonic() + seconds
        self.s = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.s.connect(path)
                break
            except OSError as e:
                if proc.poll() is not None or time.monotonic() > end:
                    raise EngineError("suricata does not open its command socket") from e
                time.sleep(0.05)
        self.s.settimeout(60)
        self._talk({"version": "0.2"})

    def _talk(self, what):
        self.s.sendall(json.dumps(what).encode() + b"\n")
        data = b""
        while True:
            part = self.s.recv(65536)
            if not part:
                raise EngineError("suricata closed its command socket")
            data += part
            try:
                return json.loads(data)
            except ValueError:
                continue

    def command(self, name, arguments=None):
        what = {"command": name}
        if arguments:
            what["arguments"] = arguments
        answer = self._talk(what)
        if answer.get("return") != "OK":
            raise EngineError("suricata: %s: %s" % (name, answer.get("message")))
        return answer.get("message")

    def until_idle(self, seconds=900):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.command("pcap-file-number") == 0 and self.command("pcap-current") in ("None", None, ""):
                return
            time.sleep(0.1)
        raise EngineError("suricata did not finish in %d s" % seconds)

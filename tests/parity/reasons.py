# SPDX-License-Identifier: BSD-2-Clause
"""Why two alerts differ: rows of differences.conf, then what the comparer can prove from the run itself.

A proof asks more than "they differ": for each there is something in Suricata's own words (where its packet came from,
its count of alerts it had no room for, a second run with more room) or in the rule. What none proves is unexplained.
"""
import fnmatch
import re

CHUNKS = "chunks: said of each piece of the stream; some of Suricata's pieces end elsewhere (a size drawn at random, retransmissions, messages that end without a turn)"
CROWDED = "Suricata says no more than 15 alerts of a packet (packet-alert-max); with 255 it says this one"
WITHIN = "within %s: its contents are not looked into here"
FLOW_END = "of the pseudo packets with which Suricata ends a flow: no packet of the capture"
COUNTED = "chunks, and a threshold that counts them: it is passed on another connection"
UNSTEADY = "Suricata says otherwise in a run of its own for this capture: then as here"
ALONE = "Suricata says otherwise when it loads this rule alone: then as here"
UNPARSED = "behind a link header that is not taken apart here: counted as unknown_ethertype or vlan_depth"
OUTER = "of a tunnel's outer packet: Suricata looks inside only"
UNDECODED = "payload of an IP protocol that Suricata does not decode"
CIPHER = "of a %s flow about to become ciphertext: Suricata also leaves out what was not acknowledged before, and all behind SSH's new keys"
UNNAMED = "of an application that Suricata does not name on this connection: it looks for fewer words, or not into one-sided ones"
REPEATED = "of contents that must not be there, and no other: Suricata says it with each look until the message is complete, of HTTP so does Cordon, else once"
UNREAD = "Suricata does not read the capture's link type"

# Suricata's packets that no wire carried
PSEUDO = {"stream (flow timeout)": FLOW_END,
          "stream (detect/log)": "of the pseudo packets with which Suricata ends the inspection of a flow that becomes ciphertext"}
APPS = {"http": "http", "http1": "http", "tls": "tls", "ssl": "tls", "dns": "dns", "quic": "quic", "ssh": "ssh", "ftp": "ftp",
        "smtp": "smtp", "mqtt": "mqtt", "modbus": "modbus", "snmp": "snmp", "sip": "sip", "rdp": "rdp"}

STREAM_APPS = {"http", "tls", "ssh", "ftp", "smtp", "mqtt", "modbus", "rdp", "dns", "sip"}  # of_chunks() asks for TCP

# what Suricata counts of decoders: by UDP port of the tunnel; of links that Cordon does not take apart
TUNNEL_PORTS = {4789: "vxlan", 6081: "geneve", 3544: "teredo"}
LINKS = ("pppoe", "mpls", "vlan_qinqinq", "ieee8021ah", "vntag")
DECODED_PROTO = {1, 6, 17, 44, 47, 58, 132}

BUFFER = re.compile(r"[;(]\s*[a-z0-9_]+\.[a-z0-9_.]+\s*;")
OLD_BUFFER = re.compile(r"[;(]\s*(http_\w+|file_data|uricontent|dns_query|tls_\w+|ssh_\w+|base64_data|pkt_data|sip_\w+)\b")
PRESENT = re.compile(r"[;(]\s*content\s*:\s*\"")
ABSENT = re.compile(r"[;(]\s*content\s*:\s*!")
CONTENT = re.compile(r"[;(]\s*(content|pcre|byte_test|byte_jump)\s*:")


class Rule:
    """What the reasons ask of a rule, from its text."""

    def __init__(self, text):
        self.text = text
        head = text.split("(", 1)[0].split()
        proto = head[1] if len(head) > 1 else ""
        self.app = APPS.get(proto)
        self.has_content = bool(CONTENT.search(text))
        self.is_raw = self.has_content and not BUFFER.search(text) and not OLD_BUFFER.search(text)
        self.is_of_absence = bool(ABSENT.search(text)) and not PRESENT.search(text) and not self.is_raw
        # raw bytes of TCP: no buffer of an application, and not of packets alone
        self.has_rate = "threshold:" in text or "detection_filter:" in text
        over_tcp = proto in ("tcp", "tcp-stream", "ip") or self.app in STREAM_APPS
        self.is_raw_stream = over_tcp and self.is_raw and "no_stream" not in text


class Explained:
    """Rows: set-glob capture-glob sid(s) or * | reason."""

    def __init__(self, path):
        self.rows = []
        with open(path, encoding="utf-8") as f:
            for n, line in enumerate(f, 1):
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                head, bar, reason = line.partition("|")
                words = head.split()
                if not bar or len(words) != 3 or not reason.strip():
                    raise SystemExit("%s:%d: wants SET CAPTURE SID[,SID]|* | REASON" % (path, n))
                self.rows.append((words[0], words[1], words[2].split(","), reason.strip()))

    def reason(self, rules, capture, sid):
        for r, c, sids, why in self.rows:
            if fnmatch.fnmatch(rules, r) and fnmatch.fnmatch(capture, c) and ("*" in sids or str(sid) in sids):
                return why
        return None


def of_source(key, n, theirs, rule):
    """A missing alert whose packets Suricata itself says came from elsewhere than the wire: at least @n of them."""
    for source, count in theirs.sources.get(key, {}).items():
        if count >= n and source in PSEUDO and not rule.has_content:
            return PSEUDO[source]
        if count >= n and source.endswith((" tunnel", " encapsulation")):
            return WITHIN % source
    return None


def of_app(key, theirs, rule):
    """An extra alert of a rule that names an application, where no flow of these ends is that to Suricata."""
    said = theirs.flows.get(frozenset([key[1:3], key[3:5]]))
    return UNNAMED if rule.app and said and not said & {rule.app} else None


def of_chunks(key, ours, theirs, rule):
    """Only how often differs, of a rule on raw bytes of a TCP stream: both say it of the same connection."""
    if not rule.is_raw_stream or key[5] != 6:
        return None
    if ours[key] and theirs[key]:
        return CHUNKS
    both = any(k[0] == key[0] for k in ours) and any(k[0] == key[0] for k in theirs)
    return COUNTED if rule.has_rate and both else None


def of_absence(key, ours, theirs, rule):
    """A missing alert of a rule that names only what must not be in a message: both say it of the connection."""
    return REPEATED if rule.is_of_absence and 0 < ours[key] < theirs[key] else None


def of_link(ours, theirs):
    """A missing alert in a capture with link headers that Suricata decodes, and that Cordon counted as unknown."""
    unknown = ours.reasons.get("unknown_ethertype", 0) + ours.reasons.get("vlan_depth", 0)
    return UNPARSED if unknown and any(theirs.decoded.get(x, 0) for x in LINKS) else None


def of_payload(key, ours, theirs, rule):
    """An alert on raw bytes that Suricata did not look at, and says so in its counters, or in what the flow is."""
    if not rule.is_raw:
        return None
    if key[5] not in DECODED_PROTO:
        return UNDECODED
    tunnels = [TUNNEL_PORTS[x] for x in (key[2], key[4]) if key[5] == 17 and x in TUNNEL_PORTS]
    if any(theirs.decoded.get(x, 0) for x in tunnels):
        return OUTER
    apps = ours.apps.get(key, set()) & {"tls", "ssh"}
    return CIPHER % apps.pop() if apps and key[5] == 6 else None


def proven(kind, key, n, ours, theirs, more, rule):
    """@more: Suricata's alerts in further runs, where they were asked for: "roomy", with packet-alert-max=255; "again", in a
    run of its own for this capture; a sid, with that rule alone."""
    roomy, again, alone = more.get("roomy"), more.get("again"), more.get(key[0])
    if theirs.decoded.get("pkts") == 0:
        return UNREAD
    if again is not None and again[key] == ours[key]:
        return UNSTEADY
    if alone is not None and alone[key] == ours[key]:
        return ALONE
    if kind == "missing":
        return (of_source(key, n, theirs, rule) or of_absence(key, ours, theirs, rule) or of_chunks(key, ours, theirs, rule) or
                of_link(ours, theirs))
    if theirs.overflow and roomy is not None and roomy[key] > theirs[key]:
        return CROWDED if roomy[key] >= ours[key] or of_chunks(key, ours, roomy, rule) else None
    return of_app(key, theirs, rule) or of_chunks(key, ours, theirs, rule) or of_payload(key, ours, theirs, rule)

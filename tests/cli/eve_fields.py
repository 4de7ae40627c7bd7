# SPDX-License-Identifier: BSD-2-Clause
"""eve_fields.py FILE...: is every line an event whose fields are Suricata's, each of its type?

What stands here was read off events of Suricata 7 and its documentation; `cordon` is our own object. A field that
is not listed, one of another type and a missing one that must be there are each a line of output and exit code 1.
"""
import json
import re
import sys

STR, INT, BOOL, TIME = "str", "int", "bool", "time"
IP = {"src_ip": STR, "dest_ip": STR, "src_port?": INT, "dest_port?": INT, "proto": STR, "ip_v": INT, "icmp_type?": INT,
      "icmp_code?": INT}
HEAD = {"timestamp": TIME, "flow_id?": INT, "in_iface?": STR, "event_type": STR, "vlan?": [INT], "pkt_src?": STR,
        "ether?": {"src_mac?": STR, "dest_mac?": STR}, "app_proto?": STR, "direction?": STR, "pcap_cnt?": INT,
        "pcap_filename?": STR, "cordon": dict}
HTTP = {"hostname?": STR, "url?": STR, "http_user_agent?": STR, "http_method?": STR, "protocol?": STR, "status?": INT,
        "length?": INT, "http_content_type?": STR, "redirect?": STR}
DNS = {"version": INT, "type": STR, "id": INT, "rrname": STR, "rrtype": STR}
CERT = {"subject?": STR, "issuerdn?": STR, "serial?": STR, "fingerprint?": STR, "notbefore?": STR, "notafter?": STR}
JA3 = {"hash?": STR, "string?": STR}
TLS = {**CERT, "sni?": STR, "version?": STR, "ja3?": JA3, "ja3s?": JA3, "ja4?": STR, "client?": CERT}
QUIC = {"version": STR, "sni?": STR, "ja3?": JA3, "ja3s?": JA3, "ja4?": STR}
SSH_SIDE = {"proto_version": STR, "software_version": STR}
SSH = {"client?": SSH_SIDE, "server?": SSH_SIDE}
MQTT_PACKET = {"qos": INT, "retain": BOOL, "dup": BOOL, "protocol_version?": INT, "protocol_string?": STR, "client_id?": STR,
               "username?": STR, "topic?": STR, "message?": STR, "session_present?": BOOL, "return_code?": INT,
               "reason_code?": INT}
MQTT = {t + "?": MQTT_PACKET for t in (
    "connect connack publish puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback pingreq pingresp "
    "disconnect auth").split()}
MODBUS_ADU = {"transaction_id": INT, "protocol_id": INT, "unit_id": INT, "function_raw": INT, "function_code": STR,
              "access_type": STR, "category": STR, "error_flags?": STR, "read?": {"address": INT, "quantity": INT},
              "write?": {"address": INT, "quantity?": INT}}
MODBUS = {"request?": MODBUS_ADU, "response?": MODBUS_ADU}
SIP = {"method?": STR, "uri?": STR, "version": STR, "request_line?": STR, "code?": STR, "reason?": STR, "response_line?": STR}
FTP = {"command?": STR, "command_data?": STR, "completion_code?": [STR], "reply?": [STR], "dynamic_port?": INT, "mode?": STR,
       "reply_received": STR}
APPS = {"ftp": FTP, "sip": SIP, "modbus": MODBUS, "http": HTTP, "dns": DNS, "tls": TLS, "quic": QUIC, "ssh": SSH, "mqtt": MQTT}
ALERT = {"action": STR, "gid": INT, "signature_id": INT, "rev": INT, "signature": STR, "category": STR, "severity": INT}
EVENTS = {name: {**HEAD, **IP, name: shape} for name, shape in APPS.items()}
ANOMALY = {"type": STR, "event": STR, "layer?": STR, "app_proto?": STR}
for name, shape in (("alert", ALERT), ("anomaly", ANOMALY)):
    EVENTS[name] = {**HEAD, **{k.rstrip("?") + "?": v for k, v in IP.items()}, name: shape,
                    **{app + "?": fields for app, fields in APPS.items()}}
EVENTS["flow"] = {**HEAD, **IP, "flow": {"start": TIME, "end": TIME, "age": INT, "state": STR, "reason": STR, "alerted": BOOL}}
WORDS = {"flow.state": ("new", "established", "closed"), "flow.reason": ("timeout", "forced", "shutdown"), "dns.type": ("query", "answer"), "direction": ("to_server", "to_client"), "alert.action": ("allowed", "blocked"),
         "anomaly.type": ("decode", "stream", "applayer")}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d{4}$")


def is_of(shape, value):
    if shape is BOOL or isinstance(value, bool):
        return shape is BOOL and isinstance(value, bool)
    if shape is INT:
        return isinstance(value, int) and value >= 0
    return isinstance(value, str) and (shape is STR or bool(ISO.match(value)))


def faults(shape, value, path):
    if shape is dict or isinstance(shape, dict):
        if not isinstance(value, dict):
            yield path + ": no object"
        elif shape is not dict:
            known = {k.rstrip("?"): v for k, v in shape.items()}
            yield from ("%s.%s: unknown" % (path, k) for k in value if k not in known)
            yield from ("%s.%s: missing" % (path, k) for k in shape if k[-1] != "?" and k not in value)
            for k in value:
                if k in known:
                    yield from faults(known[k], value[k], (path + "." + k).lstrip("."))
    elif isinstance(shape, list):
        for v in value if isinstance(value, list) else [None]:
            yield from faults(shape[0], v, path + "[]")
    elif not is_of(shape, value):
        yield "%s: %r is not %s" % (path, value, shape)
    elif path in WORDS and value not in WORDS[path]:
        yield "%s: %r is none of %s" % (path, value, WORDS[path])


def main():
    seen, bad = {}, 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            for n, line in enumerate(f, 1):
                event = json.loads(line)
                kind = event.get("event_type")
                seen[kind] = seen.get(kind, 0) + 1
                for fault in [kind + ": unknown event"] if kind not in EVENTS else faults(EVENTS[kind], event, ""):
                    print("%s:%d: %s" % (path, n, fault))
                    bad += 1
    print(" ".join("%s=%d" % x for x in sorted(seen.items())))
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: BSD-2-Clause
"""The rules of each family of cases: a case is judged by its row alone."""
from case import LISTED, NAME, NEEDLE

N = NEEDLE.decode()
NAMED = N.split("-of-", maxsplit=1)[0]  # what names and the needle have in common

RULES = {
    "raw": ('tcp any any -> any any (msg:"needle in TCP"; content:"%s"; sid:1;)' % N,
            'udp any any -> any any (msg:"needle in UDP"; content:"%s"; sid:2;)' % N,
            'ip any any -> any any (msg:"needle in IP"; content:"%s"; sid:3;)' % N),
    "quarantine": ('tcp any any -> any any (msg:"needle in TCP"; content:"%s"; priority:1; sid:5;)' % N,),
    # what is recognised but not taken apart: one may be told of it, or deny it
    "unread": ('http2 any any -> any any (msg:"HTTP/2"; sid:50;)',
               'udp any any -> any any (msg:"DTLS"; app-layer-protocol:dtls; sid:51;)',
               'coap any any -> any any (msg:"CoAP"; sid:52;)',
               'quic any any -> any any (msg:"QUIC"; sid:53;)'),
    "feed": (),
    "http": ('http any any -> any any (msg:"path or query"; http.uri; content:"%s"; sid:10;)' % N,
             'http any any -> any any (msg:"path"; http.uri; content:"/evil-needle/of"; sid:11;)',
             'http any any -> any any (msg:"body"; http.request_body; content:"%s"; sid:12;)' % N,
             'http any any -> any any (msg:"host"; http.host; content:"%s"; sid:13;)' % NAME,
             'http any any -> any any (msg:"header"; http.header; content:"%s"; sid:14;)' % N,
             'http any any -> any any (msg:"what the server sent"; flow:to_client; file.data; content:"%s"; sid:15;)' % N),
    "tls": ('tls any any -> any any (msg:"server name"; tls.sni; content:"%s"; nocase; sid:20;)' % NAME,
            'tls any any -> any any (msg:"certificate"; tls.cert_subject; content:"%s"; sid:21;)' % NAME),
    "quic": ('quic any any -> any any (msg:"server name"; quic.sni; content:"%s"; sid:30;)' % NAME,),
    "dns": ('dns any any -> any any (msg:"question"; dns.query; content:"%s"; nocase; sid:40;)' % NAME,
            'dns any any -> any any (msg:"answer"; dns.answer.name; content:"%s"; nocase; sid:41;)' % NAME),
}


def text(family, action):
    return "".join("%s %s\n" % (action, rule) for rule in RULES[family])


def feed():
    """the list of the family "feed": an address and a name"""
    return "%s\n%s\n" % (LISTED, NAME)

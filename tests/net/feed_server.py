#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# An HTTPS server of feeds that behaves well or badly by the path asked for; for
# test_feed_fetch.sh. Arguments: directory of the feeds (with cert.pem, key.pem),
# and the file its port is written to. Every request goes to requests.log.
import email.utils
import gzip
import hashlib
import http.server
import json
import os
import select
import socket
import ssl
import sys
import threading
import time

root, port_file = sys.argv[1:3]
NEXT = {None: "2", "2": "3", "3": None}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    waiting = 0

    def log_message(self, *args):
        pass

    def note(self, status):
        with open(os.path.join(root, "requests.log"), "a") as f:
            print(self.path, status, self.headers.get("If-None-Match", "-"), self.headers.get("Auth-Key", "-"),
                  self.headers.get("Authorization", "-"), file=f)

    def answer(self, status, body=b"", length=None, **headers):
        self.note(status)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_list(self, name):
        try:
            with open(os.path.join(root, *name.split("/")), "rb") as f:
                body = f.read()
        except FileNotFoundError:
            return self.answer(404)
        etag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        if self.headers.get("If-None-Match") == etag:
            self.answer(304, ETag=etag)
        else:
            self.answer(200, body, ETag=etag, Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")

    def do_taxii(self, query):
        page = dict(p.split("=") for p in query.split("&") if p).get("next")
        n = int(page or 1)
        objects = [{"type": "indicator", "spec_version": "2.1", "id": "indicator--%d" % n, "pattern_type": "stix",
                    "pattern": "[ipv4-addr:value = '198.18.80.%d']" % n, "valid_from": "2026-01-01T00:00:00Z"}]
        envelope = {"objects": objects, "more": NEXT[page] is not None}
        if NEXT[page]:
            envelope["next"] = NEXT[page]
        ok = "taxii+json" in self.headers.get("Accept", "")
        self.answer(200 if ok else 406, json.dumps(envelope).encode(), Content_Type="application/taxii+json;version=2.1")

    # as the file "mood" says: "429 SECONDS", "503 date SECONDS"; without it the list
    def do_moody(self):
        try:
            with open(os.path.join(root, "mood")) as f:
                status, *after = f.read().split()
        except FileNotFoundError:
            return self.do_list("list")
        if len(after) == 2:
            after = [email.utils.formatdate(time.time() + int(after[1]), usegmt=True)]
        self.answer(int(status), Retry_After=after[0])

    # answers after two seconds, and notes how many wait
    def do_wait(self):
        with lock:
            Handler.waiting += 1
            with open(os.path.join(root, "waiting.log"), "a") as f:
                print(Handler.waiting, file=f)
        time.sleep(2)
        with lock:
            Handler.waiting -= 1
        self.answer(200, b"198.18.85.%d\n" % (int(self.path[-1]) + 1))

    def do_endless(self, chunk):
        self.note(200)
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def do_GET(self):
        path, _, query = self.path.partition("?")
        name = path.strip("/")
        try:
            if name == "taxii":
                self.do_taxii(query)
            elif name in ("404", "500", "503"):
                self.answer(int(name), b"<html>no</html>")
            elif name == "429":
                self.answer(429, Retry_After="7200")
            elif name == "moody":
                self.do_moody()
            elif name.startswith("wait"):
                self.do_wait()
            elif name == "cut":
                self.answer(200, b"198.18.81.1\n" * 100, length=100000)
                self.close_connection = True
            elif name == "bomb":
                self.answer(200, gzip.compress(bytes(600 << 20), 9), Content_Encoding="gzip")
            elif name == "endless":
                self.do_endless(b"198.18.82.1\n" * 100000)
            elif name == "slow":
                self.note(200)
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                for _ in range(600):
                    self.wfile.write(b"1")
                    time.sleep(1)
            elif name == "here":
                self.answer(302, Location="/list")
            elif name == "loop":
                self.answer(302, Location="/loop")
            elif name == "elsewhere":
                self.answer(302, Location="https://localhost:1/list")
            elif name == "page":
                self.answer(200, b"<!DOCTYPE html><html><body>portal</body></html>\n")
            elif name == "key":
                self.answer(200, b"198.18.83.1\n") if self.headers.get("Auth-Key") == "s3cret" else self.answer(401)
            elif name == "token":
                self.answer(200, b"198.18.84.1\n") if self.headers.get("Authorization") == "Bearer t0ken" else self.answer(401)
            else:
                self.do_list(name)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True


# a proxy: takes bytes from here to there; what it was asked for goes to proxy.log
class Proxy(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_CONNECT(self):
        with open(os.path.join(root, "proxy.log"), "a") as f:
            print(self.path, file=f)
        host, port = self.path.rsplit(":", 1)
        there = socket.create_connection((host, int(port)))
        self.send_response(200)
        self.end_headers()
        sides = {self.connection: there, there: self.connection}
        while True:
            for side in select.select(list(sides), [], [])[0]:
                data = side.recv(65536)
                if not data:
                    return
                sides[side].sendall(data)


lock = threading.Lock()
proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
proxy.daemon_threads = True
threading.Thread(target=proxy.serve_forever, daemon=True).start()
with open(os.path.join(root, "proxy.port"), "w") as f:
    print(proxy.server_address[1], file=f)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(root, "cert.pem"), os.path.join(root, "key.pem"))
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(port_file + ".new", "w") as f:
    print(server.server_address[1], file=f)
os.rename(port_file + ".new", port_file)
server.serve_forever()

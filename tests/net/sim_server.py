#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An API with the shapes of SORACOM's, one SIM with the address of the device, that takes its time for a move.

sim_server.py PORT ADDRESS SECONDS LOG: each move is a line in LOG, written when it is done.
"""
import http.server
import json
import sys
import time

PORT, ADDRESS, SECONDS, LOG = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4]
SIM = {"simId": "8981000000000000001", "status": "active", "groupId": None, "tags": {},
       "sessionStatus": {"online": True, "ueIpAddress": ADDRESS}}


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    def do_GET(self):
        self.answer([SIM] if self.path.split("?")[0].endswith("/sims") else SIM)

    def do_POST(self):
        asked = self.body()
        if self.path.endswith("/auth"):
            self.answer({"apiKey": "api-1", "token": "token-1", "operatorId": "OP1"})
            return
        time.sleep(SECONDS)  # the provider's, not the test's
        SIM["groupId"] = asked.get("groupId")
        with open(LOG, "a", encoding="ascii") as log:
            print(SIM["groupId"], file=log)
        self.answer(SIM)

    do_PUT = do_POST

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Api).serve_forever()

# SPDX-License-Identifier: BSD-2-Clause
"""The victim: 'KIND PORT' starts a receiver and answers 'ready'; 'stop' answers with what it took, in hex.

What a receiver took is what real software made of the packets: bytes of a socket, the request as nginx or Python's
http.server understood it, the name that OpenSSL found in a hello, the topic that mosquitto delivered.
"""
import contextlib
import http.server
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

SENDER, SENDER_KERNEL = "10.9.0.77", "10.9.0.99"
TOOLS = {}  # nginx, certificate: given on the command line


def until(ready, what, seconds=5.0):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise SystemExit("receiver: %s did not start" % what)
        time.sleep(0.01)


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def shut(listener):
    """Also wakes the thread that waits in accept(), which else would keep the port."""
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


class Socket:
    """A plain socket: tcp, tcp that reads late and little (slow), tcp with fast open (tfo), MPTCP, UDP, raw IP."""

    def __init__(self, kind, port):
        self.got, self.open, self.late = [], [], kind == "slow"
        family, proto = socket.AF_INET6, 0
        if kind == "mptcp":
            proto = 262  # IPPROTO_MPTCP
        self.stream = kind != "udp"
        self.s = socket.socket(family, socket.SOCK_STREAM if self.stream else socket.SOCK_DGRAM, proto)
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if self.late:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        self.s.bind(("::", port))
        if kind == "tfo":
            self.s.setsockopt(socket.IPPROTO_TCP, 23, 5)  # TCP_FASTOPEN
        if self.stream:
            self.s.listen(64)
        threading.Thread(target=self.accept if self.stream else self.datagrams, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                c, _ = self.s.accept()
                self.open.append(c)
                mine = []
                self.got.append(mine)
                threading.Thread(target=self.read, args=(c, mine), daemon=True).start()

    def read(self, c, mine):
        if self.late:
            time.sleep(0.3)
        with contextlib.suppress(OSError):
            while data := c.recv(65536):
                mine.append(data)

    def datagrams(self):
        with contextlib.suppress(OSError):
            while True:
                self.got.append([self.s.recv(65536)])

    def stop(self):
        time.sleep(0.4 if self.late else 0.05)
        for c in self.open:
            c.close()
        shut(self.s)
        return b"\n".join(b"".join(x) for x in self.got)


class Packets:
    """What a socket that gets packets one by one has got"""

    def __init__(self, s):
        self.s = s
        self.s.setblocking(False)

    def stop(self):
        time.sleep(0.05)
        got = []
        with contextlib.suppress(OSError):
            while True:
                got.append(self.s.recv(65536))
        self.s.close()
        return b"\n".join(got)


class Raw(Packets):
    """IP packets of protocol number @kind, as in raw47"""

    def __init__(self, kind, _port):
        super().__init__(socket.socket(socket.AF_INET, socket.SOCK_RAW, int(kind[3:])))


class Frames(Packets):
    """Whole frames: what a host behind a tag or a tunnel would get of them"""

    def __init__(self, _kind, _port):
        super().__init__(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
        self.s.bind(("ev1", 0))


class Client:
    """The victim calls: dial, a peer made by hand; fetch, a web server of the sender's kernel."""

    def __init__(self, kind, port):
        self.got, self.fetch, self.s = [], kind == "fetch", None
        threading.Thread(target=self.run, args=(SENDER_KERNEL if self.fetch else SENDER, port), daemon=True).start()

    def run(self, host, port):
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.s = socket.create_connection((host, port), 3)
                break
            time.sleep(0.02)
        with contextlib.suppress(OSError, AttributeError):
            if self.fetch:
                self.s.sendall(b"GET /update HTTP/1.1\r\nHost: shop.example\r\n\r\n")
            while data := self.s.recv(65536):
                self.got.append(data)
            self.s.close()

    def stop(self):
        time.sleep(0.05)
        return b"".join(self.got)


class Process:
    """A server program in a folder of its own"""

    def start(self, argv, port):
        self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: answers(port), argv[0])

    def end(self, how=signal.SIGTERM):
        self.p.send_signal(how)
        self.p.wait(5)


class Nginx(Process):
    """status | host | decoded path | query | body, of each request that it accepted"""
    CONF = """daemon off; user root; worker_processes 1; pid %(dir)s/pid; error_log %(dir)s/error;
events {}
http {
	log_format took '$status|$host|$uri|$args|$request_body|$http_x_test';
	client_body_temp_path %(dir)s/body; proxy_temp_path %(dir)s/proxy; fastcgi_temp_path %(dir)s/f;
	uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
	client_body_buffer_size 1m; lingering_close off; keepalive_requests 10000;
	server { listen %(port)d; access_log %(dir)s/took took; location / { proxy_pass http://127.0.0.1:%(back)d; } }
	server { listen 127.0.0.1:%(back)d; access_log off; location / { return 200 "fine"; } }
}
"""

    def __init__(self, _kind, port):
        self.dir = tempfile.mkdtemp(prefix="evasion-nginx-")
        conf = os.path.join(self.dir, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(self.CONF % {"dir": self.dir, "port": port, "back": port + 20000})
        self.start([TOOLS["nginx"], "-p", self.dir, "-c", conf, "-e", os.path.join(self.dir, "error")], port)

    def stop(self):
        self.end(signal.SIGQUIT)  # what is being answered still is
        with open(os.path.join(self.dir, "took"), "rb") as f:
            lines = f.readlines()
        shutil.rmtree(self.dir)
        return b"".join(x for x in lines if x.startswith(b"200|"))


class Python:
    """method, path and headers as http.server reads them; after an upgrade or CONNECT, the bytes"""

    def __init__(self, _kind, port):
        took = self.took = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                took.append(("%s %s\n%s" % (self.command, self.path, self.headers)).encode("latin-1", "replace"))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                took.append(body)
                upgrade = self.headers.get("Upgrade")
                self.send_response(101 if upgrade else 200)
                if upgrade:
                    self.send_header("Upgrade", upgrade)
                    self.send_header("Connection", "Upgrade")
                else:
                    self.send_header("Content-Length", "0")
                self.end_headers()
                if upgrade or self.command == "CONNECT":
                    took.append(b"\n--after--\n" + self.rfile.read())

            do_GET = do_POST = do_CONNECT = answer

            def log_message(self, *_):  # the test says what was taken
                pass

        self.server = http.server.ThreadingHTTPServer(("0.0.0.0", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        time.sleep(0.05)
        self.server.shutdown()
        self.server.server_close()
        return b"".join(self.took)


class Tls:
    """The names that OpenSSL found in hellos, and what came decrypted; smtp: behind STARTTLS; tls12: no later version"""

    def __init__(self, kind, port):
        self.took, self.kind = [], kind
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ctx.load_cert_chain(TOOLS["certificate"])
        if kind == "tls12":
            self.ctx.maximum_version = ssl.TLSVersion.TLSv1_2
        self.ctx.sni_callback = lambda s, name, ctx: self.took.append(b"name " + (name or "none").encode())
        self.s = socket.create_server(("0.0.0.0", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                c, _ = self.s.accept()
                c.settimeout(5)
                threading.Thread(target=self.read, args=(c,), daemon=True).start()

    @staticmethod
    def starttls(c):
        c.sendall(b"220 mail.example ESMTP\r\n")
        buffer = b""
        while b"STARTTLS\r\n" not in buffer:
            buffer += c.recv(1)
            if buffer.endswith(b"\r\n") and b"EHLO" in buffer.splitlines()[-1]:
                c.sendall(b"250-mail.example\r\n250 STARTTLS\r\n")
        c.sendall(b"220 go\r\n")

    def read(self, c):
        with contextlib.suppress(OSError, ValueError):
            if self.kind == "smtp":
                self.starttls(c)
            c = self.ctx.wrap_socket(c, server_side=True)
            while data := c.recv(65536):
                self.took.append(data)

    def stop(self):
        time.sleep(0.05)
        shut(self.s)
        return b"\n".join(self.took)


class Mosquitto(Process):
    """What the broker delivered to one who subscribed to everything"""

    def __init__(self, _kind, port):
        self.dir = tempfile.mkdtemp(prefix="evasion-mqtt-")
        conf = os.path.join(self.dir, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write("listener %d 0.0.0.0\nallow_anonymous true\nuser root\npersistence false\n" % port)
        self.start(["mosquitto", "-c", conf], port)
        self.reader = subprocess.Popen(["stdbuf", "-oL", "mosquitto_sub", "-p", str(port), "-t", "#", "-v", "-d"], stdout=subprocess.PIPE)
        while b"SUBACK" not in self.reader.stdout.readline():
            pass
        self.took = []
        threading.Thread(target=lambda: self.took.extend(self.reader.stdout), daemon=True).start()

    def stop(self):
        time.sleep(0.1)
        self.reader.kill()
        self.reader.wait(5)
        self.end()
        shutil.rmtree(self.dir)
        return b"".join(self.took)


KINDS = {"tcp": Socket, "udp": Socket, "slow": Socket, "tfo": Socket, "mptcp": Socket, "raw4": Raw, "raw47": Raw, "frames": Frames, "dial": Client,
         "fetch": Client, "nginx": Nginx, "python": Python, "tls": Tls, "tls12": Tls, "smtp": Tls, "mosquitto": Mosquitto}


def main():
    TOOLS.update(x.split("=", 1) for x in sys.argv[1:])
    at_work = None
    for line in sys.stdin:
        words = line.split()
        if words[0] == "stop":
            print(at_work.stop().hex() or "-", flush=True)
        else:
            at_work = KINDS[words[0]](words[0], int(words[1]))
            print("ready", flush=True)


if __name__ == "__main__":
    main()

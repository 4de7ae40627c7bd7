# SPDX-License-Identifier: BSD-2-Clause
"""The victim: 'tcp|udp PORT' opens a plain socket and answers 'ready'; 'stop' answers with what it got, in hex."""
import socket
import sys
import threading
import time


class Receiver:
    def __init__(self, kind, port):
        self.got, self.open = [], []
        self.s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.s.bind(("::", port))
        if kind == "tcp":
            self.s.listen(8)
        threading.Thread(target=self.accept if kind == "tcp" else self.datagrams, daemon=True).start()

    def accept(self):
        while True:
            try:
                c, _ = self.s.accept()
            except OSError:
                return
            self.open.append(c)
            mine = []
            self.got.append(mine)
            threading.Thread(target=self.read, args=(c, mine), daemon=True).start()

    @staticmethod
    def read(c, mine):
        try:
            while True:
                data = c.recv(65536)
                if not data:
                    return
                mine.append(data)
        except OSError:
            return

    def datagrams(self):
        try:
            while True:
                self.got.append([self.s.recv(65536)])
        except OSError:
            return

    def stop(self):
        time.sleep(0.05)
        for c in self.open:
            c.close()
        self.s.close()
        return b"\n".join(b"".join(x) for x in self.got)


def main():
    at_work = None
    for line in sys.stdin:
        words = line.split()
        if words[0] == "stop":
            print(at_work.stop().hex() or "-", flush=True)
        else:
            at_work = Receiver(words[0], int(words[1]))
            print("ready", flush=True)


if __name__ == "__main__":
    main()

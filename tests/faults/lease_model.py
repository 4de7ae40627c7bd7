#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# For fi06_kill.sh: a daemon that is killed while leases begin and end. Arguments: how many times, the directory of
# the test, the namespaces of the devices and of the gateway, and the command that starts the daemon.
#
# The model knows, for each device, when its lease ends by the machine's own boot clock (from before the request to
# after its answer), and nothing of what Cordon says. What was on its way when the daemon died may have happened or
# not; what was acknowledged must have. The oracle is the wire: a frame of each device goes out, and a socket behind
# the hook sees whose arrive. The daemon's own list is compared as well, whenever one answers.
import ctypes
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

kills, W, devices_ns, gateway_ns, run = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
CORDON, WALL = os.environ["CORDON"], os.environ["WALLCLOCK"]
SOCKET = os.path.join(W, "run", "ctl.sock")
ETHERTYPE = 0x88B5  # IEEE 802: for local experiments
DEVICES = 24
YEAR = 365 * 86400
FOREVER = float("inf")
seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
rng = random.Random(seed)
patience = 6 if os.environ.get("CORDON_VM") else int(os.environ.get("CORDON_PATIENCE", 1))
libc = ctypes.CDLL(None, use_errno=True)
figures = dict(acknowledged=0, unanswered=0, frames=0, cut=0, steps=0, namespaces=0)
done = 0


def fail(text):
    sys.exit("kill %d, seed %d: %s" % (done, seed, text))


def boot():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def mac(i):
    return bytes((2, 0, 0, 0, 0x66, i))


def name(i):
    return ":".join("%02x" % b for b in mac(i))


def packet_socket(ns, ifname):
    here, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open("/run/netns/" + ns, os.O_RDONLY)
    if libc.setns(there, 0):
        fail("setns: %s" % os.strerror(ctypes.get_errno()))
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    s.bind((ifname, ETHERTYPE))
    libc.setns(here, 0)
    os.close(here)
    os.close(there)
    return s


class Lease:
    """what may be true of one device: intervals of deadlines; 0: none runs"""

    def __init__(self):
        self.may = [(0.0, 0.0)]

    # True: cut, False: let through, None: either, at some moment between the two times
    def verdict(self, since, until):
        says = set()
        for low, high in self.may:
            says.add(True if until < low else False if since >= high else None)
        return says.pop() if len(says) == 1 else None

    def settle(self, is_cut, at):
        self.may = [m for m in self.may if (m[1] > at if is_cut else m[0] <= at)]


leases = [Lease() for _ in range(DEVICES)]
sender, receiver = packet_socket(devices_ns, "eth0"), packet_socket(gateway_ns, "dev0")
receiver.settimeout(5 * patience)
number = 0


def through():
    """the devices whose frame arrives; one that nobody ever cuts comes last, and all came before it"""
    global number
    number += 1
    for i in list(range(DEVICES)) + [255]:
        sender.send(b"\xff" * 6 + mac(i) + struct.pack("!HI", ETHERTYPE, number) + bytes(46))
    got = set()
    while True:
        try:
            f = receiver.recv(2048)
        except socket.timeout:
            fail("no frame of an innocent device arrives")
        if len(f) < 18 or struct.unpack("!HI", f[12:18]) != (ETHERTYPE, number):
            continue
        if f[11] == 255:
            return got
        got.add(f[11])


# @settles: what was on its way is decided now; before a start it may yet be taken back, or done after all
def judge_frames(when, settles):
    since = boot()
    got = through()
    until = boot()
    for i, lease in enumerate(leases):
        want = lease.verdict(since, until)
        is_cut = i not in got
        figures["frames"] += 1
        figures["cut"] += is_cut
        if want is not None and want != is_cut:
            fail("%s: %s is %s, and must not be; deadlines may be %s, now is %f ... %f"
                 % (when, name(i), "cut" if is_cut else "let through", lease.may, since, until))
        if settles and len(lease.may) > 1:
            lease.settle(is_cut, since if is_cut else until)
            if not lease.may:
                fail("%s: %s: no history explains it" % (when, name(i)))


def cor(*args):
    r = subprocess.run([CORDON, "-j", "--socket", SOCKET, *args], capture_output=True, text=True)
    try:
        return r.returncode, json.loads(r.stdout or "{}")
    except ValueError:
        return r.returncode, {}


def judge_list(when):
    since = boot()
    code, reply = cor("quarantine", "list")
    until = boot()
    if code:
        fail("%s: quarantine list: exit %d" % (when, code))
    listed = {q["device"].split("-")[-1]: q for q in reply["quarantines"]}
    for i, lease in enumerate(leases):
        want = lease.verdict(since - 2, until)  # one that has ended is taken off the list within a tick
        q = listed.pop(name(i), None)
        if want is not None and want != (q is not None):
            fail("%s: %s is %slisted; deadlines may be %s" % (when, name(i), "" if q else "not ", lease.may))
        if q and all(m[0] < FOREVER for m in lease.may) and not any(
                m[0] - until - 1.5 <= q["left_s"] <= m[1] - since + 1.5 for m in lease.may):
            fail("%s: %s has %d s left; deadlines may be %s, now is %f" % (when, name(i), q["left_s"], lease.may, until))
    if listed:
        fail("%s: listed, and never asked for: %s" % (when, list(listed)))


class Asker(threading.Thread):
    """leases begin and end until told to stop, or until nobody answers"""

    def __init__(self, number):
        super().__init__()
        self.rng, self.stop = random.Random(seed * 100003 + number), False

    def run(self):
        while not self.stop:
            i = self.rng.randrange(DEVICES)
            lease, was = leases[i], leases[i].may
            if self.rng.random() < 0.35:
                args, length = ["quarantine", "release", name(i)], None
            else:
                length = self.rng.choice((1, 2, 4, 3600, 86400, None))
                args = ["quarantine", "add", name(i)] + (["--for", "%ds" % length] if length else ["--for", "100d"])
                length = length or 100 * 86400
            before = boot()
            lease.may = was + [(0.0, FOREVER)]
            code, _ = cor(*args)
            after = boot()
            new = (0.0, 0.0) if args[1] == "release" else (before + length, after + length)
            if code in (0, 4):  # 4: there was none to release
                lease.may = [new]
                figures["acknowledged"] += 1
                continue
            lease.may = was + [new]
            figures["unanswered"] += 1
            return


def step_wall_clock():
    with open(WALL, "r+b") as f:
        f.write(struct.pack("<q", rng.choice((0, rng.randint(-YEAR, YEAR))) * 10**9))
    figures["steps"] += 1


def start():
    env = dict(os.environ, LD_PRELOAD=os.environ["WALLCLOCK_SO"])
    before = []
    if rng.random() < 0.2 and subprocess.run(["unshare", "--time", "--boottime", "1000", "true"], capture_output=True).returncode == 0:
        before = ["unshare", "--time", "--boottime", str(rng.randint(1, YEAR))]
        figures["namespaces"] += 1
    log = open(os.path.join(W, "cordon.log"), "a")
    p = subprocess.Popen(before + run, stdout=log, stderr=log, env=env)
    wait("start", lambda: cor("status")[0] == 0)
    return p


def wait(what, test):
    end = time.monotonic() + 60 * patience
    while not test():
        if time.monotonic() > end:
            fail("no %s within a minute" % what)
        time.sleep(0.01)


def children(keeper):
    with open("/proc/%d/task/%d/children" % (keeper, keeper)) as f:
        return sorted(int(p) for p in f.read().split())


keeper, began = start(), time.monotonic()
for done in range(1, kills + 1):
    asker = Asker(done)
    asker.start()
    time.sleep(rng.uniform(0, 0.3))
    if rng.random() < 0.3:
        step_wall_clock()
    pids = children(keeper.pid)
    whole = rng.random() < 0.6 or not pids
    victim = keeper.pid if whole else rng.choice(pids)
    os.kill(victim, signal.SIGKILL)
    asker.stop = True
    asker.join()
    if whole:
        keeper.wait()
        judge_frames("while nothing runs", False)
        if rng.random() < 0.5:
            step_wall_clock()
        keeper = start()
    else:
        wait("end of the child", lambda: not os.path.exists("/proc/%d" % victim))
        judge_frames("while a child is gone", False)
        wait("answer", lambda: cor("status")[0] == 0)
    judge_frames("after the start", True)
    judge_list("after the start")
keeper.terminate()
keeper.wait()
judge_frames("after a clean end", True)
print("%d kills in %d s: %d requests acknowledged, %d on their way when they were cut off; %d frames, %d of them cut, each as "
      "the model says; %d steps of the wall clock, %d starts in another time namespace; seed %d"
      % (kills, time.monotonic() - began, figures["acknowledged"], figures["unanswered"], figures["frames"], figures["cut"],
         figures["steps"], figures["namespaces"], seed))

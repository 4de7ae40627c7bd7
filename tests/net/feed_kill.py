#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# For test_feed_kill.sh: a daemon that is killed in the middle of updates, again and again. Arguments: how many
# times, the directory of the test, and the command that starts the daemon. After each start the feed must be the
# one that was acknowledged last, or the one that was on its way, and all of it: 400 entries, each of which names
# its generation. Every fourth time only the daemon is killed, and the keeper starts it again.
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

kills, W, run = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
CORDON = os.environ["CORDON"]
SOCKET = os.path.join(W, "run", "ctl.sock")
LIST = os.path.join(W, "list")
ENTRIES = 400
seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
rng = random.Random(seed)
waits = float(os.environ.get("CORDON_VM") and 120 or 30)


def cor(*args):
    r = subprocess.run([CORDON, "-j", "--socket", SOCKET, *args], capture_output=True, text=True)
    try:
        return r.returncode, json.loads(r.stdout or "{}")
    except ValueError:
        return r.returncode, {}


def name(generation, i):
    return "g%d-%d.kill.example" % (generation, i)


def write_list(generation):
    with open(LIST, "w") as f:
        f.writelines(name(generation, i) + "\n" for i in range(ENTRIES))


def until(what, test):
    end = time.monotonic() + waits
    while time.monotonic() < end:
        value = test()
        if value is not None:
            return value
        time.sleep(0.01)
    sys.exit("round %d, seed %d: no %s within %d s" % (done, seed, what, waits))


def loaded():
    code, s = cor("status")
    if code or s["threats"].get("loading") or not s["threats"]["entries"]:
        return None
    return s


def start():
    log = open(os.path.join(W, "cordon.log"), "a")
    return subprocess.Popen(run, stdout=log, stderr=log)


def daemon_of(keeper):
    with open("/proc/%d/task/%d/children" % (keeper, keeper)) as f:
        pids = [int(p) for p in f.read().split()]
    return min(pids) if pids else None


# the generation whose every entry is in force; ends the test when it is none, or one that it must not be
def judge(lowest, highest):
    code, feed = cor("feed", "show", "kill")
    if code or feed["accepted"] != ENTRIES or feed["state"] not in ("live", "stale"):
        sys.exit("round %d, seed %d: feed show: %s" % (done, seed, {k: feed.get(k) for k in ("accepted", "state", "error")}))
    found = [g for g in range(lowest, highest + 1) if cor("threat", "lookup", name(g, 0))[0] == 0]
    if len(found) != 1:
        sys.exit("round %d, seed %d: generations %s are in force, wanted one of %d ... %d" % (done, seed, found, lowest, highest))
    for i in [1, ENTRIES - 1] + rng.sample(range(ENTRIES), 3):
        if cor("threat", "lookup", name(found[0], i))[0]:
            sys.exit("round %d, seed %d: %s is missing" % (done, seed, name(found[0], i)))
    return found[0]


class Updater(threading.Thread):
    def __init__(self, first):
        super().__init__()
        self.acked, self.begun, self.stop = first, first, False

    def run(self):
        while not self.stop:
            self.begun += 1
            write_list(self.begun)
            code, reply = cor("feed", "update", "kill", "--force")
            if code:
                return
            self.acked = self.begun


done = old = new = 0
keeper = start()
until("answer", lambda: cor("status")[0] == 0 or None)
write_list(1)
if cor("feed", "add", "kill", "plain", LIST)[0]:
    sys.exit("feed add failed")
generation, began = 1, time.monotonic()
for done in range(1, kills + 1):
    updater = Updater(generation)
    updater.start()
    time.sleep(rng.uniform(0, 0.25))
    only_daemon = done % 4 == 0 and kills <= 100
    victim = daemon_of(keeper.pid) if only_daemon else keeper.pid
    os.kill(victim, signal.SIGKILL)
    updater.stop = True
    updater.join()
    if only_daemon:
        until("end of the daemon", lambda: (not os.path.exists("/proc/%d" % victim)) or None)
    else:
        keeper.wait()
        keeper = start()
    until("start", loaded)
    generation = judge(updater.acked, updater.begun)
    old += generation == updater.acked and updater.begun > updater.acked
    new += generation > updater.acked
# one that nobody disturbs, so that what the last killed daemon left can be swept away
write_list(generation + 2)
if cor("feed", "update", "kill", "--force")[0] or judge(generation + 2, generation + 2) != generation + 2:
    sys.exit("round %d, seed %d: the last update failed" % (done, seed))
keeper.terminate()
keeper.wait()
print("%d kills in %d s, %d updates: after %d of them the generation before was in force, after %d the one on its way, "
      "always whole; seed %d" % (kills, time.monotonic() - began, generation, old, new, seed))

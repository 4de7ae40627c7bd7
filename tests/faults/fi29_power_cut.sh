#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-29: the power is cut. The state directory is on a disk of its own, which is copied at random moments as it is
# then, without what no sync has put there; each copy is what a machine finds when it starts again. What was
# acknowledged is in it, whole.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "power cut"
daemon_begin power
command -v mkfs.ext4 >/dev/null || PATH=$PATH:/sbin:/usr/sbin
mkdir "$W/disk" "$W/found"
trap 'umount "$W/found" 2>/dev/null; daemon_stop; umount "$W/disk" 2>/dev/null; daemon_cleanup' EXIT
disk() { truncate -s 24M "$W/image" && mkfs.ext4 -qF "$W/image" && mount -o loop,data=ordered "$W/image" "$W/disk" && chmod 777 "$W/disk"; }
disk >"$W/why" 2>&1 || { skip "power cut" "no loop device with ext4 here: $(tail -1 "$W/why")"; tap_done; exit; }

CUTS=${CORDON_CUTS:-12}
found() { # the copy, as a starting machine sees it: its journal is replayed
	mount -o loop "$W/copy" "$W/found" || return 1
	cp "$W/found/state/quarantine" "$W/quarantine.found"
	umount "$W/found"
}
whole() { # adds up, and has every acknowledged device
	python3 - "$W/quarantine.found" "$W/acked" <<-'P'
		import sys
		text = open(sys.argv[1], "rb").read()
		body, sep, tail = text.rpartition(b"sum\t")
		h = 0xcbf29ce484222325
		for c in body: h = ((h ^ c) * 0x100000001b3) & 0xffffffffffffffff
		if not sep or tail != b"%016x\n" % h: sys.exit("it does not add up: %r" % text[-60:])
		missing = [m for m in open(sys.argv[2]).read().split() if m.encode() not in body]
		if missing: sys.exit("acknowledged, and not there: %s" % missing)
	P
}
cut() { # N: leases begin; in between the disk is copied
	local i mac
	for i in 0 1 2 3 4 5; do
		mac=$(printf '02:00:00:00:%02x:%02x' "$1" "$i")
		cor quarantine add "$mac" --for 1h --reason "power" >/dev/null && echo "$mac" >>"$W/acked.new"
		[ "$i" != $(($1 % 6)) ] || { cp "$W/acked.new" "$W/acked" && cp --sparse=always "$W/image" "$W/copy"; }
	done
	found && whole
}

daemon_config
sed -i "s|^state_dir: .*|state_dir: $W/disk/state|" "$W/cordon.yaml"
ns_add gateway device && veth gateway dev0 device eth0 || { echo "Bail out! no namespaces"; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0
for ((n = 1; n <= CUTS; n++)); do
	ok "cut_$n: what was acknowledged is there" cut "$n"
done
ok "stop" daemon_stop
# the next start, from the last copy, in another "boot": nothing of it is in the kernel any more
ok "everything_is_off" in_ns gateway "$CORDON" detach --all -c "$W/cordon.yaml"
restart() { umount "$W/disk" && mount -o loop "$W/copy" "$W/disk" && daemon_start gateway --device dev0; }
ok "cordon_starts_on_what_was_found" restart
back() { local want; want=$(wc -l <"$W/acked"); [ "$(cor -j status | jq .quarantines)" -ge "$want" ]; }
ok "with_every_lease" back
ok "stop" daemon_stop
tap_done

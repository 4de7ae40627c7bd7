#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The inventory survives what a database must: a kill, a file of before it, a damaged one, a full disk, one that is read only;
# Python's SQLite says what is in it. A device that is cut stays cut all the while.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "inventory"
daemon_begin inv
S=$W/closed/state DB=$W/closed/state/devices.db
NAMED=02:00:00:00:55:01 OLD=02:00:00:00:55:02 CUT=02:00:00:00:55:99

# what another reader of the format finds: the first column of the first row
sql() { python3 -c 'import sqlite3, sys; r = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone(); print("" if r is None else r[0])' "$DB" "$1"; }
row_is() { [ "$(sql "SELECT name || '|' || \"group\" FROM device WHERE id = 'z0-v0-$1'")" = "$2" ] || { sql "SELECT count(*) FROM device"; return 1; }; }
no_row() { [ "$(sql "SELECT count(*) FROM device WHERE id = 'z0-v0-$1'")" = 0 ]; }
shown() { [ "$(cor -j device show "$1" | jq -r '.device.name + "|" + .device.group')" = "$2" ]; }
stat_is() { [ "$(cor -j stats | jq ".daemon.inventory.$1")" = "$2" ] || { cor -j stats | jq -c .daemon.inventory; return 1; }; }
said() { grep -q "$1" "$W/cordon.log" || { tail -5 "$W/cordon.log"; return 1; }; }
denied() { cor -j quarantine list | jq -e --arg m "$CUT" 'any(.quarantines[]; .device | contains($m))'; }
begin() { daemon_start gw --device d0; }
old_file() { # as versions before the database wrote it, without a sum
	python3 - "$S/devices.json" "$NAMED" "$OLD" <<-'P'
		import json, sys, time
		now, day = time.time_ns(), 86400 * 10**9
		rows = [{"id": "z0-v0-" + sys.argv[2], "name": "porch", "group": "cams", "first": now - 90 * day, "last": now - 80 * day, "addresses": ["10.9.9.9"]},
		        {"id": "z0-v0-" + sys.argv[3], "first": now - 90 * day, "last": now - 80 * day}]
		open(sys.argv[1], "w").write("".join(json.dumps(r) + "\n" for r in rows))
	P
}

# the directory above is closed to the daemon's user: it has the one below by its descriptor
mkdir -p "$S" && chmod 700 "$W/closed" && chmod 777 "$S"
daemon_config "inventory:" "  forget: 30d"
sed -i "s|^state_dir:.*|state_dir: $S|" "$W/cordon.yaml"
ns_add gw && in_ns gw ip link add d0 type veth peer name d1 && in_ns gw ip link set d0 up
ok "a file of a version before" old_file
ok "cordon runs" begin || { tap_done; exit 1; }
ok "a device is cut" cor quarantine add "$CUT" --for 1h

ok "names of the old file are known" shown "$NAMED" "porch|cams"
ok "by address too" eval '[ "$(cor -j device show 10.9.9.9 | jq -r .device.name)" = porch ]'
ok "they are in the database" wait_for 10 row_is "$NAMED" "porch|cams"
ok "the old file is not read any more" wait_for 20 test -e "$S/devices.json.old"
ok "and has lost its name" not test -e "$S/devices.json"
ok "who was not seen for long is forgotten" wait_for 20 no_row "$OLD"
ok "but not who has a name" row_is "$NAMED" "porch|cams"

ok "a name is on disk when the answer comes" eval 'cor device name "$NAMED" door && row_is "$NAMED" "door|cams"'
ok "so is a group" eval 'cor device group "$NAMED" doors && row_is "$NAMED" "door|doors"'
ok "all is killed" daemon_kill
ok "and runs again" begin
ok "nothing is lost" shown "$NAMED" "door|doors"

# a page in the middle becomes nonsense while nobody runs
daemon_stop
ok "the file is damaged" dd if=/dev/urandom of="$DB" bs=512 seek=1 count=8 conv=notrunc status=none
ok "cordon runs all the same" begin
ok "says that the file is damaged" said 'devices.db: damaged.*kept with .bad at its end'
ok "counts it" stat_is set_aside 1
ok "and keeps it" test -s "$DB.bad"
ok "who is cut stays cut" denied
ok "names can be given" cor device name "$NAMED" anew
ok "and are in the new one" row_is "$NAMED" "anew|"

# a disk of its own, that is full; whoever cannot write says so, and does it later
daemon_stop
full() { dd if=/dev/zero of="$S/filler" bs=4k status=none; ! dd if=/dev/zero of="$S/more" bs=4k count=1 status=none; }
disk() { cp "$DB" "$W/copy" && mount -t tmpfs -o size=400k,mode=777 none "$S" && cp "$W/copy" "$DB" && chmod 666 "$DB"; }
cleanup() {
	daemon_stop
	umount "$S" 2>/dev/null || umount -l "$S" 2>/dev/null
	daemon_cleanup
}
trap cleanup EXIT
ok "a small disk" disk
ok "cordon runs on it" begin
ok "the name came along" shown "$NAMED" "anew|"
ok "the disk fills up" full 2>/dev/null
ok "who names a device hears that it will not last" code 1 cor device name "$NAMED" late
ok "it has its name all the same" shown "$NAMED" "late|"
ok "the failure is counted" eval 'cor -j stats | jq -e ".daemon.inventory.failures > 0"'
ok "cordon answers" cor status
rm -f "$S/filler" "$S/more"
ok "there is room again: the name is written without being asked for" wait_for 90 row_is "$NAMED" "late|"

daemon_stop
ok "the disk is read only" mount -o remount,ro "$S"
ok "cordon starts on it" begin
ok "with what is there" shown "$NAMED" "late|"
ok "who names a device hears that it will not last" code 1 cor device name "$NAMED" later
ok "in force all the same" shown "$NAMED" "later|"
mount -o remount,rw "$S"
ok "writable again, names are kept again" wait_for 90 eval 'cor device name "$NAMED" last && row_is "$NAMED" "last|"'
ok "no failure of the sandbox" not grep -q "outside its sandbox" "$W/cordon.log"
tap_done

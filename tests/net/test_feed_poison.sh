#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Poisoned lists against a running daemon: each is refused by name, what was good stays in force, the network goes
# on, and the memory it takes is bounded. What comes over the network (endless stream, compressed bomb, cut) is in
# test_feed_fetch.sh, a replayed older version in test_feed_bundle.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "poisoned lists"
daemon_begin poison

MEMORY_MAX=640 # MiB, of a list of 512 MiB at most and what is made of it
value() { cor -j feed show good | jq -r ".$1"; }
# refused NAME: the update with what is in bad fails and says NAME; the good list and the network are as before
refused() {
	local said
	said=$(cor feed update good --force 2>&1) && { echo "was taken: $said"; return 1; }
	grep -q -- "$1" <<<"$said" || { echo "$said"; return 1; }
	[ "$(value generation) $(value accepted) $(value state)" = "1 3 stale" ] || { cor feed show good; return 1; }
	cor threat lookup listed.example >/dev/null || return 1
	probe || { echo "the device is cut off"; return 1; }
}
# entries REASONS: as a feed of its own, with one good entry more; the reasons are those, and nothing else is listed
entries() {
	local got
	echo "harmless.example" >>"$W/poison"
	cor feed add poison plain "$W/poison" --action quarantine --alert-below 0 --confidence 100 >/dev/null || return 1
	got=$(cor -j feed show poison | jq -r '(.reasons | keys | join(" ")) + " " + (.accepted | tostring)')
	[ "$got" = "$1 1" ] || { echo "$got"; return 1; }
	got=$(cor threat lookup "$(head -1 "$W/poison")" | grep -c "^refused: line 1 of feed poison")
	[ "$got" = 1 ] || { echo "a look-up does not name the feed"; return 1; }
	probe && near || { echo "somebody is cut off"; return 1; }
	cor feed remove poison
}

daemon_config "interfaces:" "  - name: dev0" "    role: device" "home:" "  - 10.77.0.0/24" "  - 198.18.200.0/24"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "daemon_starts" daemon_start gateway
printf 'listed.example\n198.18.70.1\n198.18.71.0/24\n' >"$W/list"
ok "good_list_is_in_force" eval 'cor feed add good auto "$W/list" && [ "$(value generation)" = 1 ]'

printf '%s\n' 10.0.0.0/8 192.168.1.1 10.77.0.10 fd00::1 >"$W/poison"
ok "private_space" entries private_space
printf '%s\n' 0.0.0.0/0 ::/0 0.0.0.0/1 128.0.0.0/1 >"$W/poison"
ok "everything" entries prefix_too_short
printf '%s\n' 8.8.8.8 1.1.1.1 9.9.9.0/24 2001:4860:4860::8888 >"$W/poison"
ok "resolvers" entries guarded
printf '%s\n' com co.uk org github.io >"$W/poison"
ok "public_suffixes" eval 'sed -i /github/d "$W/poison"; entries "public_suffix single_label"'
printf '%s\n' 100.64.0.1 127.0.0.1 224.0.0.1 203.0.113.1 169.254.1.1 255.255.255.255 >"$W/poison"
ok "space_of_no_one" entries "carrier_nat documentation link_local loopback multicast reserved"
printf '%s\n' google.com >"$W/poison"
ok "names_too_many_rely_on" entries too_popular
printf '%s\n' 198.18.9.1 >"$W/poison"
ok "the_gateway_is_left_out" eval 'echo harmless.example >>"$W/poison"; cor feed add poison plain "$W/poison" --action quarantine && [ "$(cor -j feed show poison | jq .guarded)" = 1 ] && code 4 cor threat lookup 198.18.9.1 && probe && cor feed remove poison'

printf '%s\n' 198.18.200.7 198.18.200.0/24 198.18.200.0/22 harmless.example >"$W/poison"
ok "own_public_space_is_left_out" eval 'cor feed add poison plain "$W/poison" --action quarantine && [ "$(cor -j feed show poison | jq .guarded)" = 3 ] && cor feed remove poison'
# a list that was good when it came: what is guarded later leaves it, and until then nobody is denied for talking to it
printf '%s\n' 198.18.201.9 harmless.example >"$W/poison"
ok "guarded_later_leaves_the_list" eval 'cor feed add poison plain "$W/poison" --action quarantine && [ "$(cor -j feed show poison | jq .guarded)" = 0 ] && cor guard add 198.18.201.9 && wait_for 10 eval "[ \$(cor -j feed show poison | jq .guarded) = 1 ]"'
ok "and_returns_to_it_with_the_guards_end" eval 'cor guard remove 198.18.201.9 && wait_for 10 eval "[ \$(cor -j feed show poison | jq .guarded) = 0 ]" && cor feed remove poison'

bad() { cat >"$W/list"; }
: | bad
ok "empty" refused "empty"
printf '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n' | bad
ok "a_page_instead_of_a_list" refused "web page"
printf '{"data":[{"ip":"198.18.70.1"},{"ip":"198.1' | bad
ok "half_a_file" refused "broken JSON"
python3 -c 'print("[" * 5000)' | bad
ok "json_nested_without_end" refused "nothing like any known format"
python3 -c 'print("[" + "[]," * 3500000 + "[]]")' | bad
ok "json_bomb" refused "nothing like any known format"
python3 -c 'import random, sys; r = random.Random(1); sys.stdout.buffer.write(b"\n".join(r.randbytes(24).hex().encode() + b" zz" for i in range(1000000)))' | bad
ok "a_million_lines_of_garbage" refused "nothing like any known format"
python3 -c 'import sys; sys.stdout.write("A" * (100 << 20))' | bad
ok "a_line_of_100_mb" refused "nothing like any known format"
printf '\xff\xfe\x80\x81.example\n\xc3\x28\n' | bad
ok "invalid_utf8" refused "nothing like any known format"
head -c 1000000 /dev/urandom | bad
ok "random_bytes" refused "nothing like any known format"
truncate -s 10G "$W/list"
ok "ten_gigabytes" refused "File too large"
rm "$W/list"
ok "missing" refused "No such file"
mkfifo "$W/list"
ok "a_pipe_that_never_speaks" refused "Invalid argument"
rm "$W/list"
printf 'listed.example\n198.18.70.1\n198.18.71.0/24\nnew.example\n' | bad
ok "and_a_good_list_is_taken_again" eval 'cor feed update good && [ "$(value state)" = live ] && cor threat lookup new.example'
ok "nobody_was_quarantined" eval '[ "$(cor -j quarantine list | jq ".quarantines | length")" = 0 ]'

# what it takes: the largest process of reading each of the large ones
peak() { # FILE: MiB
	python3 - "$CORDON" "$1" <<-'P'
	import resource, subprocess, sys
	subprocess.run([sys.argv[1], "feed", "check", sys.argv[2]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
	P
}
mkdir "$W/large"
python3 -c 'print("[" + "[]," * 3500000 + "[]]")' >"$W/large/json_bomb"
python3 -c 'import random, sys; r = random.Random(1); sys.stdout.buffer.write(b"\n".join(r.randbytes(24).hex().encode() + b" zz" for i in range(1000000)))' >"$W/large/million_lines"
python3 -c 'import sys; sys.stdout.write("A" * (100 << 20))' >"$W/large/long_line"
truncate -s 10G "$W/large/ten_gigabytes"
truncate -s 500M "$W/large/zeros"
bounded() {
	local f m most=0
	for f in "$W"/large/*; do
		m=$(peak "$f")
		echo "$(basename "$f"): at most $m MiB resident" >>"$W/figures"
		[ "$m" -le "$most" ] || most=$m
	done
	[ "$most" -le "$MEMORY_MAX" ] || { cat "$W/figures"; return 1; }
	m=$(for p in $(in_ns gateway pgrep -P "$(cat "$W/pid")"); do awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$p/status"; done | sort -n | tail -1)
	echo "the daemon's own largest process after all of it: $m MiB" >>"$W/figures"
	[ "$m" -le 256 ]
}
ok "memory_is_bounded" bounded
sed 's/^/# /' "$W/figures"
daemon_stop
[ "$tap_failed" = 0 ] || sed 's/^/# log: /' "$W/cordon.log" | tail -30
tap_done

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-03: a feed ten times as large as it may be, and one with more short prefixes than the kernel half looks through.
# Both are refused by name, and what was in force stays, for packets too.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "feed too large"
daemon_begin large

list() { seq 1 "$1" | awk -v s="$SERVER" 'NR == 1 { print s } { printf "%s.%d.large.example\n", "n" $1, $1 % 7 }' >"$W/list"; }
short() { # prefixes shorter than /24 in public space
	awk 'BEGIN { for (a = 11; a < 60; a++) for (b = 0; b < 256; b++) printf "%d.%d.0.0/23\n", a, b }' >"$W/list"
}
update_says() { local out; out=$(cor feed update large 2>&1) && return 1; echo "$out"; grep -qiE "$1" <<<"$out"; }
is() { cor -j feed show large | jq -e ".state == \"$1\""; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
list 50
ok "a_feed_is_in_force" cor feed add large plain "$W/list" --max-entries 100 --action drop
ok "it_blocks" wait_for 5 not near 300
list 1000
ok "ten_times_as_large_is_refused" update_says "more|max_entries|entries"
ok "it_is_shown_as_stale" is stale
ok "the_last_good_one_blocks" not near 300
short
ok "too_many_short_prefixes_are_refused" update_says "prefix|more|entries"
ok "the_last_good_one_still_blocks" not near 300
list 60
ok "one_that_fits_is_taken" cor feed update large
ok "and_shown_as_live" is live
ok "stop" daemon_stop
tap_done

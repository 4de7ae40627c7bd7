#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What an operator says about rules to a running daemon: disable, enable, suppress, show, profile; kept over updates and restarts.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "rules of a running daemon"
daemon_begin rules

rule() { # REV
	printf 'alert tcp any any -> any 80 (msg:"a needle"; flow:established,to_server; content:"needle-in-hay"; priority:3; sid:9000001; rev:%s;)\n' "$1"
	printf '#alert tcp any any -> any 80 (msg:"sleeps"; flow:established,to_server; content:"needle-in-hay"; priority:3; sid:9000002; rev:%s;)\n' "$1"
	printf 'alert http any any -> any any (msg:"listed path"; http.uri; dataset:isset,paths,type string,load paths.lst; priority:3; sid:9000003; rev:%s;)\n' "$1"
}
alerts() { grep -c "\"signature_id\":$1" "$W/eve.json"; }
is_state() { [ "$(cor -j rules list | jq -r ".rules[] | select(.sid == $1).state")" = "$2" ]; }
# one request with the needle; then what was said of it is there
sends() { in_ns device timeout $((5 * patience)) "$HOST" get "$SERVER" 80 /needle-in-hay >/dev/null 2>&1; :; }
# 9000003 fires with each request: when it is there, so would be the others
alerts_after() { # SID: alerts more than before one more request
	local before there
	before=$(alerts "$1")
	there=$(alerts 9000003)
	sends
	wait_for 10 eval "[ \$(alerts 9000003) -gt $there ]" || { echo "nothing was inspected"; return 1; }
	echo $(($(alerts "$1") - before))
}
gives() { # COUNT SID
	local got
	got=$(alerts_after "$2") && [ "$got" = "$1" ] || { echo "rule $2: $got alerts, wanted $1"; return 1; }
}
profile_of() { cor -j rules profile | jq -r ".profile[] | select(.sid == $1).$2"; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "answers" daemon_ready
rule 1 >"$W/test.rules"
printf '%s\n' "$(printf %s /needle-in-hay | base64)" >"$W/paths.lst"
ok "a_data_file_comes_with_its_rules" cor rules load "$W/test.rules" "dataset:$W/paths.lst"
ok "rule_alerts" gives 1 9000001
ok "show_prints_what_can_be_loaded" eval '[ "$(cor rules show 9000001 | grep -v "^#")" = "$(head -1 "$W/test.rules")" ]'
ok "show_of_no_rule_exit_4" code 4 cor rules show 77
ok "show_of_no_number_exit_2" code 2 cor rules show x
ok "profile_counts_alerts" eval '[ "$(profile_of 9000001 alerts)" = 1 ]'
ok "profile_counts_checks" eval '[ "$(profile_of 9000001 checks)" -ge 1 ] && [ "$(profile_of 9000001 candidates)" -ge 1 ]'
ok "profile_says_what_the_kernel_sent_up" eval '[ "$(profile_of 9000001 sent)" -gt 0 ] && [ "$(profile_of 9000001 sent_bytes)" -gt 0 ]'
# live one packet in 64 is timed
ok "profile_tells_the_kernels_time" wait_for 30 eval 'sends; [ "$(profile_of 9000001 kernel_ns)" -gt 0 ] && [ "$(profile_of 9000001 shared_by)" = 1 ]'
ok "stats_tell_what_the_prefilter_takes" eval 'cor -j stats | jq -e ".. | objects | select(has(\"prefilter_timed\")) | .prefilter_timed > 0 and .prefilter_ns > .prefilter_timed"'
ok "profile_prints_a_table" eval 'cor rules profile | grep -q 9000001'

ok "disable" cor rules disable 9000001
ok "disabled_is_listed" is_state 9000001 disabled
ok "disabled_rule_is_silent" gives 0 9000001
ok "show_of_disabled" eval 'cor rules show 9000001 | grep -q ": disabled"'
ok "disable_of_no_rule_exit_4" code 4 cor rules disable 77
ok "bad_expression_exit_1" code 1 cor rules disable 're:('
ok "bad_target_is_not_kept" eval '! grep -q -e 77 -e re: "$W/state/rules.edits"'
rule 2 >"$W/test.rules"
ok "update_of_the_rules" cor rules load "$W/test.rules" "dataset:$W/paths.lst"
ok "disabled_over_an_update" is_state 9000001 disabled
daemon_stop
ok "cordon_runs_again" daemon_start gateway --device dev0 --device dev1
ok "answers_again" daemon_ready
ok "disabled_over_a_restart" is_state 9000001 disabled
ok "a_data_file_is_kept_over_a_restart" is_state 9000003 active

ok "enable" cor rules enable 9000001
ok "enabled_rule_alerts" gives 1 9000001
ok "enable_wakes_a_commented_rule" cor rules enable re:sleeps
ok "commented_rule_alerts" gives 1 9000002
ok "disable_by_group" cor rules disable group:test
ok "group_is_disabled" is_state 9000001 disabled
ok "the_last_word_counts" eval 'cor rules enable group:test && is_state 9000001 active'

ok "suppress_for_an_address" cor rules suppress 9000001 --track by_src --ip "$(in_ns device ip -4 -o addr show dev eth0 | awk '{ sub("/.*", "", $4); print $4 }')"
ok "suppressed_is_listed" is_state 9000001 "suppressed for some"
ok "suppressed_rule_is_silent" gives 0 9000001
ok "enable_lifts_a_suppression" eval 'cor rules enable 9000001 && is_state 9000001 active'
ok "suppress_with_half_an_address_exit_2" code 2 cor rules suppress 9000001 --track by_src
ok "suppress_by_expression" eval 'cor rules suppress "re:a needle" && is_state 9000001 suppressed'
daemon_stop
in_ns gateway timeout $((20 * patience)) "$CORDON" detach --all -c "$W/cordon.yaml" >/dev/null
[ "$tap_failed" = 0 ] || sed 's/^/# log: /' "$W/cordon.log" | tail -30
tap_done

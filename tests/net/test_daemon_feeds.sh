#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Feeds, manual entries, rules and names of a running daemon: transactions, what survives, who may ask.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "feeds of a running daemon"
daemon_begin feeds

json() { cor -j "$@" | python3 -c 'import json, sys; json.load(sys.stdin)'; }
generation() { cor -j status | grep -o '"threats":{[^}]*' | grep -o '"generation":[0-9]*' | cut -d: -f2; }
entries() { cor -j status | grep -o '"threats":{"entries":[0-9]*' | grep -o '[0-9]*$'; }
state_of() { cor -j feed list | grep -o "{\"name\":\"$1\"[^}]*" | grep -o '"state":"[a-z]*"'; }
as_other() { # a user who is neither root nor the daemon's; the binary must be readable to it
	setpriv --reuid 12345 --regid 12345 --clear-groups timeout 10 "$CORDON" "$@"
}
restart() {
	daemon_stop && daemon_start gateway
}

printf '198.18.50.1\n198.18.51.0/24\nbad.example\nnot a value at all\n' >"$W/list.txt"
printf 'feed-a.example\nfeed-b.example\n' >"$W/conf.txt"
daemon_config "interfaces:" "  - name: dev0" "    role: device" "feeds:" "  - name: configured" "    source: $W/conf.txt" "    category: spyware" \
	"categories:" "  - category: spyware" "    group: kiosks" "    action: observe" \
	"guard:" "  - 198.18.51.7" "rules:" "  - $W/conf.rules"
echo 'alert tcp any any -> any 81 (msg:"configured"; content:"first-rule"; sid:9000010;)' >"$W/conf.rules"
echo 'alert tcp any any -> any 82 (msg:"by hand"; content:"second-rule"; sid:9000011;)' >"$W/hand.rules"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "starts_with_feed_and_rules_of_the_configuration" daemon_start gateway
ok "configured_feed_is_in_force" wait_for 5 cor threat lookup www.feed-a.example
printf 'http://shared.example/a//b/../c\nhttps://shared.example/d\n' >"$W/urls.txt"
ok "category_row_says_what_is_done_for_each_group" eval 'cor -j threat lookup feed-a.example | grep -q "\"action\":\"drop\",\"effective\":\"drop\",\"groups\":{\"kiosks\":\"observe\"}"'
ok "feed_without_an_action_asks_by_its_category" eval 'cor feed add urls plain "$W/urls.txt" --category malware-urls && cor feed show urls | grep -q "^action quarantine"'
ok "lookup_of_a_url_says_what_would_happen" eval 'cor threat lookup http://SHARED.example:80/x/%2e%2e/a/c | grep -q "^exactly this URL"'
ok "other_pages_of_its_host_are_not_listed" eval 'code 4 cor threat lookup http://shared.example/a && code 4 cor threat lookup shared.example'
ok "lookup_of_an_https_url_says_that_it_is_not_enforced" eval 'cor threat lookup https://shared.example/d | grep -q "not enforced"'
cor feed remove urls >/dev/null
ok "configured_rules_are_in_force" eval 'cor rules list | grep -q 9000010'

ok "feed_add" cor feed add mine plain "$W/list.txt" --action alert
ok "feed_entry_is_found" cor threat lookup 198.18.50.1
ok "subdomain_of_feed_entry_is_found" eval 'cor threat lookup a.b.bad.example | grep -q mine'
ok "entry_that_covers_a_guard_is_left_out" code 4 cor threat lookup 198.18.51.9
ok "lookup_says_so" eval 'cor threat lookup 198.18.51.9 | grep -q "^left out: line 2 of feed mine lists 198.18.51.0/24"'
# why nothing would happen, from each of the lists that guard; exit code 4, and not a word of "listed"
nothing() { local said; said=$(cor threat lookup "$1"); [ $? = 4 ] && grep -q "^nothing, guarded by $2" <<<"$said" || { echo "$said"; return 1; }; }
ok "guard_of_the_configuration_is_named" nothing 198.18.51.7 "guard list: 198.18.51.7, configuration"
ok "own_address_is_named" nothing 198.18.9.1 "guard list: 198.18.9.1, address of this host"
ok "private_space_is_named" nothing 10.1.2.3 "address space: private space (10.0.0.0/8"
ok "public_resolver_is_named" nothing 8.8.8.8 "never_block.conf: 8.8.8.8, Google"
ok "time_server_below_a_name_is_named" nothing 2.vendor.pool.ntp.org "never_block.conf: pool.ntp.org, NTP pool"
ok "popular_name_is_named" nothing amazonaws.com "popular.conf: amazonaws.com, cloud"
ok "public_suffix_is_named" nothing co.uk "names: a public suffix"
ok "prefix_around_a_guard_is_named" nothing 198.18.51.0/25 "guard list: 198.18.51.7, configuration"
# every feed that lists it, the most specific entry first, whatever it is asked by
wide() { cor -j threat lookup "$1" | jq -e "[.indicator, .sources[0].feed, (.around[] | .indicator, .sources[0].feed)] == $2"; }
printf '198.18.52.0/24\n198.18.53.9\nwide.example\nhttp://www.wide.example/x\n' >"$W/w1.txt"
printf '198.18.52.128/25\n198.18.52.130\na.wide.example\n' >"$W/w2.txt"
ok "two_lists_of_the_same" eval 'cor feed add w1 plain "$W/w1.txt" --action alert && cor feed add w2 plain "$W/w2.txt"'
ok "address_in_two_prefixes" wide 198.18.52.130 '["198.18.52.130", "w2", "198.18.52.128/25", "w2", "198.18.52.0/24", "w1"]'
ok "prefix_in_another" wide 198.18.52.192/26 '["198.18.52.128/25", "w2", "198.18.52.0/24", "w1"]'
ok "name_below_two" wide x.a.wide.example '["a.wide.example", "w2", "wide.example", "w1"]'
ok "url_of_a_listed_host" wide http://x.a.wide.example/y '["a.wide.example", "w2", "wide.example", "w1"]'
ok "listed_url_of_a_listed_host" wide http://www.wide.example/x '["http://www.wide.example/x", "w1", "wide.example", "w1"]'
ok "https_url_of_a_listed_host" wide https://a.wide.example/ '["a.wide.example", "w2", "wide.example", "w1"]'
ok "address_behind_nat64" wide 64:ff9b::c612:3509 '["198.18.53.9", "w1"]'
ok "what_is_done_stands_beside_each" eval 'cor threat lookup 198.18.52.130 | grep -Eq "^w1 +1 +threat +alert +198.18.52.0/24" && cor threat lookup 198.18.52.130 | grep -Eq "^w2 +2 +threat +drop +198.18.52.130"'
ok "prefix_wider_than_what_is_listed_is_not_listed" code 4 cor threat lookup 198.18.52.0/23
for f in w1 w2; do cor feed remove "$f" >/dev/null; done
ok "refused_lines_are_counted" eval 'cor -j feed list | grep -q "\"refused\":1"'
ok "feed_added_twice_is_refused" code 1 cor feed add mine plain "$W/list.txt"
ok "feed_name_that_is_a_path_is_refused" code 1 cor feed add ../x plain "$W/list.txt"

before=$(generation)
printf '<html><body>404</body></html>\n' >"$W/list.txt"
ok "garbage_update_fails" code 1 cor feed update mine
ok "last_good_stays_after_garbage" cor threat lookup 198.18.50.1
ok "feed_is_stale_after_garbage" eval 'state_of mine | grep -q stale'
: >"$W/list.txt"
ok "empty_update_fails" code 1 cor feed update mine
ok "last_good_stays_after_empty" cor threat lookup 198.18.50.1
rm -f "$W/list.txt"
ok "missing_file_fails" code 1 cor feed update mine
echo 198.18.60.1 >"$W/list.txt"
ok "good_update_is_taken" cor feed update mine
ok "new_entry_is_in_force" cor threat lookup 198.18.60.1
ok "old_entry_is_gone" code 4 cor threat lookup 198.18.50.1
ok "generation_goes_up" [ "$(generation)" -gt "$before" ]
ok "garbage_does_not_become_a_feed" eval 'echo "<html>" >"$W/bad.txt"; code 1 cor feed add bad auto "$W/bad.txt" && ! cor feed list | grep -q "^bad "'

# generations, limits, roll back, observe
wide() { for i in $(seq "$1" "$2"); do echo "198.18.70.$i"; done; }
in_force() { cor -j feed show big | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["generation"], d["accepted"], d["added"], d["removed"])'; }
wide 1 100 >"$W/big.txt"
ok "feed_add_with_limits" cor feed add big plain "$W/big.txt" --max-removed 30 --min-entries 10 --observe
ok "first_generation_is_recorded" eval '[ "$(in_force)" = "1 100 100 0" ]'
ok "observed_entry_says_so" eval 'cor -j threat lookup 198.18.70.5 | grep -q "\"observe\":true"'
wide 11 110 >"$W/big.txt"
ok "small_change_is_a_new_generation" eval 'cor feed update big && [ "$(in_force)" = "2 100 10 10" ]'
ok "same_content_is_no_new_generation" eval 'cor feed update big && [ "$(in_force | cut -d" " -f1)" = 2 ]'
wide 1 5 >"$W/big.txt"
ok "too_small_is_refused_by_name" eval 'cor feed update big 2>&1 | grep -q "too_small"'
wide 200 240 >"$W/big.txt"
ok "churn_is_refused_by_name" eval 'cor feed update big 2>&1 | grep -q "churn: 100 of 100"'
ok "last_good_stays_after_churn" cor threat lookup 198.18.70.11
ok "force_takes_it" eval 'cor feed update big --force && cor threat lookup 198.18.70.200'
begun=$(date +%s%N)
ok "rollback_to_the_one_before" eval 'cor feed rollback big | grep -q "generation 2 is in force"'
took=$((($(date +%s%N) - begun) / 1000000))
ok "rollback_takes_less_than_a_second" [ "$took" -lt 1000 ]
ok "rolled_back_entries_are_in_force" eval 'cor threat lookup 198.18.70.11 && code 4 cor threat lookup 198.18.70.200'
ok "rollback_to_a_number" eval 'cor feed rollback big 1 && cor threat lookup 198.18.70.1'
ok "rollback_to_what_is_not_kept_fails" code 1 cor feed rollback big 99
ok "rollback_before_the_first_is_told" eval 'cor feed rollback big 2>&1 | grep -q "no generation before"'
restart
ok "rolled_back_generation_survives_a_restart" eval 'wait_for 5 cor threat lookup 198.18.70.1 && [ "$(in_force | cut -d" " -f1)" = 1 ]'
ok "promote_ends_observe" eval 'cor feed promote big && cor -j threat lookup 198.18.70.5 | grep -q "\"observe\":false"'
ok "first_seen_is_known" eval 'cor -j threat lookup 198.18.70.5 | grep -q "\"first_seen\":\"20"'
ok "show_names_what_was_refused" eval 'cor -j feed show configured | python3 -c "import json, sys; json.load(sys.stdin)[\"reasons\"]"'
ok "show_of_no_feed_is_nothing" code 4 cor feed show nosuch
printf '198.18.71.1\n198.18.51.7\n' >"$W/touch.txt"
ok "guarded_entry_is_counted_and_named" eval 'cor feed add touch plain "$W/touch.txt" && cor feed show touch | grep -q "1 guarded" && cor feed show touch | grep -q "198.18.51.7: touches"'
printf '[{"scope":"ip","value":"198.18.72.1","type":"ban","duration":"3s"},{"scope":"ip","value":"198.18.72.2","type":"ban","duration":"1h"}]' >"$W/dec.json"
ok "entry_ends_without_a_reload" eval 'cor feed add dec auto "$W/dec.json" && cor threat lookup 198.18.72.1 && wait_for 8 code 4 cor threat lookup 198.18.72.1 && cor threat lookup 198.18.72.2'
cp "$W/big.txt" "$W/big.old" && wide 101 200 >"$W/big.txt"
ok "another_generation" cor feed update big --force
daemon_stop
echo 198.18.99.9 >>"$(ls "$W"/state/feeds/big/*.raw | sort -V | tail -1)"
daemon_start gateway
ok "damaged_generation_is_passed_over" eval 'wait_for 5 cor threat lookup 198.18.70.200 && code 4 cor threat lookup 198.18.99.9'

ok "threat_add_domain" cor threat add domain evil.example --action quarantine --category c2 --for 1h
ok "private_address_is_refused_with_reason" eval 'cor threat add ip 10.1.2.3 2>&1 | grep -qi private'
ok "threat_add_url" eval 'cor threat add url http://EVIL2.example/x && cor threat lookup http://evil2.example/x | grep -q "exactly this URL" && code 4 cor threat lookup http://evil2.example/X'
ok "https_url_is_refused_with_reason" eval 'cor threat add url https://evil2.example/x 2>&1 | grep -q "https encrypts it"'
ok "url_of_a_whole_host_is_refused" eval 'cor threat add url http://evil2.example 2>&1 | grep -q "listed as a domain"'
ok "wrong_kind_is_refused" code 1 cor threat add ip evil.example
ok "threat_list_shows_it" eval 'cor threat list | grep -q "evil.example *quarantine"'
ok "entry_without_an_end_gets_its_feeds" eval 'echo 198.18.73.1 >"$W/brief.txt" && cor feed add brief plain "$W/brief.txt" --valid-for 2s && cor -j threat lookup 198.18.73.1 | grep -q "\"expires\":\"20" && wait_for 8 code 4 cor threat lookup 198.18.73.1'
ok "and_lives_on_when_it_is_listed_again" eval 'cor feed update brief && cor threat lookup 198.18.73.1 && cor feed remove brief'
ok "threat_that_ends_leaves" eval 'cor threat add domain brief.example --for 1s && wait_for 5 code 4 cor threat lookup brief.example'
ok "rules_load_replaces" eval 'cor rules load "$W/hand.rules" && cor rules list | grep -q 9000011 && ! cor rules list | grep -q 9000010'
ok "broken_rule_file_leaves_the_rest" eval 'printf "alert bogus\n" | cat - "$W/hand.rules" >"$W/mixed.rules"; cor rules load "$W/mixed.rules" | grep -q "1 rules in force, 1 refused"'
real_rules() { # enough that memory is given back while they are built
	local files
	mapfile -t files < <(find "$DATA/rules" -name '*.rules' | sort | head -60)
	cor rules load "${files[@]}" | grep -q "^[0-9]\{4,\} rules in force"
}
DATA=${CORDON_DATA:-../shared/data}
if [ -d "$DATA/rules" ]; then
	ok "thousands_of_rules_load_in_the_sandbox" real_rules
else
	skip "thousands_of_rules_load_in_the_sandbox" "no $DATA/rules"
fi
ok "the_inspector_lives_on" eval 'cor -j status | grep -q "\"inspector_restarts\":0" && cor rules load "$W/mixed.rules"'
ok "device_named_before_a_restart" eval 'cor quarantine add "$MAC" --for 1h && cor device name "$MAC" cam'
ok "guard_add" cor guard add 10.77.0.20 --reason test

ok "restarts" restart
ok "feed_by_hand_survives" wait_for 5 cor threat lookup 198.18.60.1
ok "threat_by_hand_survives" cor threat lookup evil.example
ok "rules_by_hand_survive" eval 'cor rules list | grep -q 9000011'
ok "name_survives" eval 'cor device show cam | grep -q "$MAC"'
ok "guard_by_hand_survives" eval 'cor guard list | grep -q "10.77.0.20 .*test"'
ok "quarantine_survives" eval 'cor quarantine list | grep -q "$MAC"'
ok "reload_goes_back_to_configured_rules" eval 'cor reload && wait_for 5 eval "cor rules list | grep -q 9000010"'
echo 'feed-c.example' >"$W/conf.txt"
ok "reload_reads_the_feed_again" eval 'cor reload && wait_for 5 cor threat lookup feed-c.example && code 4 cor threat lookup feed-a.example'
rm "$W/conf.txt"
ok "reload_brings_category_rows_into_force" eval 'sed -i "s/group: kiosks/group: \"\"/" "$W/cordon.yaml" && cor reload && wait_for 5 eval "cor -j threat lookup feed-c.example | grep -q effective...observe"'
ok "missing_source_at_reload_leaves_the_last_good_as_stale" eval 'cor reload && wait_for 5 eval "state_of configured | grep -q stale" && cor threat lookup feed-c.example'
echo 'moed: react' >>"$W/cordon.yaml"
ok "reload_of_a_broken_configuration_fails" code 1 cor reload
ok "and_changes_nothing" cor threat lookup feed-c.example
sed -i '/^moed/d' "$W/cordon.yaml"
ok "feed_remove" eval 'cor feed remove mine && code 4 cor threat lookup 198.18.60.1'
ok "configured_feed_cannot_be_removed" code 1 cor feed remove configured
ok "guard_remove" cor guard remove 10.77.0.20

for c in status stats "device list" "quarantine list" "guard list" "threat list" "feed list" "rules list"; do
	read -ra words <<<"$c"
	ok "json_parses: $c" json "${words[@]}"
done
ok "events_shows_recent_ones" eval 'cor events --type cordon | grep -q threats_swapped'
timeout 20 "$CORDON" events --follow --type cordon >"$W/follow" &
follower=$!
ok "events_follow_streams" eval 'wait_for 5 eval "cor -j stats | grep -q \"followers\\\":1\""; cor threat remove evil.example && wait_for 5 grep -q threats_swapped "$W/follow"'
chmod 755 "$W" "$W/run" 2>/dev/null
ok "others_are_kept_out" code 3 as_other status

ok "interface_taken_away_is_noticed" eval 'in_ns gateway ip link del dev0; wait_for 3 eval "cor -j status | grep -q \"enforcing\\\":false\""'
ip link add dev0 netns "$PRE-gateway" type veth peer name eth0 netns "$PRE-device"
ok "interface_that_comes_back_is_attached" wait_for 3 eval 'cor -j status | grep -q "enforcing\":true"'
ok "attach_one_more" eval 'cor attach dev1 --role device && cor status | grep -q "^dev1 "'
ok "renamed_interface_stays" eval 'in_ns gateway ip link set dev1 down; in_ns gateway ip link set dev1 name dev9; in_ns gateway ip link set dev9 up; wait_for 3 eval "cor status | grep -q \"^dev9 .*yes\""'
ok "detach_by_its_new_name" eval 'cor detach dev9 && ! cor status | grep -q "^dev9"'
ok "detach_twice_exit_4" code 4 cor detach dev9
ok "attach_of_missing_interface_exit_1" code 1 cor attach nosuch0 --role device
kill -TERM "$follower" 2>/dev/null
daemon_stop
[ "$tap_failed" = 0 ] || sed 's/^/# log: /' "$W/cordon.log" | tail -30
tap_done

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Lists between two operators without a network: signed bundles out and in, replays and forgeries; directories
# and warning lists as feeds.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "bundles of a running daemon"
daemon_begin bundle

value() { cor -j feed show "$1" | jq -r ".$2"; }
fails() { # TEXT COMMAND...: fails and says so
	local text=$1 said
	shift
	said=$("$@" 2>&1) && return 1
	grep -q -- "$text" <<<"$said" || { echo "$said"; return 1; }
}
export_all() { cor feed export --all "$W/$1" --key "$W/key" --version "$2"; }

daemon_config "interfaces:" "  - name: dev0" "    role: device"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "daemon_starts" daemon_start gateway
printf '198.18.30.1\n198.18.31.0/24\nevil.example\nhttp://bad.example/x\n' >"$W/list"
printf '0.0.0.0 host.example\n' >"$W/hosts"
cor feed add one plain "$W/list" --category c2 --confidence 90 --action quarantine --alert-below 0
cor feed add two hosts "$W/hosts" --action alert

# out
ok "keygen_prints_the_public_half" eval 'cor feed keygen "$W/key" >"$W/key.pub" && grep -qE "^[A-Za-z0-9+/]{43}=$" "$W/key.pub"'
KEY=$(cat "$W/key.pub")
ok "private_key_is_private" [ "$(stat -c %a "$W/key")" = 600 ]
ok "keygen_overwrites_nothing" fails "not overwritten" cor feed keygen "$W/key"
ok "export_needs_a_key" code 2 cor feed export one "$W/b1"
ok "export_of_one_feed" eval 'cor feed export one "$W/one" --key "$W/key" | grep -q "4 entries" && [ "$(wc -l <"$W/one")" = 5 ]'
ok "export_of_no_feed_fails" fails "no feed" cor feed export nosuch "$W/x" --key "$W/key"
ok "failed_export_leaves_no_file" [ ! -e "$W/x" -a ! -e "$W/x.new" ]
ok "export_of_all" eval 'export_all b1 10 && [ "$(head -1 "$W/b1" | jq .entries)" = 5 ]'
ok "export_makes_no_generation" eval 'g=$(cor -j status | jq .threats.generation); export_all b1 10; [ "$(cor -j status | jq .threats.generation)" = "$g" ]'
openssl_agrees() { # the signature is a plain Ed25519 one
	openssl pkey -in "$W/key" -pubout -out "$W/pub.pem" && base64 -d "$W/b1.sig" >"$W/raw.sig" &&
		openssl pkeyutl -verify -pubin -inkey "$W/pub.pem" -rawin -in "$W/b1" -sigfile "$W/raw.sig"
}
ok "openssl_verifies_the_signature" openssl_agrees
cor feed remove one
cor feed remove two
echo 198.18.30.2 >>"$W/list"

# in
ok "import_needs_to_know_who_signs" code 2 cor feed import "$W/b1"
ok "import_of_a_bundle" eval 'cor feed import "$W/b1" --key "$KEY" --action quarantine --alert-below 0 && [ "$(value all accepted) $(value all version)" = "5 10" ]'
ok "its_entries_are_in_force" eval 'cor threat lookup www.evil.example && cor threat lookup 198.18.31.7 && cor threat lookup http://bad.example/x'
ok "category_confidence_action_came_with_it" eval '[ "$(cor -j threat lookup evil.example | jq -r "[.sources[0].category, .confidence, .action] | join(\" \")")" = "c2 90 quarantine" ]'
ok "what_alerted_there_alerts_here" eval '[ "$(cor -j threat lookup host.example | jq -r .action)" = alert ]'
cor feed keygen "$W/other" >"$W/other.pub"
ok "add_of_what_another_signed_is_refused" fails "signature_wrong" cor feed add forged bundle "$W/b1" --key "$(cat "$W/other.pub")"
ok "bundle_without_a_key_is_refused" fails "needs the key" cor feed add nokey bundle "$W/b1"
ok "key_that_is_none_is_refused" fails "not 32 bytes" cor feed add badkey bundle "$W/b1" --key abc

# newer, older, forged
echo new.example >"$W/more"
cor feed add more plain "$W/more"
ok "newer_export" export_all b2 11
cor feed remove more
ok "newer_bundle_is_taken" eval 'cor feed import "$W/b2" && cor threat lookup new.example && [ "$(value all version)" = 11 ]'
ok "older_bundle_is_refused_by_name" fails "older_version: 10, and 11" cor feed import "$W/b1"
ok "force_does_not_overrule_it" fails "older_version" eval 'cp "$W/b1" "$W/bx"; cp "$W/b1.sig" "$W/bx.sig"; mv "$W/b1" "$W/b1.keep"; mv "$W/b1.sig" "$W/b1.sig.keep"; cp "$W/bx" "$W/b1"; cp "$W/bx.sig" "$W/b1.sig"; cor feed update all --force'
ok "the_newer_stays_in_force" cor threat lookup new.example
sed 's/evil.example/good.example/' "$W/b2" >"$W/b3"
cp "$W/b2.sig" "$W/b3.sig"
ok "changed_bundle_is_refused_by_name" fails "signature_wrong" cor feed import "$W/b3"
head -c -40 "$W/b2" >"$W/b3"
ok "cut_bundle_is_refused" fails "signature_wrong" cor feed import "$W/b3"
cp "$W/b2" "$W/b3"
rm "$W/b3.sig"
ok "bundle_without_its_signature_is_refused" fails "signature_missing" cor feed import "$W/b3"
echo AAAA >"$W/b3.sig"
ok "signature_that_is_none_is_refused" fails "signature_malformed" cor feed import "$W/b3"
ok "another_content_of_the_same_version_is_refused" fails "older_version: 11" eval 'cor feed remove all; cor feed import "$W/b2" --key "$KEY"; cor feed add more plain "$W/list"; export_all b4 11; cor feed import "$W/b4"'
ok "rollback_is_how_to_go_back" eval 'cor feed remove more; cor feed remove all; cor feed import "$W/bx" --key "$KEY"; cor feed import "$W/b2" && cor feed rollback all && [ "$(value all version)" = 10 ]'
ok "after_a_rollback_the_older_is_still_older" fails "older_version: 10" cor feed import "$W/bx"
daemon_stop
daemon_start gateway
ok "version_survives_a_restart" fails "older_version: 10" cor feed import "$W/bx"
ok "feed_survives_a_restart" wait_for 5 cor threat lookup evil.example

# a list that somebody signs, in any format; of the configuration
sign() { openssl pkeyutl -sign -inkey "$W/key" -rawin -in "$1" -out "$1.sig"; }
printf 'signed.example\n' >"$W/plain"
sign "$W/plain"
ok "any_format_may_be_signed" eval 'cor feed add plain plain "$W/plain" --key "$KEY" && cor threat lookup signed.example'
printf 'tampered.example\n' >"$W/plain"
ok "changed_list_is_refused" fails "signature_wrong" cor feed update plain
ok "last_good_stays" cor threat lookup signed.example
printf '%s\n' "feeds:" "  - name: conf" "    source: $W/conf" "    key: $KEY" >>"$W/cordon.yaml"
printf 'configured.example\n' >"$W/conf"
sign "$W/conf"
ok "configured_feed_may_be_signed" eval 'cor reload && wait_for 5 cor threat lookup configured.example'
printf 'other.example\n' >"$W/conf"
ok "and_is_refused_when_changed" eval 'cor reload && wait_for 5 eval "cor feed show conf | grep -q signature_wrong" && cor threat lookup configured.example'

# directories and warning lists
mkdir "$W/dir"
printf '198.18.33.1\n' >"$W/dir/a.txt"
printf '{"Event":{"uuid":"1","threat_level_id":"1","Attribute":[{"type":"domain","value":"misp.example","to_ids":true},{"type":"domain","value":"note.example","to_ids":false}]}}' >"$W/dir/b.json"
echo '{"b":{"threat_level_id":"1"}}' >"$W/dir/manifest.json"
echo "about these lists" >"$W/dir/README.md"
ok "directory_is_one_feed" eval 'cor feed add dir auto "$W/dir" && cor threat lookup 198.18.33.1 && cor threat lookup misp.example && code 4 cor threat lookup note.example'
echo later.example >"$W/dir/c.txt"
ok "one_more_file_is_read_at_the_next_update" eval 'cor feed update dir && cor threat lookup later.example'
echo "<html>error</html>" >"$W/dir/c.txt"
ok "one_bad_file_refuses_all_of_it" fails "web page" cor feed update dir
ok "last_good_of_the_directory_stays" cor threat lookup later.example
ok "warning_list_is_taken" eval 'echo "{\"name\":\"w\",\"type\":\"hostname\",\"list\":[\"misp.example\"]}" >"$W/warn" && cor feed add warn warninglist "$W/warn"'
ok "what_it_names_is_no_more_in_force" code 4 cor threat lookup misp.example
ok "and_the_feed_says_so" eval '[ "$(value dir guarded)" = 1 ]'
ok "warning_list_blocks_nothing_itself" fails "" cor threat lookup sub.misp.example
ok "without_it_it_is_in_force_again" eval 'cor feed remove warn && cor threat lookup misp.example'
echo '{"name":"w","type":"hostname","list":["misp.example"],"matching_attributes":["domain"]}' >"$W/warn"
ok "a_feed_does_not_become_a_guard_by_itself" fails "warning list" cor feed add sly auto "$W/warn"

# what is known, and what a first run has
ok "known_feeds_have_a_licence" eval 'cor -j feed known | jq -e ".feeds | length > 20 and all(.licence != \"\")"'
ok "nothing_known_is_in_force" eval '! cor feed list | grep -q "^feodo "'
# through a proxy that is not there: nobody is asked anything here
ok "accept_says_the_licence_and_fetches" eval 'cor feed accept feodo --proxy http://127.0.0.1:1 >"$W/said" 2>&1; grep -q "licence: CC0-1.0; at most every 5m" "$W/said" && grep -q "feodotracker.abuse.ch" "$W/said"'
ok "accept_wants_the_key_its_publisher_wants" code 2 cor feed accept urlhaus-recent
ok "accept_of_what_is_not_known" code 4 cor feed accept nosuch
ok "list_of_a_first_run_can_be_out" code 4 cor threat lookup cordon-test.example
sed -i 's/^first_run: no/first_run: yes/' "$W/cordon.yaml"
ok "list_of_a_first_run_alerts" eval 'cor reload && wait_for 5 cor threat lookup cordon-test.example && [ "$(cor -j threat lookup cordon-test.example | jq -r .action)" = alert ]'
ok "it_is_not_removed_by_hand" fails "no feed" cor feed remove first-run
sed -i 's/^first_run: yes/first_run: no/' "$W/cordon.yaml"
ok "and_goes_when_the_configuration_says_so" eval 'cor reload && wait_for 5 code 4 cor threat lookup cordon-test.example'
daemon_stop
[ "$tap_failed" = 0 ] || sed 's/^/# log: /' "$W/cordon.log" | tail -30
tap_done

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Feeds that are fetched: conditions, keys, pages, and servers that behave badly, over HTTPS from a server of our own.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "feeds that are fetched"
daemon_begin fetch

asked() { grep -c "^/$1 $2" "$W/feeds/requests.log"; }
value() { cor -j feed show "$1" | jq -r ".$2"; }
fails() { # TEXT COMMAND...: fails and says so
	local text=$1 said
	shift
	said=$("$@" 2>&1) && return 1
	grep -q -- "$text" <<<"$said" || { echo "$said"; return 1; }
}
add() { cor feed add "$1" "${3:-auto}" "$U/$2" --ca-file "$W/feeds/cert.pem" "${@:4}"; }

daemon_config "interfaces:" "  - name: dev0" "    role: device"
ok "network_is_up" home_network || { tap_done; exit 1; }
mkdir "$W/feeds"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$W/feeds/key.pem" -out "$W/feeds/cert.pem" 2>/dev/null
echo "Auth-Key: s3cret" >"$W/feeds/auth"
echo t0ken >"$W/feeds/token"
chmod 644 "$W/feeds"/*
seq -f '198.18.90.%g' 1 30 >"$W/feeds/list"
bg gateway python3 tests/net/feed_server.py "$W/feeds" "$W/port"
echo $! >"$W/server"
ok "server_is_up" wait_for 10 test -s "$W/port" || { tap_done; exit 1; }
U=https://127.0.0.1:$(cat "$W/port")
ok "daemon_starts" daemon_start gateway

ok "feed_is_fetched" eval 'add list list plain --refresh 1h && cor threat lookup 198.18.90.7'
ok "nothing_new_is_asked_for_with_the_etag" eval 'cor feed update list && [ "$(asked list 304)" = 1 ] && [ "$(value list generation)" = 1 ]'
seq -f '198.18.90.%g' 2 31 >"$W/feeds/list"
ok "new_content_is_a_new_generation" eval 'cor feed update list && [ "$(value list generation) $(value list added)" = "2 1" ]'
ok "certificate_of_nobody_is_refused" fails "ertificate" cor feed add bad auto "$U/list"
ok "in_the_clear_is_refused" fails "only https" cor feed add bad auto "http://192.0.2.1/list"
ok "failed_add_leaves_no_feed" not eval 'cor feed list | grep -q "^bad "'
ok "key_is_sent" eval 'add key key plain --auth-file "$W/feeds/auth" && cor threat lookup 198.18.83.1'
ok "token_is_sent" eval 'add token token plain --auth-file "$W/feeds/token" && cor threat lookup 198.18.84.1'
ok "without_its_key_it_is_refused" fails "answers 401" add nokey key plain
ok "redirect_on_the_same_host_is_followed" eval 'add here here plain && cor threat lookup 198.18.90.8'
ok "redirect_to_another_host_is_not" fails "another host" add elsewhere elsewhere plain
ok "redirects_end" fails "redirects" add loop loop plain
ok "error_of_the_server_is_told" fails "answers 500" add e500 500 plain
ok "web_page_is_refused_by_name" fails "web page" add page page
ok "cut_transfer_takes_nothing" fails "" add cut cut plain
ok "nothing_of_it_is_in_force" code 4 cor threat lookup 198.18.81.1
ok "taxii_is_read_page_by_page" eval 'add taxii taxii taxii && [ "$(value taxii accepted)" = 3 ] && cor threat lookup 198.18.80.3'
ok "compressed_bomb_is_stopped" fails "too long" add bomb bomb plain
ok "endless_stream_is_stopped" fails "too long" add endless endless plain
ok "the_daemon_is_well" cor threat lookup 198.18.90.7
ok "proxy_is_used" eval 'add proxied list plain --proxy "http://127.0.0.1:$(cat "$W/feeds/proxy.port")" && grep -q "^127.0.0.1:${U##*:}\$" "$W/feeds/proxy.log"'
ok "proxy_that_is_not_there_is_told" fails "" add noproxy list plain --proxy http://127.0.0.1:1

together() {
	local i
	for i in 0 1 2 3 4 5; do add "wait$i" "wait$i" plain >/dev/null 2>&1 & done
	wait
	for i in 1 2 3 4 5 6; do cor threat lookup "198.18.85.$i" >/dev/null || return 1; done
}
ok "several_are_fetched_together" together
ok "but_no_more_than_four" [ "$(sort -n "$W/feeds/waiting.log" | tail -1)" = 4 ]
spread() { # the next fetch of six feeds: within a tenth of their hour, and not at one time
	local i at=()
	for i in 0 1 2 3 4 5; do at+=("$(($(date -d "$(value "wait$i" next_fetch)" +%s) - $(date +%s)))"); done
	for i in "${at[@]}"; do [ "$i" -gt 3200 ] && [ "$i" -lt 3970 ] || { echo "${at[@]}"; return 1; }; done
	[ "$(printf '%s\n' "${at[@]}" | sort -u | wc -l)" -gt 3 ] || { echo "${at[@]}"; return 1; }
}
ok "the_next_fetch_is_spread_about_the_interval" spread

# MISP by its address: the manifest and the events that changed
event() { # UUID NAME TIMESTAMP
	printf '{"Event":{"uuid":"%s","info":"x","threat_level_id":"1","timestamp":"%s","Attribute":[{"type":"domain","value":"%s","to_ids":true}]}}' \
		"$1" "$3" "$2" >"$W/feeds/misp/$1.json"
}
manifest() { # UUID=TIMESTAMP...
	local e sep='{'
	for e; do
		printf '%s"%s":{"info":"x","threat_level_id":"1","timestamp":"%s"}' "$sep" "${e%=*}" "${e#*=}"
		sep=,
	done >"$W/feeds/misp/manifest.json"
	echo '}' >>"$W/feeds/misp/manifest.json"
}
mkdir "$W/feeds/misp"
E1=00000000-0000-4000-8000-000000000001 E2=00000000-0000-4000-8000-000000000002 E3=00000000-0000-4000-8000-000000000003
event $E1 one.example 100
event $E2 two.example 100
manifest $E1=100 $E2=100 ../../etc/passwd=1
ok "misp_feed_by_its_address" eval 'add misp misp/ misp && cor threat lookup one.example && cor threat lookup two.example'
ok "manifest_that_did_not_change_ends_it" eval 'cor feed update misp | grep -q "" && [ "$(asked "misp/$E1.json" 200)" = 1 ]'
event $E2 changed.example 200
event $E3 three.example 200
manifest $E1=100 $E2=200 $E3=200
ok "changed_and_new_events_are_in_force" eval 'cor feed update misp && cor threat lookup changed.example && cor threat lookup three.example && cor threat lookup one.example && code 4 cor threat lookup two.example'
ok "only_those_were_fetched" [ "$(asked "misp/$E1.json" 200) $(asked "misp/$E2.json" 200) $(asked "misp/$E3.json" 200)" = "1 2 1" ]
ok "what_is_no_uuid_is_not_asked_for" not grep -q passwd "$W/feeds/requests.log"
manifest $E1=100 $E2=200 00000000-0000-4000-8000-00000000000f=1
ok "event_that_is_missing_refuses_all" fails "event 00000000-0000-4000-8000-00000000000f: the server answers" cor feed update misp
ok "last_good_events_stay" cor threat lookup three.example

# servers that ask for time
ok "moody_server" add moody moody plain --refresh 2s
waits() { # SECONDS: at least that long until the next fetch, and not much longer
	local left
	[ "$(value moody state)" = stale ] || return 1
	left=$(($(date -d "$(value moody next_fetch)" +%s) - $(date +%s)))
	[ "$left" -ge $(($1 - 60)) ] && [ "$left" -le $(($1 + $1 / 10 + 2)) ] || { echo "$left s"; return 1; }
}
echo 429 7200 >"$W/feeds/mood"
ok "retry_after_in_seconds_is_kept_to" wait_for 10 waits 7200
told=$(value moody next_fetch)
daemon_stop
daemon_start gateway
as_told() { # the same instant as before, to two seconds
	local d
	d=$(($(date -d "$told" +%s) - $(date -d "$(value moody next_fetch)" +%s)))
	[ "$d" -ge -2 ] && [ "$d" -le 2 ]
}
ok "also_by_the_next_daemon" as_told
ok "last_good_is_in_force_meanwhile" cor threat lookup 198.18.90.7
asked429=$(asked moody 429)
echo 503 date 3600 >"$W/feeds/mood"
ok "a_person_may_ask_all_the_same" fails "answers 503" cor feed update moody
ok "the_daemon_did_not" [ "$(asked moody 429)" = "$asked429" ]
ok "retry_after_as_a_date_is_kept_to" wait_for 10 waits 3600
rm "$W/feeds/mood"
ok "and_then_all_is_well" eval 'cor feed update moody && [ "$(value moody state)" = live ]'

# a feed that was good, and then its server is not
sed -i "s,/list,/503," "$W/state/feeds.json" # where the daemon will look for it
daemon_stop
ok "daemon_starts_again" daemon_start gateway
ok "last_good_is_in_force_before_the_server_answers" wait_for 5 cor threat lookup 198.18.90.7
ok "server_that_fails_leaves_the_last_good" eval 'wait_for 10 eval "[ \"\$(value list state)\" = stale ]" && cor threat lookup 198.18.90.7'
ok "the_reason_is_shown" eval 'cor feed show list | grep -q "answers 503"'
not_asked_again() { # BEFORE
	sleep 3
	[ "$(asked 503 503)" = "$1" ]
}
ok "it_is_not_asked_at_once_again" not_asked_again "$(asked 503 503)"

seq -f '198.18.91.%g' 1 30 >"$W/feeds/often"
ok "short_interval" eval 'add often often plain --refresh 1s && cor threat lookup 198.18.91.9'
seq -f '198.18.91.%g' 11 40 >"$W/feeds/often"
ok "feed_is_fetched_by_itself" wait_for 10 cor threat lookup 198.18.91.40
ok "rollback_holds_against_the_server" eval 'cor feed rollback often && sleep 3 && cor threat lookup 198.18.91.1 && code 4 cor threat lookup 198.18.91.40'
seq -f '198.18.91.%g' 12 41 >"$W/feeds/often"
ok "newer_content_is_taken_again" wait_for 10 cor threat lookup 198.18.91.41
ok "slow_server_is_given_up" fails "" timeout 60 "$CORDON" --socket "$W/run/ctl.sock" feed add slow plain "$U/slow" --ca-file "$W/feeds/cert.pem"
kill "$(cat "$W/server")"
tap_done

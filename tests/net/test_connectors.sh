#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Alarms leave the real daemon, with the rights it has: syslog, MQTT, a chat service's webhook, a program, dead letters.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "connectors of the daemon"
daemon_begin conn

echo "0123456789abcdef-secret" >"$W/secret"
echo "letmein" >"$W/password"
chmod 600 "$W/secret" "$W/password"
daemon_config "webhook: {url: 'http://127.0.0.1:8099/', secret_file: $W/secret, format: slack}" \
	"mqtt: {host: 127.0.0.1, port: 1883, topic: plant7, user: cordon, password_file: $W/password}" \
	"syslog: {socket: $W/log.sock}" "command: {run: $W/hook told, user: nobody, timeout: 2s}"

mkdir -m 777 "$W/told"
printf '#!/bin/sh\necho "$1 $(id -un) $(cat)" >>%s/got\n' "$W/told" >"$W/hook"
chmod 755 "$W/hook"

broker() { # with a password file of its own, so that a wrong password would be seen
	mosquitto_passwd -b -c "$W/passwd" cordon letmein && chmod 644 "$W/passwd" || return 1
	printf 'listener 1883 127.0.0.1\nallow_anonymous false\npassword_file %s\n' "$W/passwd" >"$W/broker.conf"
	bg gateway mosquitto -c "$W/broker.conf" >/dev/null 2>&1
	wait_for 5 in_ns gateway nc -z 127.0.0.1 1883
}

ok "network_is_up" home_network || { tap_done; exit 1; }
ok "broker_is_up" broker
bg gateway mosquitto_sub -h 127.0.0.1 -p 1883 -u cordon -P letmein -v -t 'plant7/#' >"$W/mqtt.got"
bg gateway nc -lkuU "$W/log.sock" >"$W/syslog.got"
wait_for 5 test -S "$W/log.sock" && chmod 666 "$W/log.sock"
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason "a test of alarms"
ok "mqtt_has_it_under_its_topic" wait_for 10 grep -q "^plant7/quarantine_begin .*$MAC" "$W/mqtt.got"
ok "syslog_has_it_as_an_error_with_words" wait_for 5 grep -q "<27>.* cordon\[[0-9]*\]: quarantine_begin: device .*$MAC: a test of alarms" "$W/syslog.got"
ok "program_has_it_on_its_standard_input_and_is_not_root" wait_for 10 grep -q "^told nobody {.*quarantine_begin.*$MAC" "$W/told/got"
ok "device_that_was_never_seen_is_told_whole" cor quarantine add 02:00:00:00:99:99
ok "by_its_key" wait_for 10 eval \
	'grep "99:99" "$W/told/got" | sed "s/^told nobody //" | jq -e ".cordon | .enforced_by == \"kernel\" and .mac == \"02:00:00:00:99:99\""'
ok "webhook_is_still_being_tried" eval '[ "$(cor -j stats | jq ".outputs[] | select(.name == \"webhook\") | .queued")" -ge 1 ]'
ok "enforcement_does_not_wait_for_any_of_them" not probe
ok "stop" daemon_stop
ok "what_nobody_took_is_kept" jq -es 'any(.[]; .output == "webhook" and .event.cordon.what == "quarantine_begin")' "$W/state/dead-letters.json"
tap_done

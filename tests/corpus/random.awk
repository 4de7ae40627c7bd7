# SPDX-License-Identifier: BSD-2-Clause
# tests/corpus/random.awk - a script for mkpcap: conversations cut, reordered, repeated, fragmented and tagged at random.
# awk -v seed=1 -v flows=60 -f random.awk
function pick(n) { return int(rand() * n) }
function chance(percent) { return rand() * 100 < percent }
function one(list,   a, n) { n = split(list, a, "|"); return a[pick(n) + 1] }
function how(   s, k) {
	s = ""
	k = pick(8)
	if (k == 0) s = s " seg=" (1 + pick(12))
	else if (k < 4) s = s " seg=" (10 + pick(900))
	else if (k == 4) s = s " cut=" (1 + pick(20)) "," (21 + pick(30)) "," (51 + pick(200))
	if (k < 5 && chance(15)) s = s " order=" one("1,0|2,0,1|0,2,1,3|3,2,1,0")
	if (k < 5 && chance(15)) s = s " dup=" pick(4) (chance(40) ? " zap" : "")
	if (chance(4)) s = s " frag=" (8 * (2 + pick(20)))
	return s
}
function filler() { return chance(50) ? " fill(" one("3|17|100|700|1400|4090|5000|9000") "," one("a|b|x") ")" : "" }
function tcp_data(   s, i, n) {
	s = ""
	n = 1 + pick(3)
	for (i = 0; i < n; i++)
		s = s filler() " \"" one("evil-token|evil-token|second-part|bad-answer|BAD-Answer|nothing|evil-tok|\\x00\\x01\\x02|evil-token and second-part") "\""
	return s filler()
}
function http_data(   body, path, host) {
	path = one("/|/index.html|/evil-path|/%65vil-path|//evil-path|/a/../evil-path|/evilpath")
	host = one("good.example|bad.example|BAD.example|xbad.example")
	body = one("evil-token|nothing-here|evil-token plus more")
	if (chance(30))
		return " \"POST " path " HTTP/1.1\\r\\nHost: " host "\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n4\\r\\nevil\\r\\n6\\r\\n-token\\r\\n0\\r\\n\\r\\n\""
	if (chance(40))
		return " \"POST " path " HTTP/1.1\\r\\nHost: " host "\\r\\nContent-Length: " length(body) "\\r\\n\\r\\n" body "\""
	return " \"GET " path " HTTP/1.1\\r\\nHost: " host "\\r\\nUser-Agent: " one("Wicked|curl") "\\r\\nX-" one("Evil|Good") ": 1\\r\\n\\r\\n\""
}
# "evil-token" and "evil-token and second-part", compressed
function gzip(both) {
	return "\\x1f\\x8b\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x03\\x4b\\x2d\\xcb\\xcc\\xd1\\x2d\\xc9\\xcf\\x4e\\xcd" (both ? \
		"\\x53\\x48\\xcc\\x4b\\x51\\x28\\x4e\\x4d\\xce\\xcf\\x4b\\xd1\\x2d\\x48\\x2c\\x2a\\x01\\x00\\xf5\\x49\\x26\\x26\\x1a\\x00\\x00\\x00" : \
		"\\x03\\x00\\xd2\\xc0\\x68\\xf6\\x0a\\x00\\x00\\x00")
}
function fields() {
	return one("||Server: Wicked\\r\\n|Server:\\r\\n Wicked\\r\\n|server : Wicked\\r\\n|Set-Cookie: id=evil\\r\\n") \
		one("||X-Evil: bad-value, more\\r\\n|X-Evil: bad-value\\r\\nX-Evil: more\\r\\n|X-Evil :bad-value,\\r\\n\\tmore\\r\\n")
}
function answer(   body, both, s) {
	body = one("evil-token|nothing-here|ok|evil-token and second-part")
	s = "HTTP/1.1 " one("200 OK|200 OK|404 Not Found|302 Found") "\\r\\n" fields()
	both = chance(50)
	if (chance(25))
		return " \"" s "Content-Encoding: gzip\\r\\nContent-Length: " (both ? 44 : 30) "\\r\\n\\r\\n" gzip(both) "\""
	if (chance(25))
		return " \"" s "Transfer-Encoding: chunked\\r\\n\\r\\n4\\r\\nevil\\r\\n" one("6\\r\\n-token\\r\\n0|6;x\\r\\n-token\\r\\n3\\r\\nend\\r\\n0|4\\r\\n-tok\\r\\n0") "\\r\\n\\r\\n\""
	if (chance(8))
		return " \"" s "\\r\\nuntil the end " body "\""
	return " \"" s "Content-Length: " length(body) "\\r\\n\\r\\n" body "\""
}
function opts() { return (chance(20) ? " v6" : "") (chance(15) ? " vlan=" (1 + pick(9)) (chance(30) ? " vlan=9" : "") : "") }
function line(s) { queue[i, len[i]++] = s }
# up to eight conversations at a time, a line of one or another
function interleave(   from, to, k) {
	from = 0
	while (from < flows) {
		to = from + 8 < flows ? from + 8 : flows
		k = from + pick(to - from)
		if (at[k] < len[k]) print queue[k, at[k]++]
		while (from < flows && at[from] >= len[from]) from++
	}
}
function tcp(i, kind,   n, k) {
	if (!chance(4)) line("open f" i)
	n = 1 + pick(5)
	if (kind == "mqtt") line("send f" i how() " mqtt(" one("evil-client|good-client") ")")
	if (kind == "tls") line("send f" i how() " hello(" one("evil.example|www.evil.example|notevil.example.org|good.example") ")")
	for (k = 0; k < n; k++) {
		if (kind == "http") line("send f" i how() http_data() (chance(20) ? http_data() : ""))
		else line("send f" i how() tcp_data())
		if (kind == "http" && chance(70)) line("recv f" i how() answer() (chance(10) ? answer() : ""))
		else if (chance(40)) line("recv f" i how() tcp_data())
		if (chance(3)) line("skip f" i)
	}
	if (chance(70)) line("close f" i)
	else if (chance(30)) line("rst f" i)
}
BEGIN {
	srand(seed)
	print "host cam 02:00:00:00:00:01 10.0.0.2 fd00::2"
	print "host box 02:00:00:00:00:02 10.0.0.3 fd00::3"
	print "host srv 02:00:00:00:00:fe 192.0.2.10 2001:db8::10"
	for (i = 0; i < flows; i++) {
		kind = one("raw|raw|raw|http|http|http|tls|mqtt|udp|dns|icmp")
		a = chance(85) ? "cam" : "srv"
		b = a == "srv" ? "cam" : chance(90) ? "srv" : "box"
		port = kind == "http" ? one("80|8080|8001") : kind == "tls" ? one("443|8443") : kind == "mqtt" ? 1883 : 8000 + pick(11)
		if (kind == "udp") port = 9000 + pick(11)
		if (kind == "dns") port = 53
		proto = kind == "udp" || kind == "dns" ? "udp" : kind == "icmp" ? "icmp" : "tcp"
		v = kind == "icmp" ? "" : opts()
		# the tuple of an earlier flow once in a while
		sport = chance(3) && i > 0 ? 20000 + pick(i) : 20000 + i
		line(proto " f" i " " a " " sport " " b " " port v)
		if (proto == "tcp") tcp(i, kind)
		else if (kind == "dns") line("send f" i (chance(10) ? " frag=16" : "") " dns(" one("evil.example|a.EVIL.example|notevil.example.org|good.example") ")")
		else for (n = 1 + pick(3); n > 0; n--) line((chance(70) ? "send f" : "recv f") i (kind == "udp" && chance(20) ? " frag=" 8 * (1 + pick(5)) : "") (kind == "udp" ? tcp_data() : " \"" one("evil-token|ping") "\""))
		if (chance(5)) line("wait " pick(100000))
	}
	interleave()
}

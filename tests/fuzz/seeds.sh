#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/fuzz/seeds.sh TARGET DIR - write a few valid inputs for a target; those of other targets may be found by it too.
set -u
dir=$2
put() { printf "$2" >"$dir/$1"; } # NAME FORMAT
# NAME [c|s FORMAT]...: what client and server say in turn (row_talk()), at most 127 bytes each
talk() {
	local name=$1
	shift
	printf '\x80' >"$dir/$name"
	while [ $# -gt 0 ]; do
		printf "$2" >"$dir/piece"
		printf "\\x$(printf %x $(($(stat -c %s "$dir/piece") - 1 + $([ "$1" = c ] && echo 0 || echo 128))))" >>"$dir/$name"
		cat "$dir/piece" >>"$dir/$name"
		shift 2
	done
}
head='\x00\x05' # direction, size of the pieces
case $1 in
fuzz_http)
	put get "${head}GET /a/../b%%41?x=1 HTTP/1.1\r\nHost: h:80\r\nUser-Agent: u\r\n\r\nGET / HTTP/1.0\n\n"
	put chunked "${head}POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;e\r\nwget\r\n0\r\nT: x\r\n\r\n"
	put length "${head}PUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET http://u@h/ HTTP/1.1\r\nHost:\r\n x\r\n\r\n"
	put gzip "\x01\x05HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x2d\xcb\xcc\xd1\x2d\xc9\xcf\x4e\xcd\x03\x00\xd2\xc0\x68\xf6\x0a\x00\x00\x00"
	put talk '\x80\x0fGET / HTTP/1.0\n\n\x93HTTP/1.1 200 OK\r\n\r\n\x0fPUT / HTTP/1.0\n\n\x88HTTP/1.1 '
	put bombs "\x01\x05HTTP/1.1 200 OK\r\nContent-Encoding: deflate, gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x2d\xcb"
	put wide "${head}GET /%%uff21%%u0041 HTTP/1.1\r\nHost: [::1]:8\r\nHost: b\r\nAuthorization: Basic YTpi\r\n\r\nGET http://[::1]/x HTTP/1.1\r\n\r\n"
	# what is too much for a body: of zeros, of zeros compressed twice; in forms without a container, and with a wrong one
	body() { { put head "\x01\x00HTTP/1.1 200 OK\r\nContent-Encoding: $2\r\n\r\n" && cat "$dir/head" -; } >"$dir/$1"; } # NAME CODING
	head -c 2000000 /dev/zero | gzip -9n | body zeros gzip
	head -c 2000000 /dev/zero | gzip -9n | gzip -9n | body twice 'gzip, gzip'
	head -c 9000 /dev/zero | gzip -9n | tail -c +11 | head -c -8 | body bare deflate
	head -c 9000 /dev/zero | gzip -9n | body wrapped deflate
	printf '\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27' | body zlib deflate
	printf '\x4b\x4c\x4a\x06\x00' | body uncontained gzip
	head -c 9000 /dev/zero | gzip -9n | tr '\000' '\377' | body broken gzip
	printf '\x1f' | body one gzip
	put trailer "\x01\x03HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nServer: x\r\n y\r\n\r\nHTTP/1.1 100 C\r\n\r\n"
	put form "${head}POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 62\r\n\r\n--B\r\nContent-Disposition: form-data; filename=f\r\n\r\nab\r\n--B--\r\n"
	put uri "${head}GET http://h:1/%%u2215%%c0%%af..//.\\\\x?%%41#y\r\nCookie: a\r\ncookie: b\r\n\r\nCONNECT h:1 HTTP/1.1\r\n\r\nGET /0.9\r\n"
	put bestfit "${head}GET /%%u0100%%u2044%%u2213%%u4e00 HTTP/1.1\r\n\r\n"
	put answer "\x01\x05HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 304 x\r\n\r\n"
	;;
fuzz_smtp)
	mail='DATA\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: x; filename=f\r\n\r\nQUJD\r\n--B--\r\n.\r\n'
	put mail "${head}EHLO x\r\n${mail}QUIT\r\n"
	put quoted "${head}DATA\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: x; name=f\r\n\r\na=41=\r\nb\r\n.\r\n"
	put chunks "${head}BDAT 5\r\nA: b\nBDAT 3 LAST\r\n\nxy"
	put tls "${head}STARTTLS\r\n\x16\x03"
	talk mails s '220 x\r\n' c 'EHLO a\r\n' s '250-x\r\n250 y\r\n' c 'MAIL FROM:<a>\r\n' s '250 a\r\n' c 'MAIL FROM:<b>\r\n' s '250 b\r\n' \
		c 'DATA\r\n' s '354 go\r\n' c 'A: b\r\n\r\nc\r\n.\r\n' s '250 kept\r\n' c 'RSET\r\n' s '250 r\r\n' c 'DATA\r\n' s '554 no\r\n'
	talk pipelined s '220 x\r\n' c 'EHLO a\r\n' s '250-PIPELINING\r\n250 y\r\n' c 'RSET\r\nDATA\r\nx\r\n.\r\n' s '250 r\r\n503 no\r\n'
	talk rejected s '220 x\r\n' c 'STARTTLS\r\nEHLO a\r\n' s '454 no\r\n' c 'DATA\r\nDATA\r\n'
	talk taken s '220 x\r\n' c 'STARTTLS\r\n' s '220 go\r\n' c '\x16\x03' s '999 x\r\n'
	;;
fuzz_tls)
	hello='\x01\x00\x00\x39\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x02\x13\x01\x01\x00\x00\x0e\x00\x00\x00\x0a\x00\x08\x00\x00\x05h.com'
	put hello "${head}\x16\x03\x01\x00\x3d$hello"
	put records "${head}\x16\x03\x01\x00\x01\x01\x16\x03\x01\x00\x02\x00\x00"
	for f in tests/data/tls/*.client; do { put head "$head" && cat "$dir/head" "$f"; } >"$dir/${f##*/}"; done
	for f in tests/data/tls/*.server; do { printf '\x01\x05' && cat "$f"; } >"$dir/${f##*/}"; done
	beat='\x18\x03\x03\x00\x14\x01\x00\x01aaaaaaaaaaaaaaaaa' keys='\x14\x03\x03\x00\x01\x01'
	talk beats c "$beat" s "$beat" c "$beat" c "$beat"
	talk overflow c '\x18\x03\x03\x00\x04\x01\xff\xffa'
	talk unpadded c '\x18\x03\x03\x00\x04\x01\x00\x01a'
	talk unknown c '\x18\x03\x03\x00\x04\x03\x00\x01a'
	talk leak c "$keys" s "$keys" c '\x18\x03\x03\x00\x04aaaa' s "$beat"
	;;
fuzz_cert)
	# from the first certificate of a recorded handshake on
	tail -c +86 tests/data/tls/tls12.server >"$dir/recorded"
	;;
fuzz_quic)
	hello='\x01\x00\x00\x39\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x02\x13\x01\x01\x00\x00\x0e\x00\x00\x00\x0a\x00\x08\x00\x00\x05h.com'
	put initial "\x00\x08\x06\x00\x3d$hello"
	put pieces "\x02\x01\x01\x00\x00\x08\x06\x00\x3d$hello\x01\x08\x02\x05\x00\x00\x05"
	put server "\x00\x08\x06\x00\x3d$hello\x00"'\x01\x06\x06\x00\x2c\x02\x00\x00\x28\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x13\x01\x00\x00\x00'
	put far '\x00\x04\x06\x80\x00\x3f\xf8\x18aaaaaaaaaaaaaaaaaaaaaaaa'
	put acks '\x00\x02\x03\x05\x00\x01\x00\x00\x00\x01\x02\x03\x06\x00\x04\x02\x00\x00\x00'
	put retry '\xf0\x00\x00\x00\x01\x00\x00token and tag'
	put google '\xc3Q046aaaaaaaa'
	put cut '\xc0\x00\x00\x00\x01\x02a'
	put token '\xc0\xff\x00\x00\x1d\x01a\x01b\x0ft'
	put id '\xc0\x6b\x33\x43\xcf\x15aaaaaaaaaaaaaaaaaaaaa'
	put length '\xe0\x00\x00\x00\x01\x01a\x01b\x44\x00cc'
	;;
fuzz_request)
	put why '{"cmd":"why","args":["a\\u00e9\\ud83d\\ude00",1.5e3,-2,true,false,null,{"b":[]}]}'
	;;
fuzz_ssh)
	put kexinit "${head}SSH-2.0-x y\r\n\x00\x00\x00\x45\x04\x14cookiecookiecook\x00\x00\x00\x01k\x00\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00pppp"
	put ssh1 "${head}SSH-1.5-OpenSSH_5.3\n"
	;;
fuzz_mqtt)
	put session "${head}\x10\x27\x00\x04MQTT\x04\xc6\x00\x3c\x00\x03cam\x00\x04will\x00\x02up\x00\x05admin\x00\x05admin\x30\x09\x00\x03t/1text\x32\x09\x00\x03t/2\x00\x01ab\x82\x0a\x00\x02\x00\x01a\x00\x00\x01b\x01\xc0\x00\xe0\x00"
	put five "${head}\x10\x13\x00\x04MQTT\x05\x02\x00\x3c\x03\x21\x00\x14\x00\x03cam\xa2\x06\x00\x02\x00\x00\x01a\xe0\x01\x04"
	put answers "\x01\x03\x20\x03\x00\x05\x00\x90\x03\x00\x01\x80\xb0\x04\x00\x02\x00\x11\x40\x03\x00\x01\x10\xd0\x00"
	;;
fuzz_modbus)
	put read "${head}\x00\x01\x00\x00\x00\x06\x05\x01\x00\x64\x00\x10"
	put write "${head}\x00\x03\x00\x00\x00\x0b\x05\x10\x00\x07\x00\x02\x04\x00\x11\x01\x00\x00\x05\x00\x00\x00\x06\x05\x08\x00\x04\x00\x00"
	put both "${head}\x00\x0a\x00\x00\x00\x0f\x01\x17\x00\x03\x00\x06\x00\x0e\x00\x01\x04\x00\xff\x00\x01"
	;;
fuzz_sip)
	put register "${head}REGISTER sip:a@b SIP/2.0\r\nl: 2\r\n\r\nab\r\n\r\nSIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
	put datagram "\x02\x00INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1\r\n\r\n"
	;;
fuzz_ftp)
	put client "${head}USER me\r\nPORT 10,0,0,2,1,2\r\nAUTH TLS\r\n\x16\x03\x01\x00\x01\x01"
	put talk '\x80\x15PORT 10,0,0,2,200,21\r\n\x83200\n\x10EPRT |2|::1|82|\r\n\x83200\n\x05PASV\r\n\x98227 x (10,0,0,1,200,21)\r\n\x05EPSV\r\n\x8f229 (|||6446|)\r\n\x07STOR a\r\n\x86150 x\r\n'
	put server "\x01\x05220-a\r\nb\r\n220 c\r\n227 x (1,2,3,4,5,6)\r\n150 x\r\n226 y\r\n229 (|||6446|)\r\n\x16\x03\x03"
	;;
fuzz_enip)
	rr="${head}\x6f\x00\x24\x00\x01\x00\x00\x00\x00\x00\x00\x00contexts\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\xb2\x00\x14\x00"
	put several "$rr\x0a\x02\x20\x02\x24\x01\x02\x00\x06\x00\x0a\x00\x05\x01\x20\x01\x4c\x01\x91\x00"
	put list "$rr\x03\x02\x20\x6b\x24\x01\x02\x00\x01\x00\x02\x01\x0e\x05\x21\x00\x6b\x01\x25\x00"
	;;
fuzz_rfb)
	put server "${head}RFB 003.008\n\x01\x02"
	secret=0123456789abcdef
	talk vnc s 'RFB 003.008\n' c 'RFB 003.008\n' s '\x02\x01\x02' c '\x02' s "$secret" c "$secret" s '\x00\x00\x00\x00' c '\x01' \
		s "\x05\x00\x03\x20$secret\x00\x00\x00\x04desk"
	talk old s 'RFB 003.003\n' c 'RFB 003.003\n' s "\x00\x00\x00\x02$secret" c "$secret" s '\x00\x00\x00\x01\x00\x00\x00\x02no'
	talk none s 'RFB 003.008\n' c 'RFB 003.008\n' s '\x00\x00\x00\x00\x02no'
	talk chosen s 'RFB 003.003\n' c 'RFB 003.003\n' s '\x00\x00\x00\x05'
	talk strange s 'RFB 003.008\n' c 'RFB 003.008\n' s '\x01\x05' c '\x05' s 'x'
	talk result s 'RFB 003.008\n' c 'RFB 003.008\n' s '\x01\x02' c '\x02' s "$secret" c "$secret" s '\x00\x00\x00\x02'
	talk turn c 'RFB 003.008\n'
	talk broken s 'RFB 003x008\n'
	talk long s 'RFB 003.008\n' c 'RFB 003.008\n' s '\x00\x00\x02\x00\x00'
	;;
fuzz_dhcp)
	{ printf '\x02\x01\x06' && head -c 233 /dev/zero && printf '\x63\x82\x53\x63\x35\x01\x05\x33\x04\x00\x00\x0e\x10\x3a\x04\x00\x00\x07\x08\x3b\x04\x00\x00\x0c\x4e\xff'; } >"$dir/ack"
	;;
fuzz_snmp)
	put get "\x30\x26\x02\x01\x00\x04\x06public\xa0\x19\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00"
	put user "\x30\x2f\x02\x01\x03\x30\x0d\x02\x01\x01\x02\x02\x05\x00\x04\x01\x04\x02\x01\x03\x04\x15\x30\x13\x04\x04eng1\x02\x01\x00\x02\x01\x00\x04\x05admin\x04\x04\x01\x02\x03\x04"
	;;
fuzz_dns)
	q='\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01'
	put query "$q"
	put stream "${head}\x00\x1d$q"
	put pointer '\x12\x34\x81\x80\x00\x02\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01'
	;;
fuzz_detail)
	put coap '\x44\x01\x12\x34tokn\xb7sensors\x04temp\xd1\x0fa\xed\x00\x01\x01abcdefghijklmn\xffpay'
	put ssdp 'NOTIFY * HTTP/1.1\r\nnt: upnp:rootdevice\r\nUSN:uuid:1\r\nServer: x\r\n\r\n'
	put tftp '\x00\x01a.arm7\x00octet\x00'
	put ntp '\x23\x02\x06\xe9\x00\x00\x00\x00\x00\x00\x00\x00GPS\x00aaaaaaaabbbbbbbbccccccccdddddddd'
	put mdns '\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05_ipps\x04_tcp\x05local\x00\x00\x0c\x00\x01'
	put mqtt '\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06cam-01'
	put mqtt5 '\x10\x16\x00\x04MQTT\x05\x02\x00\x3c\x03\x21\x00\x14\x00\x06cam-01'
	put modbus '\x00\x07\x00\x00\x00\x06\x11\x03\x00\x6b\x00\x03'
	put rtsp 'DESCRIBE rtsp://h/1 RTSP/1.0\r\n'
	put telnet '\xff\xfd\x18\xff\xfb\x01'
	put ssh 'SSH-2.0-dropbear x\r\n'
	;;
fuzz_detect)
	put request 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n'
	put sip 'INVITE sip:a@b SIP/2.0\r\n'
	put mail '220 x ESMTP\r\n'
	put helo 'EHLO x\r\n'
	put capa 'CAPA\r\n'
	put connect '\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06cam-01'
	put connack '\x20\x02\x00\x00'
	put rdp '\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00'
	put cookie '\x03\x00\x00\x2a\x25\xe0\x00\x00\x00\x00\x00Cookie: mstshash=a\r\n'
	put http2 'PRI * HTTP/2.0\r\n'
	put rfb 'RFB 003.008\n'
	put dnp3 '\x05\x64\x05\xc9'
	put session '\x65\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00contexts\x00\x00\x00\x00\x01\x00\x00\x00'
	put user 'USER x\r\n'
	put pop3 '+OK x\r\n'
	put imap '* OK x\r\n'
	put rtsp 'OPTIONS rtsp://h/ RTSP/1.0\r\n'
	put subscribe 'SUBSCRIBE sip:a@b SIP/2.0\r\n'
	put hello '\x16\x03\x01\x00\x3d\x01\x00\x00\x39\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x02\x13\x01\x01\x00\x00\x0e\x00\x00\x00\x0a\x00\x08\x00\x00\x05h.com'
	put answer '\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x01\x00\x03\x01b\x00\xc0\x1f\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\x0a\x00\x00\x02'
	put ntp '\x23\x02\x06\xe9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
	put coap '\x44\x01\x12\x34tokn'
	put tftp '\x00\x01a.arm7\x00octet\x00'
	put snmp '\x30\x26\x02\x01\x00\x04\x06public\xa0'
	put ssdp 'M-SEARCH * HTTP/1.1\r\n'
	put dtls '\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x01\x00\x00\x14\x00\x00\x00\x00\x00\x00\x00\x14'
	put dns '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01'
	put quic '\xc3\x00\x00\x00\x01\x08aaaaaaaa\x00\x00\x44\x00bbbbbbbbbbbbbbbbbbbbbbbb'
	{ put magic '\x02\x01\x06\x00' && cat "$dir/magic" && head -c 233 /dev/zero; } >"$dir/dhcp"
	;;
fuzz_identity)
	{ printf '\x00\x01\x01\x06' && head -c 233 /dev/zero && printf '\x63\x82\x53\x63\x35\x01\x03\x0c\x03cam\x3c\x04udhc\x37\x03\x01\x03\x06\x32\x04\x0a\x00\x00\x02\xff'; } >"$dir/dhcp"
	{ printf '\x01\x02\x01\x06' && head -c 233 /dev/zero && printf '\x63\x82\x53\x63\x35\x01\x05\xff'; } >"$dir/ack"
	{ printf '\x03\x01abc\x00\x01\x00\x0a\x00\x03\x00\x01\x02\x00\x00\x00\x00\x01\x00\x27\x00\x05\x00\x03cam\x00\x06\x00\x04\x00\x17\x00\x18'; } >"$dir/dhcp6"
	{ printf '\x04\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00\x03cam\x05local\x00\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x02'; } >"$dir/mdns"
	{ printf '\x05NOTIFY * HTTP/1.1\r\nSERVER: x/1 y\r\nUSN: uuid:1\r\n\r\n'; } >"$dir/ssdp"
	{ printf '\x06\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01\x0a\x00\x00\x02\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x01'; } >"$dir/arp"
	{ printf '\x07\x87\x00\x00\x00\x00\x00\x00\x00\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x01\x01\x02\x00\x00\x00\x00\x01'; } >"$dir/neighbour"
	;;
fuzz_pcap)
	packet='\x01\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00\x04\x00\x00\x00abcd'
	put pcap "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00$packet"
	put cooked "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x71\x00\x00\x00$packet"
	# TYPE, two bytes, then a packet of 24: links that are made frames
	link() { put "link$1$2" "\\xd4\\xc3\\xb2\\xa1\\x02\\x00\\x04\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xff\\xff\\x00\\x00\\x$1\\x$2\\x00\\x00\\x01\\x00\\x00\\x00\\x02\\x00\\x00\\x00\\x18\\x00\\x00\\x00\\x18\\x00\\x00\\x00$3"; }
	link 00 00 '\x00\x00\x00\x02\x45\x00aaaaaaaaaaaaaaaaaa'
	link 6c 00 '\x1e\x00\x00\x00\x60\x00aaaaaaaaaaaaaaaaaa'
	link 09 00 '\xff\x03\x00\x21\x45\x00aaaaaaaaaaaaaaaaaa'
	link 32 00 '\x0f\x00\x08\x00\x45\x00aaaaaaaaaaaaaaaaaa'
	link 33 00 '\x11\x00\x00\x01\x00\x12\x00\x21\x45aaaaaaaaaaaaaaa'
	link 65 00 '\x60aaaaaaaaaaaaaaaaaaaaaaa'
	link e4 00 '\x45aaaaaaaaaaaaaaaaaaaaaaa'
	link e5 00 '\x60aaaaaaaaaaaaaaaaaaaaaaa'
	link 14 01 '\x08\x00aaaaaaaaaaaaaaaaaaaaaa'
	link 01 00 'bbbbbbaaaaaa\x81\x00\x00\x01\x08\x00\x45aaaaa'
	link 69 00 'aaaaaaaaaaaaaaaaaaaaaaaa'
	# times of a power of two and an offset, of 10^-9, of none; a packet too long, of no interface, an obsolete one
	block() { printf '%s' "\x$1\x00\x00\x00\x$2\x00\x00\x00$3\x$2\x00\x00\x00"; } # TYPE LENGTH CONTENT
	section='\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00'
	ether='\x01\x00\x00\x00\x00\x00\x00\x00'
	two=$(block 01 2c "$ether\x09\x00\x01\x00\x8a\x00\x00\x00\x0e\x00\x08\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	ten=$(block 01 1c "$ether\x09\x00\x01\x00\x09\x00\x00\x00")
	first=$(block 06 24 '\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00\x04\x00\x00\x00abcd')
	second=$(block 06 24 '\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00\x04\x00\x00\x00abcd')
	put enhanced "$section$two$ten$first$second$first"
	put nobody "$section$first"
	put tooshort "$section$two$(block 06 10 aaaa)"
	put obsolete "$section$two$(block 02 10 aaaa)"
	put fast "$section$(block 01 1c "$ether\x09\x00\x01\x00\x40\x00\x00\x00")"
	put description "$section$(block 01 10 aaaa)"
	put simple "$section$two$(block 03 0c '')"
	put simple-none "$section$(block 03 10 aaaa)"
	gzip -n <"$dir/pcap" >"$dir/gzip"
	head -c 40 "$dir/gzip" >"$dir/gzip-cut"
	put pcapng '\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00\x01\x00\x00\x00\x14\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00\x03\x00\x00\x00\x14\x00\x00\x00\x04\x00\x00\x00abcd\x14\x00\x00\x00'
	;;
fuzz_capture)
	# the corpus; scripts become captures by a program that other tests build
	mkpcap=$(find build*/tests/corpus/mkpcap 2>/dev/null | head -n 1)
	i=0
	for case in tests/corpus/*/; do
		i=$((i + 37))
		name=$dir/$(basename "$case")
		if [ -f "$case/input.pcap" ]; then
			cp "$case/input.pcap" "$dir/piece"
		elif ! { [ -n "$mkpcap" ] && [ -f "$case/script" ] && "$mkpcap" "$case/script" "$dir/piece"; }; then
			continue
		fi
		{ printf "\\x$(printf %x $((i % 256)))" && cat "$dir/piece"; } >"$name"
	done
	rm -f "$dir/piece"
	;;
fuzz_finding)
	for kind in 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15; do
		put "kind$kind" "\\x$kind\\x08"
	done
	put twice '\x01\x00\x00\x08\x01\x00'
	;;
fuzz_lists)
	put strings '\x00YWJj\nZGVm,7\n\nYQ==,99999\n'
	put symbols '\x00+/+/\n,1\nYWJ\n'
	put padding '\x00YWJjYg==\nY===\n'
	put md5 '\x01d41d8cd98f00b204e9800998ecf8427E\nx\n'
	put sha256 '\x02e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n'
	put ipv4 '\x03198.18.0.1\n198.18.0.2,3\n'
	put ipv6 '\x042001:2::1\n'
	put both '\x05198.18.0.1\n2001:2::1\n::x\n'
	put nested '\xff1,BadHosts,text\n2,Other,a,b\n99,x,y\nz\n\n198.18.0.0/15,1,10\n198.18.0.0/24,1,20\n198.18.0.0/24,1,30\n198.18.0.1,1,40\n198.18.0.2,2,50\n::/0,1,1\n2001:2::/48,1,9\nx,1,1\n198.18.0.1,1,200\n'
	;;
fuzz_stream)
	put order '\x00\x00\x10\x01\x10\x10\x02\x20\x10'
	put holes '\x02\x20\x10\x01\x10\x10\x00\x00\x10\x00\x00\xff'
	;;
fuzz_defrag)
	put order '\x00\x00\x18\x81\x00\x03\x08\x01'
	put overlap '\x01\x00\x18\x81\x01\x02\x18\x81\x01\x05\x04\x01'
	;;
fuzz_split)
	put raw '\x00\x07\x03\xe3\xf2\xe1\xf3\xf4\xe0'
	put http '\x01\x09\x02\xf5\xf6\xf0\xf1'
	put body '\x01\x03\x02\xf0\xf1\xe4'
	;;
fuzz_rule | fuzz_match)
	put joined 'alert tcp any any -> \\\r\n any any (content:"abc"; sid:7;)\n'
	put edits 'enable 1:1\ndisable re:x+\nenable group:a*\ndisable filename:b*\ndrop 7\nmodify 7 "abc" "a\\1$c"\nmodify re:tcp "a(b)" "\\\\1"\nmodify x\nsuppress 7\nsuppress 1:7, track by_src, ip 10.0.0.0/8\nsuppress gen_id 1, sig_id 7\nsuppress gen_id 1, sig_id 7, track by_dst, ip [10.0.0.1,!10.0.0.2]\nthreshold gen_id 1, sig_id 0, type both, track by_src, count 1, seconds 60\nevent_filter gen_id 1, sig_id 7, type x\nrate_filter gen_id 1, sig_id 7, track by_rule, count 1, seconds 2, new_action drop, timeout 9\nthreshold gen_id 1\n#alert tcp any any -> any any (content:"abc"; sid:1;)\n# pass it (on)\nalert tcp any any -> any any (content:"abc"; gid:1; sid:7;)\n'
	put numbers 'disable 1:2:3\nenable re:(\nenable x\ndisable 1:99999999999\nmodify 1 "(" "x"\nmodify 1 "a" x\nsuppress 7, track by_x, ip 1\nsuppress gen_id 1, sig_id 7, track by_src\nthreshold gen_id 1, gen_id 2\nthreshold a b\n'
	put places 'alert tcp [10.0.0.0/255.0.0.0,!10.1.0.0/255.255.0.0,192.0.2.1-192.0.2.9] [1:,!5:9,:80] -> $EXTERNAL_NET ![$HTTP_PORTS,22] (content:"abc"; sid:7;)\nalert tcp 10.0.0.0/255.0.255.0 9:1 -> $NONE [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]] (sid:8;)\nalert tcp [2001:2::/32,!2001:2:1::/48] any <> [10.0.0.1 : (sid:9;)\n'
	i=0
	for what in 'content:"|4|"' 'content:"|41"' 'content:"|4x|"' 'content:"\a"' 'content:""' "content:\"$(printf %0300d 0)\"" \
		'content:"a"; nocase; nocase' 'content:"a"; depth:1; depth:2' 'content:"a"; offset:1; offset:2' 'content:"a"; offset:-x' \
		'content:"a"; content:"abc"; within:1' 'content:"a"; content:"b"; distance:1; distance:2' 'content:"a"; depth:9; startswith' \
		'content:"a"; content:"b"; within:9; endswith' 'content:"a"; content:"b"; distance:1; depth:5' 'content:"a"; distance:x' \
		'content:"a"; within:x' 'content:"a"; depth:x' 'content:"a"; startswith; offset:1' 'content:"a"; rawbytes; fast_pattern; fast_pattern' \
		'flags:S+,U' 'flags:+S' 'flags:S,12,U' 'flags:!' 'fragbits:!' 'fragbits:M+' 'fragbits:X'; do
		i=$((i + 1))
		printf 'alert tcp any any -> any any (%s; sid:%d;)\n' "$what" "$i"
	done | split -l 7 - "$dir/refused-"
	put rfb 'alert rfb any any -> any any (rfb.sectype:>1; rfb.name; content:"abc"; sid:6;)\nalert rfb any any -> any any (rfb.secresult:ok; sid:7;)\nalert rfb any any -> any any (rfb.secresult:fail; sid:8;)\nalert rfb any any -> any any (rfb.secresult:x; sid:9;)\n'
	put comment '#alert tcp any any -> any any (content:"abc"; sid:9;)\nalert tcp any any -> \\\n  any any (content:"abc"; fast_pattern:1,2; sid:8;)\n'
	put content 'alert tcp any any -> any 80 (msg:"x"; flow:established,to_server; content:"abc"; nocase; depth:5; pcre:"/a.c/i"; sid:1;)\n'
	put sticky 'alert http $HOME_NET any -> !$HOME_NET [80,8000:8080] (http.uri; content:"/x"; startswith; sid:2; rev:1;)\n'
	put chain 'alert tcp any any -> any any (content:"ab"; content:"cd"; distance:1; within:9; pcre:"/e+f/R"; sid:4;)\n\nabcab..cdeef'
	put dns 'alert dns any any -> any any (dns.query; dotprefix; content:".evil.example"; endswith; threshold:type limit,track by_src,seconds 60,count 1; sid:3;)\n'
	# eight rules each: a form of every keyword
	grep -v '^#' tests/fuzz/seeds/rules | split -l 8 - "$dir/rules-"
	;;
fuzz_head)
	put get 'GET http://u@[::1]:8/x HTTP/1.1\r\nHost: a\r\n b\r\nUser-Agent: u\r\n\r\n'
	put connect '\r\nCONNECT h:1 HTTP/1.1\nhost:h\n\n'
	put answer 'HTTP/1.1 200 All right\r\nServer: x\r\n\r\n'
	;;
fuzz_page)
	put page '{"more":true,"next":"a/b=","objects":[{"next":"no"}]}'
	put manifest '{"5a3f1c2b-0000-4000-8000-0123456789ab":{"info":"x","timestamp":"17"},"../../../etc/x":{"timestamp":"1"}}'
	;;
fuzz_feed_result)
	put good '\x01'
	put feed '\x01\x00\x00\x00'
	;;
fuzz_decode)
	macs='\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02'
	ends4='\xc6\x12\x00\x01\xc6\x12\x00\x02' ends6='\x20\x01\x00\x02aaaaaaaaaaaa\x20\x01\x00\x02bbbbbbbbbbbb'
	ip4() { printf '%s' "\x45\x00\x00\x$2\x00\x00\x00\x00\x40\x$1\x00\x00$ends4"; } # PROTO LENGTH, two digits each
	ip6() { printf '%s' "\x60\x00\x00\x00\x00\x$2\x$1\x40$ends6"; }
	small="$(ip4 11 1c)\x00\x07\x00\x09\x00\x08\x00\x00"
	put tags "$macs\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03\x08\x00$small"
	put pppoe "$macs\x88\x64\x11\x00\x00\x01\x00\x1e\x00\x21$small"
	put pppoe6 "$macs\x88\x64\x11\x00\x00\x01\x00\x1e\x57$(ip6 3b 00)"
	put mpls "$macs\x88\x47\x00\x01\x00\x40\x00\x01\x01\x40$small"
	put wire "$macs\x88\x47\x00\x01\x01\x40\x00\x00\x00\x00$macs\x08\x00$small"
	put gre "$macs\x08\x00$(ip4 2f 3c)\xb0\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00$small"
	put vxlan "$macs\x08\x00$(ip4 11 4e)\x00\x07\x12\xb5\x00\x3a\x00\x00\x08\x00\x00\x00\x00\x00\x01\x00$macs\x08\x00$small"
	put geneve "$macs\x08\x00$(ip4 11 44)\x00\x07\x17\xc1\x00\x2c\x00\x00\x01\x00\x08\x00\x00\x00\x01\x00opts$small"
	put teredo "$macs\x08\x00$(ip4 11 59)\x00\x07\x0d\xd8\x00\x2d\x00\x00\x00\x01\x00\x00nonce678\x00\x00\x00orig67$(ip6 3b 00)"
	put six "$macs\x86\xdd$(ip6 04 1c)$small"
	put sixes "$macs\x86\xdd$(ip6 29 28)$(ip6 01 00)"
	put four "$macs\x08\x00$(ip4 29 3c)$(ip6 3b 00)"
	put icmp "$macs\x08\x00$(ip4 01 1c)\x03\x01\x00\x00\x00\x00\x00\x00"
	put icmp-type "$macs\x08\x00$(ip4 01 1c)\x01\x01\x00\x00\x00\x00\x00\x00"
	put icmp-code "$macs\x08\x00$(ip4 01 1c)\x0d\x01\x00\x00\x00\x00\x00\x00"
	put quote "$macs\x08\x00$(ip4 01 30)\x0b\x00\x00\x00\x00\x00\x00\x00$(ip6 11 00)"
	put quote6 "$macs\x86\xdd$(ip6 3a 30)\x01\x00\x00\x00\x00\x00\x00\x00$(ip4 11 14)aaaaaaaaaaaaaaaaaaaa"
	put listeners "$macs\x86\xdd$(ip6 3a 08)\x82\x01\x00\x00\x00\x00\x00\x00"
	put renumber "$macs\x86\xdd$(ip6 3a 08)\x8a\xff\x00\x00\x00\x00\x00\x00"
	put unassigned "$macs\x86\xdd$(ip6 3a 08)\x64\x00\x00\x00\x00\x00\x00\x00"
	put wrong4 "$macs\x08\x00$(ip4 3a 14)"
	put wrong6 "$macs\x86\xdd$(ip6 01 08)aaaaaaaa"
	put tcp "$macs\x08\x00$(ip4 06 28)\x00\x07\x00\x09aaaaaaaa\x40\x00\x00\x00\x00\x00\x00\x00"
	put tcp-cut "$macs\x08\x00$(ip4 06 28)\x00\x07\x00\x09aaaaaaaa\xf0\x00\x00\x00\x00\x00\x00\x00"
	put tcp-short "$macs\x08\x00$(ip4 06 16)ab"
	put udp-cut "$macs\x08\x00$(ip4 11 1c)\x00\x07\x00\x09\x00\x09\x00\x00"
	put udp-less "$macs\x08\x00$(ip4 11 1c)\x00\x07\x00\x09\x00\x07\x00\x00"
	put udp-short "$macs\x08\x00$(ip4 11 16)ab"
	put part "$macs\x08\x00\x45\x00\x00\x1c\x00\x00\x3f\xff\x40\x11\x00\x00${ends4}aaaaaaaa"
	put version "$macs\x08\x00\x65\x00\x00\x14\x00\x00\x00\x00\x40\x11\x00\x00$ends4"
	put header "$macs\x08\x00\x44\x00\x00\x14\x00\x00\x00\x00\x40\x11\x00\x00$ends4"
	put length "$macs\x08\x00\x45\x00\x00\x13\x00\x00\x00\x00\x40\x11\x00\x00$ends4"
	put longer "$macs\x08\x00\x45\x00\x00\x15\x00\x00\x00\x00\x40\x11\x00\x00$ends4"
	put half "$macs\x08\x00\x45\x00"
	options() { put "$1" "$macs\x08\x00\x4b\x00\x00\x2c\x00\x00\x00\x00\x40\xfd\x00\x00$ends4$2"; } # NAME 24 BYTES
	options route '\x07\x07\x04aaaa\x07\x07\x04aaaa\x83\x03\x05\x89\x03\x04\x01\x94\x03\x00\x00'
	options times '\x44\x08\x05\x01aaaa\x44\x08\x06\x00aaaa\x19\x08\x00\x00\x00\x00\x00\x00'
	options label '\x86\x10\x00\x00\x00\x01\x01\x04\x00\x00\x07\x04\x00\x00\x03\x02\x88\x04\x00\x00\xff\x02\x01\x09'
	options labels '\x86\x0a\x00\x00\x00\x01\x03\x04\x00\x00\x86\x0a\x00\x00\x00\x01\x01\x04\x01\x00\x01\x01\x07\x19'
	extended() { put "$1" "$macs\x86\xdd$(ip6 "$2" "$3")$4"; } # NAME FIRST LENGTH HEADERS
	extended twice 00 20 '\x00\x00\x05\x02\x00\x00\x01\x00\x3c\x00\x01\x04\x00\x00\x00\x00\x3c\x00\x09\x00\x00\x00\x01\x00\x3b\x00\xc2\x04\x00\x00\x00\x00'
	extended third 3c 1a '\x3c\x00\xc9\x02\x00\x00\x00\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x3b\x00\x00\x00\x00\x00\x00\x00zz'
	extended routing 2b 18 '\x2b\x00\x00\x00\x00\x00\x00\x00\x33\x00\x02\x00\x00\x00\x00\x00\x33\x00\x00\x01aaaa'
	extended auth 33 10 '\x33\x00\x00\x01aaaa\x3b\x00\x00\x00aaaa'
	extended fragment 2c 10 '\x2c\x01\x00\x00aaaa\x3b\x00\x00\x00aaaa'
	extended piece 2c 09 '\x11\x00\x00\x01aaaab'
	extended large 2c 10 '\x11\x00\xff\xf8aaaabbbbbbbb'
	extended inner4 04 08 'aaaaaaaa'
	extended cut 00 04 '\x3b\x04\x00\x00'
	put cut6 "$macs\x86\xdd$(ip6 11 08)"
	put version6 "$macs\x86\xdd\x50\x00\x00\x00\x00\x00\x11\x40$ends6"
	;;
fuzz_conf) cp tests/fuzz/seeds/conf "$dir/all" ;;
fuzz_mmdb)
	put good24 '\x00'
	put good28 '\x01'
	put good32 '\x02'
	;;
fuzz_feed)
	put feed '192.0.2.1 # x\nevil.example\n198.51.100.0/24\n'
	for f in feeds/sample/*; do cp "$f" "$dir/sample-$(basename "$f")"; done
	put ipset 'create x hash:net family inet\nadd x 198.18.0.0/16 timeout 9\nadd x 198.18.1.1\nadd y z\nflush x\n'
	put values '\357\273\277; c\r\n198.18.1.0 - 198.18.2.255\n198.18.9.9-198.18.9.1\n[2001:2::1]:443\n*.w.example\n.d.example\nB\303\274cher.Example.\nco.uk\ncom\n10.0.0.1\n0.0.0.0/0\nd41d8cd98f00b204e9800998ecf8427e\nftp://x.example/\nhttp://u:p@x.example/\n8.8.8.8\ngithub.io\n'
	put urls 'HTTP://Evil.Example:80/%%7Ea/../b?q#f\nhttps://[2001:2::1]:8443/\nhttp://198.18.0.1/\303\244\nhttp://x.example\nhttp://\n'
	put adblock '[Adblock Plus 2.0]\n! c\n||ads.example^\n@@||ok.ads.example^$important\n||x.example^$third-party\n/b/*\ne.example##.ad\n|http://q.example/\n||w.example/p\n127.0.0.1 h.example\n||*.s.example^\n'
	put dnsmasq 'server=/bad.example/\naddress=/e.example/0.0.0.0\naddress=/a.example/b.example/#\nlocal=/l.example/\naddress=/r.example/198.18.1.1\nserver=/g.example/9.9.9.9\nserver=/ok.e.example/#\nipset=/x/y\n'
	put rpz '$TTL 60\n$ORIGIN rpz.example.\n@ SOA a. b. 1 2 3 4 5\n NS a.\nbad CNAME .\n*.bad.example CNAME *.\nok.example CNAME rpz-passthru.\nq.example CNAME rpz-drop.\nt.example CNAME rpz-tcp-only.\nf.example A 198.18.0.1\ng.example CNAME h.example.\n24.0.9.18.198.rpz-ip CNAME .\n64.zz.2.2001.rpz-ip CNAME .\nns.x.rpz-nsdname CNAME .\n32.1.0.18.198.rpz-nsip CNAME .\n32.1.0.18.198.rpz-client-ip CNAME .\nw.example ( CNAME\n . ) ; c\n'
	put csv '# "first_seen_utc","ioc_id","ioc_value","ioc_type","confidence_level"\n"2024-11-10 16:48:05", "1", "198.18.8.8:44", "ip:port", "100"\n"2024-11-10", "2", "http://e.example/a,b", "url", "low"\n"x\n'
	put ranges 'Start,End,Netblock,Attacks,Name\n198.18.0.0\t198.18.0.255\t24\t10\tx\n198.18.1.0\t198.18.0.255\t24\t1\n'
	put iprep '1,BadHosts,Known bad\n198.18.0.1,1,100\n198.18.1.0/24,61,5\n198.18.2.1,1,0\n198.18.3.1,1,200\n'
	put dataset 'YmFkLmV4YW1wbGU=\nZXZpbC5leGFtcGxl,7\n!!!!\nd41d8cd98f00b204e9800998ecf8427e\n'
	put json '{"query_status":"ok","1":[{"ioc_value":"198.18.8.8:4","confidence_level":75,"first_seen_utc":"2024-11-10T16:48:05.5+02:00","tags":null}],"data":["a.example",7,"\\u00e4.example"],"x":{"cidr":"198.18.0.0/16"},"y":[{"asn":1,"domain":"x.example"}]}{"type":"metadata","n":1}'
	put durations '[{"ip":"198.18.0.1","duration":"1w2d3h4m5s6ms7us8ns"},{"ip":"198.18.0.2","duration":"-3h"},{"ip":"198.18.0.3","duration":"4h3m2.5s"},{"ip":"198.18.0.4","duration":"9x"},{"ip":"198.18.0.5","duration":"999999999999w"},{"ip":"198.18.0.6","duration":"h"},{"ip":"198.18.0.7","valid_until":"2021-01-01","confidence":"med"}]'
	put crowdsec '{"new":[{"duration":"4h3m2.5s","scope":"Ip","type":"ban","value":"198.18.5.6","scenario":"x"},{"scope":"Country","type":"ban","value":"XX"},{"scope":"Range","type":"whitelist","value":"198.18.5.0/24"},{"scope":"ip","type":"hm","value":"198.18.5.7","simulated":true}],"deleted":[{"scope":"Ip","value":"198.18.5.5","duration":"-5h"}]}[{"events_count":1,"scenario":"s","decisions":null}]'
	put misp '{"Event":{"uuid":"1","threat_level_id":"1","Attribute":[{"type":"domain|ip","value":"a.example|198.18.0.1","to_ids":true},{"type":"ip-dst|port","value":"198.18.0.2|80","to_ids":true},{"type":"md5","value":"x","to_ids":true},{"type":"domain","value":"n.example","to_ids":false},{"type":"url","value":"http://d.example/","to_ids":true,"deleted":true}],"Object":[{"Attribute":[{"type":"hostname","value":"h.example","to_ids":true}]}]}}'
	put manifest '{"5a":{"info":"x","threat_level_id":"1","timestamp":"1"}}'
	put stix '{"type":"bundle","objects":[{"type":"indicator","pattern":"[ipv4-addr:value = \x27198.18.3.3\x27 OR domain-name:value = \x27e.example\x27] OR [url:value = \x27http://x.example/\x27]","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","confidence":30,"labels":["c2"]},{"type":"indicator","pattern":"[ipv4-addr:value = \x27198.18.3.4\x27 AND network-traffic:dst_port = 80]","valid_until":"2021-01-01T00:00:00Z"},{"type":"indicator","pattern":"[a:b LIKE \x27x\x27]","revoked":true},{"type":"indicator","pattern":"[file:hashes.MD5 = \x27x\x27]"},{"type":"indicator","pattern":"x","pattern_type":"snort"}]}'
	for t in string hostname cidr substring regex size; do
		put "warninglist-$t" '{"name":"w","type":"'$t'","version":1,"matching_attributes":["domain"],"list":["w.example",".s.example","198.18.0.0/24","/(^|\\\\.)r\\\\.example$/","/x.*/"]}'
	done
	put bundle '{"cordon_bundle":1,"name":"p","version":7,"created":"2026-01-01T00:00:00Z","entries":2}\n{"kind":"domain","value":"e.example","subdomains":true,"category":"c2","confidence":90,"action":"drop","mark":"exception","first_seen":"2026-01-01T00:00:00Z"}\n{"value":"198.18.4.0/24","action":"hm","expires":"2027-01-01"}\n'
	put long '[{"ip":"198.18.0.1","url":"'"$(printf 'http:\\/\\/x.example\\/%05000d' 0)"'"},{"ip":"198.18.0.2"'"$(printf ',"k%d":0' {1..70})"'},{"ip":7}]'
	put escapes '["\\u0041.example","\\u00e9.example","\\u20ac.example","\\ud83d\\ude00.example","\\ud83d.example","\\t","\\uzzzz"]'
	put long-url "$(printf 'http://x.example/%02100d\nhttp://x.example:0/\nhttp://x.example/?%02100d\nhttp://0x7f.1/\nhttp://[x]/\nhttp://:8/\nhttp://%0300d.example/\n' 0 0 0)"
	put patterns '{"type":"bundle","objects":[{"type":"indicator","pattern_type":"stix","pattern":"((([domain-name:value = \x27a.example\x27])))"},{"type":"indicator","pattern_type":"stix","pattern":"[domain-name:value = \x27a\\\\\x27.example\x27"},{"type":"indicator","pattern_type":"stix","pattern":"[x:\x27y z\x27.value = \x27a\x27] FOLLOWEDBY [ipv4-addr:value ISSUBSET \x27198.18.0.0/16\x27]"}]}'
	put deep '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{"a":1}]]]'
	;;
esac
printf 'x' >"$dir/x"

# SPDX-License-Identifier: BSD-2-Clause
"""HTTP/1 as servers understand it (RFC 9110, 9112); HTTP/2 with prior knowledge (RFC 9113). The receiver is nginx where nothing
else is said: it tells status, host, decoded path, query and body of what it accepted.
"""
import gzip
import struct
import zlib
from urllib.parse import unquote_to_bytes

from case import NAME, NEEDLE, case, event
from wire import serve
from wire import talk as say

N = NEEDLE


def talk(w, port, *chunks, **more):
    """to servers that answer"""
    say(w, port, *chunks, first=3.0, **more)


HEAD = b"POST /in HTTP/1.1\r\nHost: shop.example\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PATH = b"/evil-needle/of"


def http(number, name, allowed, receiver="nginx", **more):
    return case(number, name, receiver, allowed, rules="http", **more)


def chunk(data, extension=b"", upper=False):
    size = b"%X" % len(data) if upper else b"%x" % len(data)
    return size + extension + b"\r\n" + data + b"\r\n"


LAST = b"0\r\n\r\n"


# --- bodies ---

@http("H01", "a body in chunks", "CATCH")
def h01(w, port):
    talk(w, port, CHUNKED + chunk(b"a=" + N[:9]) + chunk(N[9:]) + LAST)


@http("H02", "chunks of one byte, each a segment", "CATCH")
def h02(w, port):
    talk(w, port, CHUNKED, *[chunk(N[i:i + 1]) for i in range(len(N))], LAST)


@http("H03", "extensions of chunks", "CATCH")
def h03(w, port):
    talk(w, port, CHUNKED + chunk(N[:9], b";name=value") + chunk(N[9:], b' ; q="a;b"') + LAST)


@http("H04", "fields behind the last chunk", "CATCH")
def h04(w, port):
    talk(w, port, CHUNKED + chunk(N[:9]) + chunk(N[9:]) + b"0\r\nX-Sum: 1\r\n\r\n")


@http("H05", "lines that end with LF alone", "CATCH")
def h05(w, port):
    talk(w, port, b"GET /a/%65vil-needle-of-the-suite HTTP/1.1\nHost: shop.example\n\n")


@http("H06", "sizes in capital hex, with zeros in front", "CATCH")
def h06(w, port):
    body = b"x" * 150
    talk(w, port, CHUNKED + b"000" + chunk(body + N[:9], upper=True) + chunk(N[9:] + body, upper=True) + LAST)


def answer(body, *fields):
    return b"HTTP/1.1 200 OK\r\n" + b"".join(f + b"\r\n" for f in fields) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def fetched(number, name, allowed, decode, **more):
    return http(number, name, allowed, "fetch", taken=lambda got: N in decode(got.partition(b"\r\n\r\n")[2]), **more)


LONG = b"some text before the needle. " * 20 + N + b" and some text after it." * 20


@fetched("H07", "gzip", "CATCH", gzip.decompress)
def h07(w, port):
    serve(w, port, answer(gzip.compress(LONG), b"Content-Encoding: gzip"))


@fetched("H07b", "deflate with the frame of zlib, in small segments", "CATCH", zlib.decompress)
def h07b(w, port):
    message = answer(zlib.compress(LONG), b"Content-Encoding: deflate")
    serve(w, port, *[message[i:i + 7] for i in range(0, len(message), 7)])


def raw_deflate(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


@fetched("H07c", "deflate without a frame", "CATCH", lambda body: zlib.decompress(body, -15))
def h07c(w, port):
    serve(w, port, answer(raw_deflate(LONG), b"Content-Encoding: deflate"))


@fetched("H07d", "gzip in chunks", "CATCH", lambda body: N)
def h07d(w, port):
    packed = gzip.compress(LONG)
    serve(w, port, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
          *[chunk(packed[i:i + 11]) for i in range(0, len(packed), 11)], LAST)


@fetched("H08", "gzip within gzip", "CATCH", lambda body: gzip.decompress(gzip.decompress(body)))
def h08(w, port):
    serve(w, port, answer(gzip.compress(gzip.compress(LONG)), b"Content-Encoding: gzip, gzip"))


@fetched("H08b", "20 MB of zeros, packed a thousandfold, before the needle", "CATCH FLAG NORM", gzip.decompress,
         flag=event("anomaly"))
def h08b(w, port):
    serve(w, port, answer(gzip.compress(bytes(20_000_000) + LONG), b"Content-Encoding: gzip"))


# --- where a message ends, and what its head says ---

@http("H09", "both lengths: chunks and a size", "CATCH FLAG IGNORE")
def h09(w, port):
    talk(w, port, HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(N[:9]) + chunk(N[9:]) + LAST)


@http("H09b", "two sizes", "CATCH FLAG IGNORE")
def h09b(w, port):
    talk(w, port, HEAD + b"Content-Length: 2\r\nContent-Length: %d\r\n\r\n" % len(N) + N)


@http("H09c", "a size behind which another request begins", "CATCH")
def h09c(w, port):
    talk(w, port, HEAD + b"Content-Length: 2\r\n\r\nokGET /a/%65vil-needle-of-the-suite HTTP/1.1\r\nHost: shop.example\r\n\r\n")


@http("H10", "a folded header", "CATCH", "python")
def h10(w, port):
    talk(w, port, b"GET / HTTP/1.1\r\nHost: shop.example\r\nX-Test: aaa\r\n " + N + b"\r\n\r\n")


@http("H10b", "a NUL in a header", "CATCH FLAG IGNORE", "python")
def h10b(w, port):
    talk(w, port, b"GET / HTTP/1.1\r\nHost: shop.example\r\nX-Te\0st: a\0" + N + b"\r\n\r\n")


@http("H10c", "no space behind the colon, many before the value's end", "CATCH")
def h10c(w, port):
    talk(w, port, b"GET / HTTP/1.1\r\nHost:shop.example\r\nX-Test:" + N + b"     \r\n\r\n")


# --- the request's target ---

def decoded(got):
    return N in unquote_to_bytes(got)


def get(w, port, target, host=b"shop.example"):
    talk(w, port, b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")


@http("H11", "letters of the path in percent form", "CATCH")
def h11(w, port):
    get(w, port, b"/a/" + b"".join(b"%%%02x" % c for c in N))


@http("H11b", "letters of the query in percent form, upper and lower", "CATCH FLAG", taken=decoded)
def h11b(w, port):
    get(w, port, b"/a?q=e%76il-needl%65-of%2Dthe%2dsuite")


@http("H12", "percent twice: once decoded it is no needle", "IGNORE FLAG")
def h12(w, port):
    get(w, port, b"/a/e%2576il-needle-of-the-suite")


@http("H13", "%u form, which this server does not know", "IGNORE FLAG")
def h13(w, port):
    get(w, port, b"/a/%u0065vil-needle-of-the-suite")


@http("H14", "overlong UTF-8, which this server does not decode", "IGNORE FLAG")
def h14(w, port):
    get(w, port, b"/a/%c1%a5vil-needle-of-the-suite")


def path_taken(got):
    return PATH in got


for _n, (_name, _target) in enumerate((("/./", b"/a/../evil-needle/./of"), ("/x/../", b"/evil-needle/x/../of"), ("//", b"/evil-needle//of"),
                                       ("a slash in percent form", b"/evil-needle%2fof"), ("dots in percent form", b"/evil-needle/x/%2e%2e/of"))):
    @http("H15" + "abcde"[_n], "path with " + _name, "CATCH", taken=path_taken)
    def h15(w, port, target=_target):
        get(w, port, target)


@http("H15f", "backslash: not a separator to this server", "IGNORE FLAG", taken=path_taken)
def h15f(w, port):
    get(w, port, b"/evil-needle\\of")


@http("H15g", "parameters of a path segment", "CATCH", taken=lambda got: b"/evil-needle/of;v=1" in got)
def h15g(w, port):
    get(w, port, b"/evil-needle/of;v=1")


def host_taken(got):
    return NAME.encode() in got.lower()


for _n, (_name, _target, _host) in enumerate((
        ("an absolute URI and another Host", b"http://evil-needle.example/", b"shop.example"),
        ("a port", b"/", b"evil-needle.example:7777"), ("a dot at the end", b"/", b"evil-needle.example."),
        ("a user in the URI", b"http://u@evil-needle.example/", b"shop.example"),
        ("two Hosts", b"/", b"shop.example\r\nHost: evil-needle.example"))):
    @http("H16" + "abcde"[_n], "host: " + _name, "CATCH FLAG IGNORE" if _n > 2 else "CATCH", taken=host_taken)
    def h16(w, port, target=_target, host=_host):
        get(w, port, target, host)


@case("H16f", "a listed Host behind another absolute URI", "python", "CATCH", rules="feed", taken=host_taken)
def h16f(w, port):
    get(w, port, b"http://shop.example/", b"evil-needle.example")


@http("H17", "host in mixed case", "CATCH", taken=host_taken)
def h17(w, port):
    get(w, port, b"/", b"eViL-NEEDLE.exaMPle")


def same_address(got):
    """a server by whatever name would be asked for the listed address"""
    return b"200|" in got or got.startswith(b"GET")


for _n, (_name, _host) in enumerate((("decimal", b"84281096"), ("octal", b"05.06.07.010"), ("hex", b"0x5060708"),
                                     ("IPv4 within IPv6", b"[::ffff:5.6.7.8]"), ("plain", b"5.6.7.8"))):
    @case("H18" + "abcde"[_n], "a listed address as host: " + _name, "python", "CATCH FLAG", rules="feed", taken=same_address,
          flag=event("http", hostname=_host.decode()))
    def h18(w, port, host=_host):
        get(w, port, b"http://" + host + b"/", host)


@http("H19", "CONNECT to a listed name", "CATCH FLAG", "python", taken=host_taken, flag=event("http", http_method="CONNECT"))
def h19(w, port):
    talk(w, port, b"CONNECT evil-needle.example:443 HTTP/1.1\r\nHost: evil-needle.example:443\r\n\r\n", b"hello")


@http("H20", "the last of 200 requests in one train", "CATCH")
def h20(w, port):
    one = b"GET /%d HTTP/1.1\r\nHost: shop.example\r\n\r\n"
    talk(w, port, b"".join(one % i for i in range(199)) + one.replace(b"%d", b"%%65vil-needle-of-the-suite") % ())


@http("H21", "a body only after 100 Continue", "CATCH")
def h21(w, port):
    talk(w, port, HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(N), N[:9], N[9:], pause=0.05)


@http("H21b", "masked frames after an upgrade to WebSocket", "FLAG", "python", taken=lambda got: b"--after--" in got,
      flag=event("http", status=101))
def h21b(w, port):
    masked = bytes(c ^ b"mask"[i % 4] for i, c in enumerate(N))
    talk(w, port, b"GET /chat HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
         b"\x81" + bytes([0x80 | len(N)]) + b"mask" + masked, pause=0.05)


# --- HTTP/2 ---

def h2_frame(kind, flags, stream, data):
    return struct.pack(">I", len(data))[1:] + struct.pack(">BBI", kind, flags, stream) + data


def h2_field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def h2(w, port, cut):
    block = b"\x82\x86" + h2_field(b":path", b"/" + N) + h2_field(b":authority", NAME.encode())
    say(w, port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2_frame(4, 0, 0, b""), h2_frame(1, 1, 1, block[:cut]),
         h2_frame(9, 4, 1, block[cut:]))


for _n, (_name, _cut) in enumerate((("headers of one frame", 40), ("headers over CONTINUATION", 12))):
    @case("H3%d" % _n, "HTTP/2 with prior knowledge, " + _name, "tcp", "FLAG", rules="unread", taken=lambda got: b"PRI" in got)
    def h30(w, port, cut=_cut):
        h2(w, port, cut)

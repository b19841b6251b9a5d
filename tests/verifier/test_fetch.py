"""Which addresses are asked at all, and that certificates are checked: a real TLS server, a real resolver."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier.site import Site, answer, serving
from verifier.fetch import FetchFailed, Limits, _allowed, fetch, get, require_address

ROOT = Path(__file__).parents[2]
HASTY = Limits(total=2, silence=2)


def asked(uri: str) -> bytes | None:
    return get(uri, "*/*", 1_000, time.monotonic, limits=HASTY).data


@pytest.mark.parametrize(
    "uri",
    [
        "", "x", "/status/1", "//127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://", "https:///x",
        "http://[::1", "https://h:port/", "https://h:0/", "https://h:99999/", "https://user@127.0.0.1/",
        "https://:pass@127.0.0.1/", "https://例.example/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_not_asked(uri: str) -> None:
    with pytest.raises(FetchFailed, match="not an http address"):
        asked(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://elicense.example/", "http://10.0.0.1/", "http://192.168.1.1/", "http://0.0.0.0/", "http://127.1/",
        "http://2130706433/", "http://[fe80::1]/", "http://localhost.example/", "http://127.0.0.1.example/",
    ],
)  # fmt: skip
def test_plain_http_is_for_this_machine_only_and_no_name_is_resolved_for_it(uri: str) -> None:
    with pytest.raises(FetchFailed, match="http is allowed to this machine only"):
        asked(uri)


@pytest.mark.parametrize("uri", ["http://localhost:8080/x", "http://127.0.0.1/", "http://[::1]:80/", "https://h/x?y"])
def test_good_addresses_are_good(uri: str) -> None:
    assert require_address(uri).hostname


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "[fc00::1]", "[fe80::1]", "[::]", "[ff02::1]",
        "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "[64:ff9b::10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]",
        "[2002:a00:1::1]", "[2001:db8::1]", "127.1", "2130706433", "0x7f000001", "017700000001", "10.1",
    ],
)  # fmt: skip
def test_a_name_that_means_a_private_address_is_refused_after_it_was_resolved(host: str) -> None:
    """The resolver itself turns the last ones into addresses of this machine and of a private net: as a name might."""
    with pytest.raises(FetchFailed, match=r"private address|no answer"):
        asked(f"https://{host}:1/")


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_dialled_however_they_are_written(text: str) -> None:
    """The last one is how 8.8.8.8 looks to a phone that has IPv6 alone."""
    assert _allowed(ipaddress.ip_address(text), here=False)


def test_the_refusal_comes_before_the_connection(elsewhere: Site) -> None:
    port = elsewhere.url.rpartition(":")[2]
    for host in ("127.1", "2130706433", "[::ffff:127.0.0.1]"):
        with pytest.raises(FetchFailed, match="private address"):
            asked(f"https://{host}:{port}/")
    assert elsewhere.asked == []


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    with serving() as made:
        yield made


@given(st.ip_addresses())
def test_only_public_addresses_are_ever_dialled(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Read with the tables of Python, written with our own rule: what is private there is refused here."""
    assert _allowed(address, here=True) == address.is_loopback
    if address in ipaddress.ip_network("64:ff9b::/96"):  # how an IPv4 address looks where there is only IPv6
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    address = getattr(address, "ipv4_mapped", None) or address
    kinds = ("private", "loopback", "link_local", "multicast", "unspecified", "reserved")
    if any(getattr(address, f"is_{kind}") for kind in kinds):
        assert not _allowed(address, here=False)


def test_sizes_are_exact(elsewhere: Site) -> None:
    elsewhere.behaviours["/"] = answer(b"x" * 1_000)
    elsewhere.behaviours["/more"] = answer(b"x" * 1_001)
    assert fetch(elsewhere.url, "*/*", 1_000, time.monotonic) == b"x" * 1_000
    with pytest.raises(FetchFailed, match="larger than allowed"):
        fetch(f"{elsewhere.url}/more", "*/*", 1_000, time.monotonic)


@pytest.mark.parametrize("more", ["", "Connection: close\r\n", "Connection: keep-alive\r\n"])
def test_a_server_may_close_the_connection_or_keep_it(elsewhere: Site, more: str) -> None:
    """Waitress says that it will close; the answer is read all the same."""
    elsewhere.behaviours["/"] = answer(b"x" * 300_000, more=more)
    assert fetch(elsewhere.url, "*/*", 300_000, time.monotonic) == b"x" * 300_000


def test_nobody_there_is_an_answer_too() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    with pytest.raises(FetchFailed, match="no answer: ConnectionRefusedError"):
        asked(f"http://127.0.0.1:{port}/")


def test_tags_that_are_not_fit_to_be_kept_are_not(elsewhere: Site) -> None:
    for tag, kept in (('"a"', True), ('W/"a"', True), ('"' + "a" * 200 + '"', False), ('"\xff"', False)):
        data = f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag: {tag}\r\n\r\nx".encode("latin-1")
        elsewhere.behaviours["/"] = lambda _asked, send, data=data: send(data)  # type: ignore[misc]
        found = get(elsewhere.url, "*/*", 9, time.monotonic)
        assert (found.tag == tag) is kept


# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost that nobody but the test trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = dt.datetime.fromtimestamp(time.time() - 3_600, dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(scope="module")
def secure(certificate: Path) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(lambda raw: context.wrap_socket(raw, server_side=True)) as made:
        made.put("/x", b"over TLS")
        made.url = made.url.replace("http://127.0.0.1", "https://localhost")
        yield made


def test_a_certificate_of_nobody_we_know_is_refused(secure: Site) -> None:
    with pytest.raises(FetchFailed, match="SSLCertVerificationError"):
        asked(f"{secure.url}/x")
    assert secure.asked == []


@pytest.mark.parametrize(("host", "said"), [("localhost", "over TLS"), ("127.0.0.1", "SSLCertVerificationError")])
def test_a_certificate_counts_for_its_name(secure: Site, certificate: Path, host: str, said: str) -> None:
    """The system's store, named by the environment as OpenSSL has it, decides; in a process of its own."""
    uri = f"{secure.url}/x".replace("localhost", host)
    code = (
        "import sys, time; from verifier.fetch import FetchFailed, fetch\n"
        "try: print(fetch(sys.argv[1], '*/*', 99, time.monotonic).decode())\n"
        "except FetchFailed as fault: print(fault)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, uri], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "SSL_CERT_FILE": str(certificate)},
    )  # fmt: skip
    assert said in done.stdout


def test_the_time_of_the_whole_bounds_each_wait(elsewhere: Site) -> None:
    """Somebody who is silent for long at the end gains nothing by it."""
    elsewhere.behaviours["/"] = lambda _asked, _send: time.sleep(3)
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="slower than allowed"):
        get(elsewhere.url, "*/*", 9, time.monotonic, limits=Limits(total=0.3, silence=9))
    assert time.monotonic() - began < 2


def test_a_handshake_that_does_not_go_on_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        began = time.monotonic()
        with pytest.raises(FetchFailed, match="slower than allowed"):
            get(
                f"https://127.0.0.1:{held.getsockname()[1]}/", "*/*", 9, time.monotonic,
                limits=Limits(total=0.3, silence=0.2),
            )  # fmt: skip
        assert time.monotonic() - began < 2

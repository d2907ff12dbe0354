"""An authority that stamps time, on 127.0.0.1: certomancer's, with keys made for the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from asn1crypto import keys, tsp, x509
from certomancer.services import TimeStamper
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Spoil = Callable[[bytes], bytes]


def _named(text: str) -> certificates.Name:
    return certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey) -> bytes:
    is_root, now = name == issuer, datetime.now(UTC)
    made = (
        certificates.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(certificates.BasicConstraints(ca=is_root, path_length=None), critical=True)
    )
    if not is_root:
        usage = certificates.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(usage, critical=True)
    return made.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


class Authority:
    """Root, stamping key and the file that hospitals trust; `spoil` changes what it answers."""

    def __init__(self, folder: Path) -> None:
        root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        top = _certificate("Root of the tests", root, "Root of the tests", root)
        leaf = _certificate("Stamps of the tests", own, "Root of the tests", root)
        folder.mkdir(exist_ok=True)
        self.roots = folder / "roots.pem"
        self.roots.write_bytes(certificates.load_der_x509_certificate(top).public_bytes(Encoding.PEM))
        held = own.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self.stamper = TimeStamper(
            x509.Certificate.load(leaf), keys.PrivateKeyInfo.load(held), certs_to_embed=[x509.Certificate.load(top)]
        )
        self.asked: list[bytes] = []
        self.spoil: Spoil = lambda answer: answer

    def answer(self, body: bytes) -> bytes:
        """The stamp of what is asked."""
        self.asked.append(body)
        return self.spoil(bytes(self.stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()))


@contextmanager
def answering(authority: Authority) -> Iterator[str]:
    """The authority at an address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

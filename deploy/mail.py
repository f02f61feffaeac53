#!/usr/bin/python3
"""Mail for deploy/demo, without a mail server: a message through a milter, and the verification of a signature.

mail.py sign HOST PORT DOMAIN TEXT   as a mail server does: hands a message from somebody@DOMAIN to the milter there and
                                     prints it with the header fields that the milter added
mail.py verify HOST PORT FILE        as a receiver does, with dkimpy, but asking only the name server there: prints the
                                     selector; exit status 1 when the signature does not verify, and why
"""
import email.utils
import socket
import struct
import sys

CONTINUE, ACCEPT, INSERT_HEADER, ADD_HEADER, PROGRESS = b"c", b"a", b"i", b"h", b"p"
EVERY_ACTION = 0x1FF  # all that a milter may ask to change
NO_SHORTCUTS = 0  # it is told everything, and answers everything
TIMEOUT_SECONDS = 10


class Milter:
    """The side of a mail server in the milter protocol, version 6."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), TIMEOUT_SECONDS)

    def send(self, command, data=b""):
        self.socket.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def receive(self):
        (length,) = struct.unpack("!I", self.exactly(4))
        packet = self.exactly(length)
        return packet[:1], packet[1:]

    def exactly(self, length):
        octets = b""
        while len(octets) < length:
            some = self.socket.recv(length - len(octets))
            if not some:
                raise ConnectionError("the milter closed the connection")
            octets += some
        return octets

    def say(self, command, data=b""):
        self.send(command, data)
        answer, _ = self.receive()
        if answer not in (CONTINUE, ACCEPT):
            raise ValueError(f"the milter answered {answer!r} to {command!r}")

    def added_by(self, sender, recipient, headers, body):
        """The header fields that the milter puts before the message."""
        self.send(b"O", struct.pack("!III", 6, EVERY_ACTION, NO_SHORTCUTS))
        self.receive()
        self.say(b"C", b"localhost\0" + b"4" + struct.pack("!H", 25) + b"127.0.0.1\0")
        self.say(b"H", b"localhost\0")
        self.say(b"M", f"<{sender}>\0".encode())
        self.say(b"R", f"<{recipient}>\0".encode())
        for name, value in headers:
            self.say(b"L", f"{name}\0{value}\0".encode())
        self.say(b"N")
        self.say(b"B", body.encode())
        self.send(b"E")
        return self.until_the_verdict()

    def until_the_verdict(self):
        added = []
        while True:
            answer, data = self.receive()
            if answer in (CONTINUE, ACCEPT):
                self.send(b"Q")
                return added
            if answer == INSERT_HEADER:
                data = data[4:]  # where it shall stand
            if answer in (INSERT_HEADER, ADD_HEADER):
                name, value, _ = data.split(b"\0")
                added.append((name.decode(), value.decode().replace("\n", "\r\n")))
            elif answer != PROGRESS:
                raise ValueError(f"the milter refused the message: {answer + data!r}")


def sign(host, port, domain, text):
    sender, recipient = f"somebody@{domain}", "anybody@example.net"
    headers = [
        ("From", sender),
        ("To", recipient),
        ("Date", email.utils.formatdate()),
        ("Message-ID", email.utils.make_msgid(domain=domain)),
        ("Subject", "the life of a key"),
    ]
    body = text + "\r\n"
    added = Milter(host, int(port)).added_by(sender, recipient, headers, body)
    lines = [f"{name}: {value.lstrip()}\r\n" for name, value in added + headers]
    sys.stdout.buffer.write("".join([*lines, "\r\n", body]).encode())
    return 0


def asking(host, port):
    """dkimpy's question for a key record, put to one name server and nobody else."""
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = [host], int(port), 5.0

    def txt(name, timeout=5):
        try:
            answer = resolver.resolve(name.decode().rstrip(".") + ".", "TXT", tcp=True, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        return b"".join(answer[0].strings)

    return txt


def verify(host, port, file):
    import dkim
    import dns.exception

    with open(file, "rb") as stream:
        verifier = dkim.DKIM(stream.read())
    try:
        verified, why = verifier.verify(dnsfunc=asking(host, port)), "the signature does not match"
    except (dkim.DKIMException, dns.exception.DNSException) as e:
        verified, why = False, str(e)
    selector = verifier.signature_fields.get(b"s", b"(no selector)").decode()
    print(selector if verified else f"{selector}: {why}")
    return 0 if verified else 1


def main(arguments):
    if len(arguments) == 5 and arguments[0] == "sign":
        return sign(*arguments[1:])
    if len(arguments) == 4 and arguments[0] == "verify":
        return verify(*arguments[1:])
    sys.stderr.write(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

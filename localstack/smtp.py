"""An SMTP server for local runs: aiosmtpd (RFC 5321, 4954, 3207), which keeps each mail that it takes as a file.

Whoever sends signs in first. Like the mailbox simulators of mail services it answers by the local part of a receiver: `busy` is
told to come again (451), `nobody` is refused (550), every other address has a mailbox.
"""

import argparse
import itertools
import os
import signal
import ssl
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

ANSWERS = {"busy": "451 4.3.2 the mailbox is busy", "nobody": "550 5.1.1 there is no such mailbox"}


class Mailboxes:
    """Writes mails to a folder, each whole or not at all."""

    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count()

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = ANSWERS.get(address.split("@")[0].split("+")[0].lower())
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = os.path.join(self.folder, f"{time.time_ns() // 1_000_000}-{next(self.numbers)}.eml")
        receivers = "".join(f"X-Envelope-To: {receiver}\r\n" for receiver in envelope.rcpt_tos)
        with open(name + ".part", "wb") as file:
            file.write(receivers.encode() + envelope.content)
        os.replace(name + ".part", name)
        return "250 OK"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--security", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--certificate", help="PEM of the certificate, with its private key")
    return parser.parse_args()


def main():
    options = arguments()
    login = (os.environ["ATTUNE_SMTP_USERNAME"].encode(), os.environ["ATTUNE_SMTP_PASSWORD"].encode())

    def authenticate(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == login
        return AuthResult(success=good, handled=False)

    tls = None
    if options.security != "none":
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options.certificate)
    starttls = tls if options.security == "starttls" else None
    os.makedirs(options.folder, exist_ok=True)
    controller = Controller(
        Mailboxes(options.folder),
        hostname=options.host,
        port=options.port,
        ssl_context=tls if options.security == "implicit" else None,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=authenticate,
        auth_required=True,
        # the server does not see TLS that was there from the first byte
        auth_require_tls=starttls is not None,
    )
    controller.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


if __name__ == "__main__":
    main()

"""A mail server that keeps what it takes, and misbehaves when it is told to.

It prints the port it listens on, and ends with whoever started it. In its folder, `mode` says how it
answers a recipient, `tried` has a line for each, and what was taken is in `NUMBER.eml`, with what was
known of the connection in the first lines.
"""

import asyncio
import itertools
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

folder, tls = sys.argv[1], sys.argv[2]
numbers = itertools.count()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        with open(os.path.join(folder, "mode")) as file:
            mode = file.read().strip()
        with open(os.path.join(folder, "tried"), "a") as file:
            file.write(address + "\n")
        if mode == "refuse" or (mode == "refuse one" and address.startswith("acme")):
            return "550 5.1.1 nobody here has this address"
        if mode == "defer":
            return "451 4.7.1 come again later"
        if mode == "hang":
            await asyncio.sleep(3600)
        if mode == "close":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        login = session.auth_data.login.decode() if session.auth_data else ""
        known = f"X-Tls: {session.ssl is not None}\r\nX-Login: {login}\r\n"
        known += f"X-From: {envelope.mail_from}\r\nX-To: {' '.join(envelope.rcpt_tos)}\r\n"
        path = os.path.join(folder, f"{next(numbers):06}")
        with open(path, "wb") as file:
            file.write(known.encode() + envelope.original_content)
        os.rename(path, path + ".eml")
        with open(os.path.join(folder, "mode")) as file:
            if file.read().strip() == "take and be silent":
                await asyncio.sleep(3600)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login == b"ada@mail.example" and data.password == b"hunter2"
    if not known:
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=data)


def session():
    if tls == "plain":
        return SMTP(Handler())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
    return SMTP(
        Handler(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )


async def main():
    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
asyncio.run(main())

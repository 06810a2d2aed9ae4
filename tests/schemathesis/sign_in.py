"""Signs in with the file that `finrust demo` wrote and prints the session cookie.

usage: sign_in.py <address> <file>

An officer can do nothing before a second factor is enrolled, so that is done first (RFC 6238).
"""

import base64
import hmac
import json
import struct
import sys
import time
import urllib.request

STEP_SECONDS = 30
# As the Functions host passes requests on: without it, none is a visitor's.
PROXIED = {"X-Forwarded-Proto": "https"}


class Browser:
    """Keeps the session cookie, over plain http on loopback too."""

    def __init__(self, address):
        self.address = address
        self.session = None

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.address + path, method=method, headers=PROXIED)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        if self.session:
            request.add_header("cookie", f"__Host-finrust={self.session}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            self.keep(answer.headers.get_all("set-cookie") or [])
            return json.load(answer)

    def keep(self, cookies):
        for cookie in cookies:
            name, _, value = cookie.split(";")[0].partition("=")
            if name == "__Host-finrust":
                self.session = value


def totp(secret, moment):
    """The six digits of a moment."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(moment) // STEP_SECONDS), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def sign_in(address, known):
    browser = Browser(address)
    step = browser.call("POST", "/api/login", {"username": known["username"], "password": known["password"]})
    if step["next"] != "done":
        sys.exit(f"signing in stops at {step['next']}")
    session = browser.call("GET", "/api/session")
    if session["role"] == "officer" and not session["two_factor"]:
        secret = browser.call("POST", "/api/two-factor", {"password": known["password"]})["secret"]
        browser.call("POST", "/api/two-factor/confirm", {"code": totp(secret, time.time())})
    return browser.session


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        print(sign_in(sys.argv[1], json.load(file)))

"""Signs requests in as the actor whose session is in FINRUST_SESSION; without it, everyone is a stranger."""

import os

import schemathesis

SESSION = os.environ.get("FINRUST_SESSION")

if SESSION:

    @schemathesis.auth(refresh_interval=None)
    class Session:
        """One session for a whole run: a wrong password in a test must not lead to a new sign-in."""

        def get(self, case, context):
            return SESSION

        def set(self, case, data, context):
            case.cookies = {**(case.cookies or {}), "__Host-finrust": data}

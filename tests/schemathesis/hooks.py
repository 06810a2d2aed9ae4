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


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """An account that is made up is another one, whose every request is refused before anything else is looked at: left out, so that
    what lies behind it is tested (tests/api/account_header.rs has the header)."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "parameters" in operation:
                operation["parameters"] = [it for it in operation["parameters"] if it.get("name") != "FinRust-Account"]

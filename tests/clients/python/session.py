"""A session of an adviser and of an officer with the client that openapi-generator makes for Python: see use.mjs."""

import json
import os
import pathlib
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone

import finrust_client
import pydantic
from finrust_client import (
    AffectedBody,
    ClientFile,
    CodeBody,
    CursorBody,
    EnrolBody,
    Facts,
    LetterBody,
    LoginBody,
    OfficerStep,
    RequestBody,
    RequestStep,
    SearchBody,
    SecondFactorBody,
    RestrictionBody,
    Suspicion,
)
from pydantic_core import to_jsonable_python

ADDRESS = os.environ["FINRUST_ADDRESS"]
AUTHENTICATOR = os.environ["FINRUST_AUTHENTICATOR"]
DEMO = pathlib.Path(os.environ["FINRUST_DEMO"])


class Browser(finrust_client.ApiClient):
    """Keeps cookies: the client has no jar and its answers hold one of several, and Python's own jar sends no `Secure` cookie over http."""

    cookies = {}
    answered = False

    def call_api(self, *arguments, **more):
        answer = super().call_api(*arguments, **more)
        self.answered = True
        for cookie in answer.headers.getlist("set-cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies = self.cookies | {name: value}
        self.set_default_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        return answer


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, role):
        self.known = json.loads((DEMO / f"{role}.json").read_text(encoding="utf-8"))
        self.client = Browser(finrust_client.Configuration(host=ADDRESS))
        self.apis = [api(self.client) for name, api in vars(finrust_client).items() if name.endswith("Api")]

    def call(self, operation, *arguments, **more):
        """Calls an operation; gives what the client made of the answer, and its entity tag. Goes on after an answer that it cannot read."""
        self.client.answered = False
        method = next(getattr(api, operation + "_with_http_info") for api in self.apis if hasattr(api, operation))
        try:
            answer = method(*arguments, **more)
        except ValueError as error:
            if not self.client.answered:
                raise
            print(json.dumps({"operation": operation, "error": f"{type(error).__name__}: {error}"}))
            return None, None
        print(json.dumps({"operation": operation, "answer": as_read(answer.data)}))
        return answer.data, answer.headers.get("etag")

    def sign_in(self):
        """Signs in, adds a second factor, and signs in again with both."""
        credentials = LoginBody.from_dict(self.known)
        self.call("post_login", credentials)
        enrolment, _ = self.call("post_two_factor", EnrolBody(password=self.known["password"]))
        self.call("post_two_factor_confirm", CodeBody(code=code(enrolment.secret)))
        self.call("post_logout")
        step, _ = self.call("post_login", credentials)
        assert step.next == "two_factor", step
        step, _ = self.call("post_login_two_factor", SecondFactorBody.from_dict({"code": code(enrolment.secret)}))
        assert step.next == "done", step
        session, _ = self.call("get_session")
        assert session.two_factor, session


def as_read(value):
    """What the client made of an answer, as JSON. Its own `to_dict` is for requests: it leaves out what only the service writes."""
    if hasattr(value, "actual_instance"):
        return as_read(value.actual_instance)
    if isinstance(value, pydantic.BaseModel):
        fields = type(value).model_fields
        members = {field.alias or name: as_read(getattr(value, name)) for name, field in fields.items() if name != "additional_properties"}
        return members | getattr(value, "additional_properties", {})
    if isinstance(value, list):
        return [as_read(entry) for entry in value]
    return to_jsonable_python(value)


def code(secret):
    with urllib.request.urlopen(f"{AUTHENTICATOR}/{secret}", timeout=10) as answer:
        return answer.read().decode()


def moment(ago=timedelta()):
    return (datetime.now(timezone.utc) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_all(adviser):
    """Reads every file, page by page."""
    cursor, count = None, 0
    while True:
        page, _ = adviser.call("post_clients_search", SearchBody(limit=10, cursor=cursor))
        for item in page.items:
            adviser.call("get_clients_id", item.id)
            count += 1
        cursor = page.next
        if cursor is None:
            return count


def make_and_change(adviser):
    """Creates a file with something in every part, and changes it."""
    file = json.loads(pathlib.Path(os.environ["FINRUST_CLIENT"]).read_text(encoding="utf-8"))
    made, tag = adviser.call("post_clients", ClientFile.from_dict(file), idempotency_key=str(uuid.uuid4()))
    read, tag = adviser.call("get_clients_id", made.id)
    assert read.person.last_name == "Dijk" and read.assets[0].value_cents == 4_500_000_000
    changed = ClientFile.from_dict(file)
    changed.notes = "Moved to Rotterdam"
    changed.address.city = "Rotterdam"
    changed, _ = adviser.call("put_clients_id", made.id, tag, changed)
    assert changed.address.city == "Rotterdam" and changed.overview.net_worth_cents == 1_700_000_000
    found, _ = adviser.call("post_clients_search", SearchBody.from_dict({"text": "rotterdam", "sort": "updated_at"}))
    assert found.items[0].id == made.id
    return made.id


def rights(adviser, client):
    adviser.call("post_clients_id_rights", client, RestrictionBody.from_dict({"step": "restrict", "reason": "Accuracy is disputed"}))
    adviser.call("post_clients_id_rights", client, RestrictionBody.from_dict({"step": "release", "reason": "Checked"}))
    standing, _ = adviser.call("get_clients_id_rights", client)
    assert not standing.restricted and len(standing.notes) == 2
    adviser.call("post_clients_id_report", client)
    adviser.call("get_clients_id_trail", client)


def request(adviser, client):
    """A request of a data subject, from receipt to answer."""
    received = {"received_on": moment()[:10], "kind": "access", "name": "Anna Dijk", "client": client}
    made, tag = adviser.call("post_requests", RequestBody.from_dict(received))
    _, tag = adviser.call("post_requests_id_steps", made.id, tag, RequestStep.from_dict({"step": "identify", "how": "Passport"}))
    answer = RequestStep.from_dict({"step": "answer", "decision": "granted"})
    _, tag = adviser.call("post_requests_id_steps", made.id, tag, answer)
    read, _ = adviser.call("get_requests_id", made.id)
    assert read.state == "answered" and len(read.steps) == 3
    adviser.call("get_requests")


def breach(officer, reported):
    """From suspicion to letter."""
    officer.call("get_accounts")
    officer.call("get_breaches")
    _, tag = officer.call("get_breaches_id", reported)
    aware = OfficerStep.from_dict({"step": "became_aware", "at": moment()})
    _, tag = officer.call("post_breaches_id_steps", reported, aware)
    facts = {"organisation": {"name": "FinRust B.V."}, "timeline": {"started_at": moment(timedelta(hours=1))}}
    officer.call("put_breaches_id", reported, tag, Facts.from_dict(facts))
    window = AffectedBody.from_dict({"from": moment(timedelta(hours=1)), "until": moment()})
    while True:
        search, _ = officer.call("post_breaches_id_affected", reported, window)
        if search.finished:
            break
        window = AffectedBody.from_dict({"cursor": search.cursor})
    officer.call("post_breaches_id_evidence", reported, CursorBody(cursor=search.cursor))
    assessed = OfficerStep.from_dict({"step": "assessed", "risk": "risk", "reasons": "Names and balances were read."})
    officer.call("post_breaches_id_steps", reported, assessed)
    drafts, _ = officer.call("get_breaches_id_letters", reported)
    for draft in drafts.items:
        officer.call("post_breaches_id_letters", reported, LetterBody(account=draft.account))
    officer.call("get_breaches_id", reported)


def main():
    adviser, officer = Person("adviser"), Person("officer")
    adviser.sign_in()
    adviser.call("get_account")
    assert read_all(adviser) == 25
    client = make_and_change(adviser)
    rights(adviser, client)
    request(adviser, client)
    suspicion = Suspicion.from_dict({"what": "An e-mail went to the wrong person.", "noticed_at": moment()})
    reported, _ = adviser.call("post_breaches", suspicion)
    officer.sign_in()
    breach(officer, reported.id)
    adviser.call("get_breach_letters")
    adviser.call("post_logout")


main()

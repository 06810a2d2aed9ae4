"""Does the calls of story.mjs with the pydantic models that datamodel-code-generator makes.

usage: session.py path/to/openapi.json
"""

import json
import os
import sys
import urllib.error
import urllib.request

import models
from pydantic import BaseModel, RootModel


class Operation:
    """How an operation is called, and the models of its body and of its answer."""

    def __init__(self, method, path, described):
        self.method, self.path = method.upper(), path
        self.body = model_of(described.get("requestBody", {}))
        success = next(answer for status, answer in described["responses"].items() if status.startswith("2"))
        self.answer = model_of(success)


def model_of(described):
    schema = described.get("content", {}).get("application/json", {}).get("schema", {})
    return getattr(models, schema["$ref"].split("/")[-1]) if "$ref" in schema else None


def operations(document):
    return {
        described["operationId"]: Operation(method, path, described)
        for path, item in document["paths"].items()
        for method, described in item.items()
    }


class Person:
    """Somebody with a browser of their own."""

    def __init__(self):
        self.cookies = {}

    def call(self, operation, call):
        address = os.environ["FINRUST_ADDRESS"] + operation.path.replace("{id}", call.get("id", ""))
        request = urllib.request.Request(address, method=operation.method)
        if operation.body is not None:
            # As a user would build it: read by the model, and written by it.
            request.data = written(operation.body.model_validate(call["body"])).encode()
            request.add_header("content-type", "application/json")
        if "etag" in call:
            request.add_header("if-match", call["etag"])
        request.add_header("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        with urllib.request.urlopen(request, timeout=20) as answer:
            for cookie in answer.headers.get_all("set-cookie") or []:
                name, _, value = cookie.split(";")[0].partition("=")
                self.cookies[name] = value
            text = answer.read()
            read = written(operation.answer.model_validate_json(text)) if text else "null"
            return {"answer": json.loads(read), "etag": answer.headers["etag"]}


def written(model: BaseModel | RootModel):
    return model.model_dump_json(by_alias=True, exclude_none=True)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        known = operations(json.load(file))
    people = {}
    for line in sys.stdin:
        call = json.loads(line)
        person = people.setdefault(call["person"], Person())
        try:
            said = person.call(known[call["operation"]], call)
        except urllib.error.HTTPError as error:
            said = {"error": f"{error.code}: {error.read().decode()}"}
        except ValueError as error:
            said = {"error": str(error)}
        print(json.dumps({"operation": call["operation"], **said}), flush=True)


main()

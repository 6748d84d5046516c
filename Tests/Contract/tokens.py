"""The tokens of `make contract`: an operator's, and a new one for each request that ends its session."""
import json
import os
import urllib.request
import uuid

import schemathesis

BACKEND = os.environ["CONTRACT_BACKEND"]
PERSON = {"email": os.environ["CONTRACT_EMAIL"], "password": os.environ["CONTRACT_PASSWORD"]}
ENDS_ITS_SESSION = "DELETE /v1/sessions/current"


def post(path, body):
    """The document of the answer."""
    request = urllib.request.Request(
        f"{BACKEND}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def sign_in(person=PERSON):
    """The token of a new session, and the user's id."""
    session = post("/v1/sessions", person)
    return session["token"], session["user"]["id"]


def member():
    """The token of a new member, whom a request may change."""
    person = {**PERSON, "email": f"contract-{uuid.uuid4()}@example.org"}
    post("/v1/users", person)
    return sign_in(person)[0]


TOKEN, OPERATOR = sign_in()
# A request to it as the operator could end the operator's own rights.
CHANGES_ITS_USER = ("PATCH /v1/users/me", "DELETE /v1/users/me")

MEMBER = member()
NO_USER = 2**40


@schemathesis.auth(refresh_interval=None)
class Token:
    def get(self, case, context):
        if case.operation.label in CHANGES_ITS_USER:
            return MEMBER
        # Wrong passwords in other requests slow the operator's sign-ins down.
        return member() if case.operation.label == ENDS_ITS_SESSION else TOKEN

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps the operator: the list of users names it too, and the checker follows what it finds.

    A number that the checker found in an answer, and sends as a header field, becomes the text that it is there.
    """
    for name, value in list(case.headers.items()):
        if isinstance(value, int):
            case.headers[name] = str(value)
    if "/v1/users/{id}" in case.operation.label and str(case.path_parameters.get("id")) == str(OPERATOR):
        case.path_parameters["id"] = NO_USER

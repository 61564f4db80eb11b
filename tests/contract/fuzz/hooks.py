"""Schemathesis' hooks: who sends a request, and which things of the tenant it speaks of.

Most requests get a credential that the operation takes; one in eight goes out as it was generated. At the end a line of JSON says what
each operation answered, so that a run whose credentials never worked is seen.
"""

import atexit
import collections
import json
import os
import random
import secrets
import threading

import people
import schemathesis

# what an answer says of a credential that was good
DEAD = {"unauthenticated", "key_expired", "key_revoked", "token_expired", "session_ended", "device_revoked", "user_suspended"}

dice = random.Random(os.environ.get("ATTUNE_SEED"))
tenant = people.Tenant()
things = tenant.made()
stranger = people.Device()
answers = collections.Counter()
lock = threading.Lock()


def credential(operation):
    """One that the operation takes; none where it takes none."""
    takes = [name for way in operation.definition.raw.get("security", []) for name in way]
    match dice.choice(takes) if takes and dice.random() > 0.125 else None:
        case "operatorKey":
            return people.Bearer(people.OPERATOR)
        case "apiKey":
            return people.Bearer(tenant.key)
        case "dpop":
            return tenant.owner.auth()
        case "dpopProof":
            return people.Proven(stranger)
        case _:
            return None


def known(parameters):
    """Half of the names of things stand for things that are there."""
    for name in parameters or {}:
        if things.get(name) and dice.random() < 0.5:
            parameters[name] = things[name]
    return parameters


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return known(path_parameters)


@schemathesis.hook
def map_query(context, query):
    return known(query)


@schemathesis.hook
def map_body(context, body):
    return known(body) if isinstance(body, dict) else body


@schemathesis.hook
def before_call(context, case, kwargs):
    # a key that was used for another body is refused before anything else is looked at
    if case.headers and "Idempotency-Key" in case.headers and dice.random() < 0.9:
        case.headers["Idempotency-Key"] = secrets.token_hex(16)
    auth = credential(case.operation)
    if auth is not None:
        kwargs["auth"] = auth


@schemathesis.hook
def after_call(context, case, response):
    with lock:
        answers[f"{case.operation.label} {response.status_code}"] += 1
    if response.status_code in (401, 403) and response.json().get("code") in DEAD:
        tenant.lost(response.request.headers.get("Authorization"))


@atexit.register
def report():
    with open(os.environ["ATTUNE_ANSWERS"], "w", encoding="utf-8") as out:
        json.dump(answers, out)

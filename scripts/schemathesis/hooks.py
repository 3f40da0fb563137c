"""Hooks of Schemathesis: who sends a request, and things that exist in place of some of the generated ones.

Everything is decided from the generated request itself, so that the same request is sent the same way when it is tried again.
"""

import atexit
import collections
import functools
import json
import os
import pathlib
import sys
import zlib

import schemathesis
from schemathesis.checks import CHECKS, load_all_checks

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from api import Api, Refused  # noqa: E402

FACTS = json.loads(pathlib.Path(os.environ["MILLRACE_SCHEMATHESIS_FACTS"]).read_text())
COUNTS = pathlib.Path(os.environ["MILLRACE_SCHEMATHESIS_COUNTS"])
ROLE = os.environ["MILLRACE_SCHEMATHESIS_ROLE"]
API = Api(FACTS["base"])
OPEN = {
    f"{method.upper()} {path}"
    for path, item in API.get("/api/openapi.json")["paths"].items()
    for method, operation in item.items()
    if {} in operation.get("security", [])
}

# Whose session an operation may end, lock out or move; everything else is asked by `main`.
PARTS = {
    "POST /api/v1/auth/logout": "leaver",
    "POST /api/v1/auth/logout-everywhere": "leaver",
    "DELETE /api/v1/auth/sessions/{id}": "leaver",
    "POST /api/v1/auth/create-workspace": "wanderer",
    "POST /api/v1/workspaces": "wanderer",
    "POST /api/v1/auth/switch-workspace": "wanderer",
    "POST /api/v1/users/me/recovery-codes": "prover",
}

tokens = {}
stale = set()
counts = {"requests": 0, "sign_ins": 0, "sign_ins_refused": 0, "checks": collections.defaultdict(lambda: [0, 0]), "statuses": collections.Counter(), "reached": collections.Counter(), "sent": collections.Counter()}


def label_of(case):
    return f"{case.operation.method.upper()} {case.operation.path}"


def part_of(label):
    return PARTS.get(label, "prover" if "second-factors" in label else "main")


def token_of(part):
    """An access token of this person: another one when the last has ended. Who cannot sign in any more goes on with the old one."""
    if part not in tokens or part in stale:
        stale.discard(part)
        try:
            tokens[part] = API.sign_in(FACTS["people"][ROLE][part], None if part == "wanderer" else FACTS["tenant"])
            counts["sign_ins"] += 1
        except Refused as error:
            counts["sign_ins_refused"] += 1
            print(f"sign-in of {ROLE} {part} was refused: {error}", file=sys.stderr)
    return tokens.get(part, "")


def credential(label):
    if label.startswith(("GET /api/admin/", "PUT /api/admin/", "POST /api/admin/")):
        return FACTS["operator"]
    if "/api/v1/public/" in label:
        return FACTS["key"]
    return token_of(part_of(label))


# Members that make a generated body one which the operation takes, by operation. `n` tells requests apart.
BODIES = {
    "POST /api/v1/auth/signup": lambda n: {"email": f"new-{n}@example.com", "password": f"umbrella {n} granite falcon"},
    "POST /api/v1/auth/login": lambda n: {"email": FACTS["people"][ROLE]["leaver"]["email"], "password": FACTS["people"][ROLE]["leaver"]["password"]},
    "POST /api/v1/auth/resend-verification": lambda n: {"email": f"nobody-{n}@example.com"},
    "POST /api/v1/auth/forgot-password": lambda n: {"email": f"nobody-{n}@example.com"},
    "POST /api/v1/auth/device": lambda n: {"client_name": f"device {n}"},
    "POST /api/v1/auth/create-workspace": lambda n: {"workspace_name": "Another", "workspace_slug": f"another-{n}"},
    "POST /api/v1/workspaces": lambda n: {"workspace_name": "Another", "workspace_slug": f"further-{n}"},
    "POST /api/v1/auth/switch-workspace": lambda n: {"tenant_id": FACTS["tenant"]},
    "POST /api/v1/users/me/second-factors": lambda n: {"password": FACTS["people"][ROLE]["prover"]["password"], "name": "phone"},
    "PATCH /api/v1/users/me": lambda n: {"name": f"Person {n}"},
    "PATCH /api/v1/workspace": lambda n: {"workspace_name": f"Target {n}", "currency": "EUR", "timezone": "Europe/Berlin", "auth_mode": "mixed", "workspace_slug": "target"},
    "PATCH /api/v1/workspace/users/{user_id}": lambda n: {"role": ["member", "viewer", "billing"][n % 3]},
    "POST /api/v1/workspace/users/invite": lambda n: {"email": f"friend-{n}@example.com", "role": "viewer"},
    "POST /api/v1/workspace/sso/domains": lambda n: {"domain": f"d{n}.example.org", "default_role": "viewer"},
    "POST /api/v1/api-keys": lambda n: {"name": f"key {n}", "permissions": ["runs"], "expires_at": None},
    "PUT /api/admin/staff": lambda n: {"email": FACTS["people"]["viewer"]["main"]["email"], "roles": [], "tenants": None},
    "POST /api/v1/admin/tenants/{tenant_id}/support-access": lambda n: {"reason": f"Looking into ticket {n}.", "hours": 1},
    "POST /api/developer/workflows": lambda n: {"files": {"workflow.ts": FACTS["source"].replace("Target", f"Target {n % 5}")}, "entry": None},
    "POST /api/installations": lambda n: {"workflow": "target", "version": None, "config": {}, "connections": {}, "webhook_secrets": {}, "timezone": None},
    "PATCH /api/installations/{id}": lambda n: {"version": None, "config": {"note": f"note {n}"}, "connections": {}, "webhook_secrets": {}, "timezone": "Europe/Berlin"},
    "POST /api/connections": lambda n: {"service": "slack", "fields": {"access_token": f"xoxb-{n}"}},
    "POST /api/runs/{id}/resume": lambda n: {"version": None, "from": None},
    "POST /api/runs/resume": lambda n: {"installation": None, "workflow": None, "version": None, "failed_after": None, "failed_before": None, "cursor": None},
    "POST /api/events": lambda n: {"name": ["go", "stop"][n % 2]},
    "POST /api/approvals/{id}/decide": lambda n: {"decision": "approve"},
    "PUT /api/admin/tenants/{tenant_id}/quotas": lambda n: {"concurrent_runs": 1 + n % 50},
}


def change_path(case, label, n):
    """Three of four path parameters name something that is there."""
    known = FACTS["known"].get(label, {})
    for name, values in known.items():
        if case.path_parameters and name in case.path_parameters and values and n % 4:
            case.path_parameters[name] = values[n % len(values)]
    if label == "DELETE /api/v1/auth/sessions/{id}" and n % 4 and case.path_parameters:
        listed = API.ask("GET", "/api/v1/auth/sessions", token=token_of("leaver"))[1]
        ids = [one["id"] for one in listed.get("data", [])] if isinstance(listed, dict) else []
        if ids:
            case.path_parameters["id"] = ids[n % len(ids)]


@schemathesis.hook
def before_call(context, case, kwargs):
    label = label_of(case)
    counts["requests"] += 1
    counts["sent"][label] += 1
    n = zlib.crc32(repr((label, case.path_parameters, case.query, case.body)).encode(errors="replace"))
    if case.method.upper() == case.operation.method.upper():
        change_path(case, label, n)
        if label in BODIES and isinstance(case.body, dict) and n % 3 == 0:
            case.body = {**case.body, **BODIES[label](n // 3)}
        # Live logs of a run that goes on have no end.
        if label == "GET /api/runs/{id}/logs" and case.query and (case.path_parameters or {}).get("id") not in FACTS["known"][label]["id"]:
            case.query = {name: value for name, value in case.query.items() if name != "follow"}
    # One of sixteen goes as it was generated: without a credential, or with one that is none.
    if label not in OPEN and n % 16:
        case.headers["Authorization"] = f"Bearer {credential(label)}"


@schemathesis.hook
def after_call(context, case, response):
    label = label_of(case)
    counts["statuses"][str(response.status_code)] += 1
    if response.status_code < 400 and case.method.upper() == case.operation.method.upper():
        counts["reached"][label] += 1
        if part_of(label) == "leaver":
            stale.add("leaver")
    if response.status_code == 401:
        try:
            code = json.loads(response.content).get("code")
        except (ValueError, AttributeError):
            code = None
        sent = (case.headers or {}).get("Authorization", "")
        for part, token in tokens.items():
            # Said to sessions that have ended; other refusals have codes of their own.
            if code == "UNAUTHORIZED" and sent == f"Bearer {token}":
                stale.add(part)


def counted(check):
    """The same check, and how often it was held against an answer and broke."""

    @functools.wraps(check)
    def look(context, response, case):
        tally = counts["checks"][check.__name__]
        try:
            skipped = check(context, response, case)
        except BaseException:
            tally[1] += 1
            raise
        tally[0] += not skipped
        return skipped

    return look


load_all_checks()
for check in CHECKS.get_all():
    if not isinstance(check, type):
        CHECKS.register(counted(check))


@atexit.register
def write():
    COUNTS.write_text(json.dumps(counts))

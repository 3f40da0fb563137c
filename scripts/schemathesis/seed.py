"""A workspace with everything that the routes need, made over the API as its users would make it."""

import pathlib
import re
import secrets
import time

from api import Api, Refused

SOURCE = (pathlib.Path(__file__).parent / "target.ts").read_text()

# How many things there are for operations that use one up.
POOL = 12

# Each role has several people, so that what ends one's session, moves it to another workspace or locks its password leaves the
# others be: `main` asks everything else.
PARTS = ["main", "leaver", "prover", "wanderer"]


class Seed:
    """Makes the workspace; `facts` is what the hooks need to know of it."""

    def __init__(self, base, operator):
        self.api = Api(base)
        self.operator = operator
        self.known = {}
        self.people = {}

    def facts(self):
        owner = self.people_of("owner", first=True)
        self.people_of("viewer")
        main = self.people["owner"]["main"]
        installation = self.workflows(owner)
        self.runs(owner, installation)
        self.things(owner)
        self.members(owner)
        self.staff(owner, main)
        return {"base": self.api.base, "operator": self.operator, "tenant": self.tenant, "elsewhere": self.elsewhere, "key": self.key, "people": self.people, "known": self.known, "source": SOURCE}

    def know(self, operations, name, values):
        """Values that these operations find something by, for a parameter of their path."""
        for operation in operations:
            self.known.setdefault(operation, {})[name] = list(values)

    # People

    def people_of(self, role, first=False):
        """The people of a role; the first owner makes the workspace and invites the others. Answers the owner's token."""
        mine = self.people[role] = {}
        for part in PARTS:
            person = {"email": f"{role}-{part}@example.com", "password": secrets.token_urlsafe(18)}
            if first and part == "main":
                token = self.api.post("/api/v1/auth/signup", person)["access_token"]
                made = self.api.post("/api/v1/auth/create-workspace", {"workspace_name": "Target", "workspace_slug": "target"}, token)
                self.tenant, self.owner = made["tenant_id"], made["access_token"]
                wanted = self.api.post("/api/v1/auth/signup", {"email": "elsewhere@example.com", "password": secrets.token_urlsafe(18)})["access_token"]
                self.elsewhere = self.api.post("/api/v1/auth/create-workspace", {"workspace_name": "Elsewhere", "workspace_slug": "elsewhere"}, wanted)["tenant_id"]
            else:
                self.join(person, role)
            mine[part] = person
        return self.owner

    def join(self, person, role):
        """Invites somebody new and accepts as them. Nobody is invited as an owner, so one is made so afterwards."""
        invited = self.api.post("/api/v1/workspace/users/invite", {"email": person["email"], "role": "admin" if role == "owner" else role}, self.owner)
        link = self.link(person["email"])
        user = self.api.post("/api/v1/auth/accept-invitation", {"token": link, "password": person["password"]})["user"]["id"]
        if role == "owner":
            self.api.must("PATCH", f"/api/v1/workspace/users/{user}", {"role": "owner"}, self.owner)
        return user, invited["invitation_id"]

    def link(self, email):
        """The token of the newest mail to this address."""
        for _ in range(100):
            mails = self.api.get(f"/api/v1/mails?to={email}", self.owner)["data"]
            found = re.search(r"token=([A-Za-z0-9_.~-]+)", mails[0]["text"]) if mails else None
            if found:
                return found.group(1)
            time.sleep(0.1)
        raise Refused(f"no mail with a link for {email}")

    def members(self, owner):
        users = []
        for n in range(POOL):
            user, _ = self.join({"email": f"member-{n}@example.com", "password": secrets.token_urlsafe(18)}, "member")
            users.append(user)
        self.know(["PATCH /api/v1/workspace/users/{user_id}"], "user_id", users[: POOL // 2])
        self.know(["DELETE /api/v1/workspace/users/{user_id}"], "user_id", users[POOL // 2 :])
        waiting = [self.api.post("/api/v1/workspace/users/invite", {"email": f"guest-{n}@example.com", "role": "viewer"}, owner)["invitation_id"] for n in range(POOL)]
        self.know(["POST /api/v1/workspace/invitations/{id}/resend"], "id", waiting[: POOL // 2])
        self.know(["DELETE /api/v1/workspace/invitations/{id}"], "id", waiting[POOL // 2 :])
        mails = [mail["id"] for mail in self.api.get("/api/v1/mails", owner)["data"]]
        self.know(["GET /api/v1/mails/{mail_id}"], "mail_id", mails[:5])

    def staff(self, owner, main):
        """The owner's main person also works for the operator: the routes of staff are theirs."""
        user = self.api.get("/api/v1/users/me", owner)["id"]
        self.api.must("PUT", "/api/admin/staff", {"email": main["email"], "roles": ["admin"]}, self.operator)
        made = [self.api.post(f"/api/v1/admin/tenants/{self.tenant}/support-access", {"reason": "Looking into a ticket."}, owner)["id"] for _ in range(POOL)]
        self.know(["DELETE /api/v1/admin/support-access/{id}"], "id", made[: POOL // 2])
        self.know(["DELETE /api/v1/support-access/{id}"], "id", made[POOL // 2 :])
        self.know(["POST /api/v1/admin/tenants/{tenant_id}/support-access"], "tenant_id", [self.tenant, self.elsewhere])
        # Quotas are decided for the other workspace: none would let a run start here.
        self.know(["PUT /api/admin/tenants/{tenant_id}/quotas"], "tenant_id", [self.elsewhere])
        self.know(["GET /api/admin/tenants/{tenant_id}/quotas"], "tenant_id", [self.tenant, self.elsewhere])
        return user

    # Work

    def workflows(self, owner):
        deployed = self.api.post("/api/developer/workflows", {"files": {"workflow.ts": SOURCE}}, owner)
        self.workflow = deployed["workflow_id"]
        self.know(["GET /api/developer/workflows/{id}"], "id", [self.workflow, deployed["slug"]])
        made = [self.api.post("/api/installations", {"workflow": self.workflow, "config": {}, "connections": {}, "activate": True}, owner) for _ in range(POOL)]
        main, ids = made[0], [one["id"] for one in made]
        self.know(["DELETE /api/installations/{id}"], "id", ids[4:])
        self.know(["GET /api/installations/{id}", "POST /api/installations/{id}/trigger"], "id", ids[:1])
        self.know(["PATCH /api/installations/{id}", "POST /api/installations/{id}/activate", "POST /api/installations/{id}/pause"], "id", ids[1:4])
        self.know(["POST /api/webhooks/{trigger_id}"], "trigger_id", [hook["trigger_id"] for one in made[:4] for hook in one["webhooks"]])
        return main["id"]

    def runs(self, owner, installation):
        start = lambda then: self.api.post(f"/api/installations/{installation}/trigger", {"data": {"then": then}}, owner)["run_id"]
        ended, failed, waiting = [start("end") for _ in range(3)], [start("fail") for _ in range(POOL)], [start("event") for _ in range(POOL)]
        asking = [start("approval") for _ in range(POOL)]
        for ids, status in [(ended, "completed"), (failed, "failed"), (waiting, "waiting"), (asking, "waiting")]:
            for run in ids:
                self.await_status(owner, run, status)
        self.know(["GET /api/runs/{id}", "GET /api/runs/{id}/recording"], "id", [*ended, failed[0], waiting[-1]])
        # A stream of a run that goes on would not end.
        self.know(["GET /api/runs/{id}/logs"], "id", [*ended, failed[0]])
        self.know(["POST /api/runs/{id}/cancel"], "id", waiting[: POOL // 2])
        self.know(["POST /api/runs/{id}/retry", "POST /api/runs/{id}/resume"], "id", [*failed, ended[0]])
        approvals = [one["id"] for one in self.api.get("/api/approvals?status=pending", owner)["data"]]
        self.know(["POST /api/approvals/{id}/decide"], "id", approvals)

    def await_status(self, owner, run, status):
        for _ in range(600):
            seen = self.api.get(f"/api/runs/{run}", owner)["status"]
            if seen == status:
                return
            time.sleep(0.05)
        raise Refused(f"{run} is {seen} and should be {status}")

    # The rest

    def things(self, owner):
        connection = lambda: self.api.post("/api/connections", {"service": "slack", "fields": {"access_token": "xoxb-" + secrets.token_hex(12)}}, owner)["id"]
        self.know(["GET /api/connections/{id}"], "id", [connection()])
        self.know(["DELETE /api/connections/{id}"], "id", [connection() for _ in range(POOL)])
        key = lambda scope: self.api.post("/api/v1/api-keys", {"name": "seed", "permissions": [scope]}, owner)
        self.key = key("read_only")["key"]
        self.know(["DELETE /api/v1/api-keys/{key_id}"], "key_id", [key("runs")["id"] for _ in range(POOL)])
        for n in range(POOL):
            self.api.post("/api/v1/workspace/sso/domains", {"domain": f"seed-{n}.example.com"}, owner)
        domains = [f"seed-{n}.example.com" for n in range(POOL)]
        self.know(["DELETE /api/v1/workspace/sso/domains/{domain}"], "domain", domains[1:])
        self.know(["POST /api/v1/workspace/sso/domains/{domain}/verify"], "domain", domains[:1])
        vouch = "POST /api/admin/tenants/{tenant_id}/domains/{domain}/verify"
        self.know([vouch], "domain", domains[:1])
        self.know([vouch], "tenant_id", [self.tenant])
        self.know(["GET /api/docs/errors/{code}"], "code", ["not_found", "rate_limited"])

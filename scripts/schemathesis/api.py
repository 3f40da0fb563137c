"""A client of the HTTP API for seeding and signing in: JSON in, JSON out, nothing but the standard library."""

import json
import urllib.error
import urllib.request


class Refused(Exception):
    """The server answered otherwise than it should here."""


class Api:
    """One server."""

    def __init__(self, base):
        self.base = base

    def ask(self, method, path, body=None, token=None):
        """Status and answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            return status, json.loads(text or b"null")
        except ValueError:
            return status, text.decode(errors="replace")

    def get(self, path, token=None):
        """The answer of a request that must succeed."""
        return self.must("GET", path, None, token)

    def post(self, path, body, token=None):
        """As `get`."""
        return self.must("POST", path, body, token)

    def must(self, method, path, body, token=None):
        """As `get`, with any method."""
        status, answer = self.ask(method, path, body, token)
        if status >= 300:
            raise Refused(f"{method} {path}: {status} {answer}")
        return answer

    def sign_in(self, person, workspace=None):
        """An access token of somebody with a password, in this workspace if they have several."""
        answer = self.post("/api/v1/auth/login", {"email": person["email"], "password": person["password"]})
        if workspace and answer.get("tenant_id") != workspace:
            answer = self.post("/api/v1/auth/switch-workspace", {"tenant_id": workspace}, answer["access_token"])
        return answer["access_token"]

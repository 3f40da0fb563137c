"""Sends generated requests to every operation of the API document, as an owner and as a viewer, on both databases.

Started by scripts/schemathesis.sh, which names the options. Fails when an answer breaks a check, when a server ends, or when fewer
requests were sent than are wanted.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import time

from seed import Seed
from server import OPERATOR, server

HERE = pathlib.Path(__file__).resolve().parent
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
]


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/schemathesis.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, required=True, help="the server's executable; debug or release")
    parser.add_argument("--databases", default="sqlite,postgres", help="sqlite, postgres or both")
    parser.add_argument("--roles", default="owner,viewer", help="owner, viewer or both")
    parser.add_argument("--examples", type=int, default=40, help="random requests for each operation, database and role; edge cases come on top")
    parser.add_argument("--least", type=int, default=20_000, help="requests that must have been sent in all; 0 for a look at a part")
    parser.add_argument("--seed", type=int, default=1, help="another one generates other requests")
    parser.add_argument("--only", help="a regular expression: operations whose path it matches")
    parser.add_argument("--document", type=pathlib.Path, help="hold the answers against this document instead of the server's own")
    parser.add_argument("--phases", default="examples,coverage,fuzzing")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("target/schemathesis"), help="where logs and counts go")
    return parser.parse_args()


def send(options, base, facts, role, name):
    """One run of Schemathesis; whether all was well, and what it counted."""
    out = options.out / name
    counts = out.with_suffix(".counts.json")
    counts.unlink(missing_ok=True)
    command = [
        str(pathlib.Path(sys.executable).with_name("st")), "run", str(options.document or f"{base}/api/openapi.json"), "--url", base,
        "--phases", options.phases, "--checks", ",".join(CHECKS), "--max-examples", str(options.examples), "--seed", str(options.seed),
        "--continue-on-failure", "--request-timeout", "60", "--max-redirects", "0", "--warnings", "off", "--suppress-health-check", "all",
        "--no-shrink", "--generation-database", "none", "--no-color",
    ]  # fmt: skip
    if options.only:
        command += ["--include-path-regex", options.only]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "MILLRACE_SCHEMATHESIS_FACTS": str(facts), "MILLRACE_SCHEMATHESIS_COUNTS": str(counts), "MILLRACE_SCHEMATHESIS_ROLE": role}
    with open(out.with_suffix(".log"), "wb") as log:
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=options.out, check=False).returncode
    if status:
        text = out.with_suffix(".log").read_text(errors="replace")
        at = text.find("= FAILURES")
        at = at if at >= 0 else text.find("= ERRORS")
        print(text[max(at, 0) :][:20_000] if at >= 0 else text[-5_000:])
    return status == 0, json.loads(counts.read_text()) if counts.exists() else None


def main():
    options = arguments()
    options.out = options.out.resolve()
    options.document = options.document and options.document.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    rows, well, reached, sent = [], True, collections.Counter(), collections.Counter()
    for database in options.databases.split(","):
        with server(options.binary, database, options.out / f"{database}.server.log") as base:
            facts = options.out / f"{database}.facts.json"
            facts.write_text(json.dumps(Seed(base, OPERATOR).facts()))
            facts.chmod(0o600)
            for role in options.roles.split(","):
                began = time.monotonic()
                passed, counts = send(options, base, facts, role, f"{database}-{role}")
                well = well and passed and counts is not None
                if counts:
                    rows.append((database, role, time.monotonic() - began, counts))
                    reached.update(counts["reached"])
                    sent.update(counts["sent"])
    report(rows, reached, sent)
    total = sum(counts["requests"] for *_, counts in rows)
    if total < options.least:
        print(f"{total} requests are fewer than the {options.least} that are wanted.")
        well = False
    print("Nothing broke." if well else f"Something broke: {options.out}/*.log")
    return 0 if well else 1


def report(rows, reached, sent):
    print(f"\n{'':24}" + "".join(f"{database + ' ' + role:>18}" for database, role, *_ in rows) + f"{'together':>18}")

    def line(name, each):
        values = [each(counts) for *_, counts in rows]
        print(f"{name:24}" + "".join(f"{value:>18}" for value in values) + f"{sum(values):>18}")

    line("requests", lambda counts: counts["requests"])
    for check in CHECKS:
        line(f"{check[:23]}", lambda counts: sum(counts["checks"].get(check, [0, 0])))
        line("  broken", lambda counts: counts["checks"].get(check, [0, 0])[1])
    for kind in "2345":
        line(f"answers {kind}xx", lambda counts: sum(n for status, n in counts["statuses"].items() if status.startswith(kind)))
    line("signed in", lambda counts: counts["sign_ins"])
    line("seconds", lambda counts: round(next(took for *_, took, other in rows if other is counts)))
    never = sorted(operation for operation in sent if not reached[operation])
    print(f"\n{len(sent)} operations, {len(sent) - len(never)} of which answered below 400 at least once; the others:")
    for operation in never:
        print(f"  {operation}")


if __name__ == "__main__":
    sys.exit(main())

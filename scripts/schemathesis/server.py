"""A server of our own to send requests to, on a database of its own; both end with this process."""

import contextlib
import ctypes
import os
import pathlib
import pwd
import secrets
import signal
import subprocess
import tempfile
import time

OPERATOR = secrets.token_urlsafe(32)


def ends_with_us():
    """Runs in the new process: it is killed when this one ends, however it ends."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def programs():
    """The folder of PostgreSQL's server programs, the newest ones."""
    named = os.environ.get("MILLRACE_TEST_POSTGRES_BIN")
    if named:
        return pathlib.Path(named)
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise SystemExit("PostgreSQL's server programs are missing: scripts/postgres.sh installs them.")
    return found[-1].parent


@contextlib.contextmanager
def postgres():
    """The address of an empty database."""
    with tempfile.TemporaryDirectory(prefix="millrace-schemathesis-pg") as folder:
        # PostgreSQL refuses to run as root.
        other = {}
        if os.geteuid() == 0:
            names = [entry.pw_name for entry in pwd.getpwall()]
            user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(folder, user.pw_uid, user.pw_gid)
            other = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = os.path.join(folder, "data")
        subprocess.run([programs() / "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D", data], check=True, stdout=subprocess.DEVNULL, cwd=folder, **other)
        # A socket in its folder is all it listens on: no port to be taken by somebody else.
        command = [programs() / "postgres", "-D", data, "-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "log_min_messages=error", "-c", "fsync=off"]
        log = open(os.path.join(folder, "log"), "wb")
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, preexec_fn=ends_with_us, **other)
        try:
            for _ in range(300):
                if subprocess.run([programs() / "pg_isready", "-q", "-h", folder], check=False).returncode == 0:
                    break
                time.sleep(0.1)
            yield f"postgres://postgres@localhost/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


@contextlib.contextmanager
def server(binary, database, log):
    """The address of a server on a fresh database, `sqlite` or `postgres`; what it says goes to `log`."""
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="millrace-schemathesis"))
        url = stack.enter_context(postgres()) if database == "postgres" else None
        told = {"MILLRACE_AUTH_EMAIL_VERIFICATION": "off", "MILLRACE_RATE_LIMITS": "off", "MILLRACE_OPERATOR_TOKEN": OPERATOR, "MILLRACE_LOG": "warn"}
        environment = {**{name: value for name, value in os.environ.items() if not name.startswith("MILLRACE_") and name != "DATABASE_URL"}, **told}
        command = [str(binary), "serve", "--listen", "127.0.0.1:0", "--data", data] + (["--database-url", url] if url else [])
        output = stack.enter_context(open(log, "wb"))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=output, env=environment, preexec_fn=ends_with_us)
        stack.callback(stop, process)
        for line in process.stdout:
            said = line.decode().strip()
            if said.startswith("millrace listening on "):
                yield said.removeprefix("millrace listening on ")
                if process.poll() is not None:
                    raise SystemExit(f"The server ended by itself with {process.returncode}; it said: {log}")
                return
        raise SystemExit(f"The server did not start; it said:\n{pathlib.Path(log).read_text()[-2000:]}")


def stop(process):
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=30)
    process.kill()
    process.stdout.close()

#!/usr/bin/env python3
"""Reads and saves of two versions of the program, in turn on the same machine: medians, their ratio and the spread.

usage: tests/bench/two_versions.py OLD [NEW] [--runs 5] [--seconds 3]

OLD and NEW are commits, which are built with `--release` below target/older, or paths of programs; NEW is HEAD if left out.
Ends with 1 when the newer one is slower by more than 3 % and by more than the spread. The machine has to be quiet.
"""

import argparse, json, os, pathlib, re, shutil, socket, statistics, subprocess, sys, tempfile, time

TOP = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target"))
FILE = b'{"person":{"last_name":"Dijk","first_name":"Anna"},"notes":"' + b"x" * 1000 + b'"}'
PASSWORD = "zeven paarse olifanten dansen"
LOSS = 0.03


def program(version):
    if os.access(version, os.X_OK) and os.path.isfile(version):
        return os.path.abspath(version)
    commit = subprocess.check_output(["git", "rev-parse", "--verify", version + "^{commit}"], cwd=TOP, text=True).strip()
    kept = TARGET / "older" / f"{commit}-release"
    if not (kept / "finrust").exists():
        tree = kept / "tree"
        shutil.rmtree(kept, ignore_errors=True)
        tree.mkdir(parents=True)
        archive = subprocess.check_output(["git", "archive", commit], cwd=TOP)
        subprocess.run(["tar", "-x", "-C", tree], input=archive, check=True)
        build = ["cargo", "build", "--release", "--locked", "--bin", "finrust"]
        subprocess.run(build, cwd=tree, env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)}, check=True)
        shutil.copy(TARGET / "release" / "finrust", kept / "finrust")
        shutil.rmtree(tree)
    return str(kept / "finrust")


class Connection:
    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port))
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.cookies = {}

    def request(self, method, path, body=b""):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\nContent-Type: application/json\r\n"
        return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def send(self, request, expected):
        self.stream.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.more()
        head, body = answer.split(b"\r\n\r\n", 1)
        length = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, 0])[1])
        while len(body) < length:
            body += self.more()
        assert head[9:12] == b"%d" % expected, head + body
        self.cookies.update(re.findall(r"(?i)set-cookie: ([^=]+)=([^;]*)", head.decode()))
        return json.loads(body or b"null")

    def more(self):
        read = self.stream.recv(65536)
        assert read, "the connection was closed"
        return read


def rate(connection, request, expected, seconds):
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        connection.send(request, expected)
        count += 1
    return count / (time.perf_counter() - started)


def run(binary, seconds):
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        environment = {"FINRUST_DATA_DIR": folder + "/data"}
        invite = "invite --role adviser --username anna --email anna@example.nl --name Anna --print".split()
        said = subprocess.check_output([binary, *invite], env=environment, text=True)
        one_time = re.search(r"One-time password, valid 7 days: (\S+)", said)[1]
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen([binary, "serve", "--port", str(port)], env=environment, **quiet)
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    connection = Connection(port)
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < deadline and server.poll() is None, "it does not serve"
                    time.sleep(0.01)
            login = json.dumps({"username": "anna", "password": one_time}).encode()
            connection.send(connection.request("POST", "/api/login", login), 200)
            chosen = json.dumps({"new_password": PASSWORD}).encode()
            connection.send(connection.request("POST", "/api/login/new-password", chosen), 200)
            save = connection.request("POST", "/api/clients", FILE)
            made = connection.send(save, 201)
            read = connection.request("GET", f"/api/clients/{made['id']}")
            for request, expected in ((save, 201), (read, 200)):
                rate(connection, request, expected, 0.3)
            return {"reads": rate(connection, read, 200, seconds), "saves": rate(connection, save, 201, seconds)}
        finally:
            server.kill()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new", nargs="?", default="HEAD")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    binaries = [program(given.old), program(given.new)]
    found = {"reads": ([], []), "saves": ([], [])}
    for turn in range(max(given.runs, 5)):
        # Who goes first changes, as the machine gets warmer.
        for version in (0, 1) if turn % 2 == 0 else (1, 0):
            for what, per_second in run(binaries[version], given.seconds).items():
                found[what][version].append(per_second)
    slower = False
    for what, (old, new) in found.items():
        ratio = statistics.median(new) / statistics.median(old)
        # How far the runs of one version lie apart, in the middle half of them.
        spread = max((q[2] - q[0]) / statistics.median(runs) for runs in (old, new) for q in [statistics.quantiles(runs, n=4)])
        slower |= ratio < 1 - max(LOSS, spread)
        print(f"{what}: {statistics.median(old):.0f} and {statistics.median(new):.0f} a second, ratio {ratio:.3f}, spread {spread:.3f}")
    return slower


if __name__ == "__main__":
    sys.exit(main())

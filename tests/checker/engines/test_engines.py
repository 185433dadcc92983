"""Facts through compiler caches and remote compilers, each from its package, on this machine.

A cache that hits must bring the facts back; a compile elsewhere must send them home. A tool that is
not installed is skipped by name.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
SOURCE = "void *malloc(unsigned long);\nint work(int x) { return x ? malloc(4) != 0 : MARK; }\n"
CALL = "call work malloc"
UNITS = int(os.environ.get("WEIR_UNITS", "100"))  # a thousand take half a minute


@dataclass(frozen=True)
class Bench:
    """A directory with a source, the tools under test, and an engine's own environment."""

    directory: Path
    build: Path
    clang: str
    environment: dict[str, str]

    @property
    def plugin(self) -> Path:
        return self.build / "checker" / "plugin" / "weir.so"

    def run(self, *command: str | Path) -> str:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def compile(self, engine: str, *flags: str, output: str = "unit.o") -> str:
        """Through the engine; returns the facts in the object, as text, or nothing."""
        words = (engine, self.clang, "-O1", "-DMARK=0", *flags)
        self.run(*words, "-c", "unit.c", "-o", output)
        if b"weirfact" not in (self.directory / output).read_bytes():
            return ""
        return self.run(self.build / "checker" / "solver" / "weir-check", "dump", output)

    def changed(self, environment: dict[str, str]) -> Bench:
        return Bench(self.directory, self.build, self.clang, {**self.environment, **environment})


def need(tool: str) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed: what it does to facts is not tested here")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    build = Path(os.environ.get("WEIR_BUILD_DIR", REPOSITORY / "build" / "checker")).absolute()
    (tmp_path / "unit.c").write_text(SOURCE)
    return Bench(tmp_path, build, os.environ.get("WEIR_CLANG", "clang-22"), {})


@pytest.fixture
def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        number: int = listener.getsockname()[1]
        return number


def test_ccache_brings_the_facts_back(bench: Bench) -> None:
    need("ccache")
    cached = bench.changed({"CCACHE_DIR": str(bench.directory / "cache")})
    load = f"-fplugin={bench.plugin}"
    first = cached.compile("ccache", load, output="first.o")
    second = cached.compile("ccache", load, output="second.o")
    assert CALL in first
    assert second == first
    assert "cache_miss\t1" in cached.run("ccache", "--print-stats")
    # Without the plugin it is another compile, not a hit.
    assert cached.compile("ccache", output="plain.o") == ""


def test_sccache_brings_the_facts_back(bench: Bench, port: int) -> None:
    need("sccache")
    environment = {"SCCACHE_DIR": str(bench.directory / "cache"), "SCCACHE_SERVER_PORT": str(port)}
    cached = bench.changed(environment)
    load = f"-fplugin={bench.plugin}"
    cached.run("sccache", "--start-server")
    try:
        first = cached.compile("sccache", load)
        second = cached.compile("sccache", load)
        plain = cached.compile("sccache")
    finally:
        cached.run("sccache", "--stop-server")
    assert CALL in first
    assert second == first
    assert plain == ""


@pytest.fixture
def distccd(bench: Bench, port: int) -> Iterator[Bench]:
    """A daemon on the loopback that may run this clang, and nothing falls back to this side."""
    need("distccd")
    log = bench.directory / "distccd.log"
    environment = {"DISTCC_CMDLIST": str(bench.directory / "allowed"), "TMPDIR": "/tmp"}
    (bench.directory / "allowed").write_text(f"{bench.clang}\n")
    command = ["distccd", "--no-detach", "--daemon", "--allow", "127.0.0.1", "--port", str(port)]
    command += ["--listen", "127.0.0.1", "--log-stderr", "--jobs", "2"]
    command += ["--enable-tcp-insecure"]
    (bench.directory / "d").mkdir()
    own = {**os.environ, **environment}
    with log.open("w") as output, subprocess.Popen(command, env=own, stderr=output) as daemon:
        time.sleep(0.5)
        remote = {"DISTCC_HOSTS": f"127.0.0.1:{port}", "DISTCC_DIR": str(bench.directory / "d")}
        yield bench.changed({**remote, "DISTCC_FALLBACK": "0"})
        daemon.terminate()


def test_distcc_sends_the_facts_home(distccd: Bench) -> None:
    """-fpass-plugin= alone: distccd refuses to run a command with -fplugin=."""
    if "clang-2" not in os.path.realpath(distccd.clang) and "-22" not in distccd.clang:
        pytest.skip("before LLVM 22 -fpass-plugin= alone has no exact types; see the README")
    assert CALL in distccd.compile("distcc", f"-fpass-plugin={distccd.plugin}")
    log = (distccd.directory / "distccd.log").read_text()
    assert "COMPILE_OK" in log


def wait_for(what: str, happened: Callable[[], bool], seconds: float = 20) -> None:
    """A server on this machine that does not come up is the machine's fault, not that of facts."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            pytest.skip(f"{what} did not come up: what icecc does to facts is not tested here")
        time.sleep(0.1)


@pytest.fixture
def iceccd(bench: Bench, port: int) -> Iterator[Bench]:
    """A scheduler and a daemon. The daemon takes no work from elsewhere, and listens on no port."""
    need("iceccd")
    need("icecc-scheduler")
    directory = Path(tempfile.mkdtemp(prefix="weir-icecc-"))  # the daemon's own user must enter it
    directory.chmod(0o755)
    environments = directory / "environments"
    environments.mkdir()
    own: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(environments, "icecc", "icecc")
        directory.chmod(0o777)
        own = ["-u", "icecc"]
    network = f"weir-{port}"
    environment = {
        "ICECC_TEST_SOCKET": str(directory / "socket"),
        "ICECC_ENV_COMPRESSION": "none",
        "ICECC_LOGFILE": str(bench.directory / "icecc.log"),
        "ICECC_DEBUG": "debug",
    }
    scheduler = ["icecc-scheduler", "-n", network, "-p", str(port), "-l", str(directory / "s.log")]
    daemon = ["iceccd", "--no-remote", "-n", network, "-s", f"127.0.0.1:{port}", "-m", "2", *own]
    daemon += ["-b", str(environments), "-N", network, "-l", str(directory / "d.log"), "-vv"]
    both = {**os.environ, **environment}
    log = directory / "d.log"
    with (
        subprocess.Popen(scheduler, env=both) as first,
        subprocess.Popen(daemon, env=both) as second,
    ):
        try:
            wait_for(
                "icecc's daemon",
                lambda: log.exists() and "Connected to scheduler" in log.read_text(),
            )
            yield bench.changed(environment)
        finally:
            for server in (second, first):
                server.terminate()
    shutil.rmtree(directory, ignore_errors=True)


def test_icecc_carries_the_plugin_and_brings_the_facts_back(iceccd: Bench) -> None:
    """What icecc sends to another machine is an environment; -fplugin= puts the plugin into it."""
    assert CALL in iceccd.compile("icecc", f"-fplugin={iceccd.plugin}")
    said = (iceccd.directory / "icecc.log").read_text()
    assert "asking for native environment" in said
    (sent,) = {Path(word.strip("'")) for word in said.split() if word.strip("'").endswith(".tar")}
    with tarfile.open(sent) as environment:
        assert str(iceccd.plugin).lstrip("/") in environment.getnames()


def test_one_edit_recompiles_one_unit(bench: Bench) -> None:
    """The build system's own work: the check after it reads objects, old ones and the new one."""
    need("ninja")
    units = [f"unit{number}.c" for number in range(UNITS)]
    for number, name in enumerate(units):
        following = f"f{(number + 1) % len(units)}"
        text = f"int {following}(int);\nint f{number}(int x) {{ return x ? {following}(x) : 0; }}\n"
        (bench.directory / name).write_text(text)
    lines = ["rule cc", f"  command = {bench.clang} -fplugin={bench.plugin} -c $in -o $out"]
    lines += [f"build {name}.o: cc {name}" for name in units]
    (bench.directory / "build.ninja").write_text("\n".join(lines) + "\n")
    check = [bench.build / "checker/solver/weir-check", *(f"{name}.o" for name in units)]
    bench.run("ninja")
    bench.run(*check)
    (bench.directory / "unit50.c").write_text(
        "void *malloc(unsigned long);\nint f50(int x) { return malloc(4) != 0; }\n"
    )
    assert "[1/1]" in bench.run("ninja")
    done = subprocess.run(check, cwd=bench.directory, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "reaches banned function 'malloc'" in done.stdout

"""The units that compiles are measured on: real C from source packages, and a C++ unit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = Path(__file__).parents[2] / "corpora" / "programs"


@dataclass(frozen=True)
class Unit:
    name: str
    source: Path
    flags: tuple[str, ...] = ()
    corpus: bool = True  # of one of the corpora


def units(build: Path) -> tuple[Unit, ...]:
    """BUILD/third-party holds the packages, BUILD/corpora what is generated from them."""
    packages = build / "third-party"
    lwip = packages / "lwip"
    mbedtls = packages / "mbedtls"
    return (
        Unit("cJSON", packages / "cjson" / "cJSON.c"),
        Unit("lvm", packages / "lua5.4" / "src" / "lvm.c", (f"-I{PROGRAMS / 'lua'}",)),
        Unit("deflate", packages / "zlib" / "deflate.c"),
        Unit("pb_decode", packages / "nanopb" / "pb_decode.c"),
        Unit("ecp", mbedtls / "library" / "ecp.c", (f"-I{mbedtls / 'include'}",)),
        Unit(
            "tcp_in",
            lwip / "src" / "core" / "tcp_in.c",
            (f"-I{lwip / 'src' / 'include'}", f"-I{lwip / 'port' / 'include'}"),
        ),
        Unit("containers", HERE / "units" / "containers.cpp", corpus=False),
        Unit("sqlite3", build / "corpora" / "sqlite3" / "sqlite3.c"),
    )

"""The corpora: real code from the distribution's source packages, each in two configurations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
VARIANTS = ("nomalloc", "allocating")


@dataclass(frozen=True)
class Corpus:
    """One package: its units, the program around them, and how they are compiled.

    A source or directory is relative to BUILD; the program lies in `programs`, its policy in
    `policies`. `flags` are for all units, `variants` those of each configuration.
    """

    name: str
    sources: tuple[str, ...]
    includes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    nomalloc: tuple[str, ...] = ()
    allocating: tuple[str, ...] = ()

    def policy(self, variant: str) -> Path:
        """One for both configurations, unless the one without malloc needs more said."""
        own = HERE / "policies" / f"{self.name}-{variant}.toml"
        return own if own.exists() else HERE / "policies" / f"{self.name}.toml"

    def units(self, build: Path, variant: str) -> list[Path]:
        found = [path for pattern in self.sources for path in sorted(build.glob(pattern))]
        program = [PROGRAMS / f"{self.name}.c"]
        pool = [PROGRAMS / "pool.c"] if variant == "nomalloc" else []
        return [*found, *program, *pool]

    def compile_flags(self, build: Path, variant: str) -> list[str]:
        define = ["-DNOMALLOC"] if variant == "nomalloc" else []
        own = self.nomalloc if variant == "nomalloc" else self.allocating
        places = [*(build / place for place in self.includes), PROGRAMS, PROGRAMS / self.name]
        return [*define, *self.flags, *own, *(f"-I{place}" for place in places)]


def files(directory: str, names: str) -> tuple[str, ...]:
    return tuple(f"third-party/{directory}/{name}.c" for name in names.split())


CORPORA = {
    corpus.name: corpus
    for corpus in (
        Corpus("cjson", files("cjson", "cJSON cJSON_Utils"), ("third-party/cjson",)),
        Corpus(
            "lua",
            files(
                "lua5.4/src",
                "lapi lauxlib lbaselib lcode lcorolib lctype ldebug ldo ldump lfunc lgc llex"
                " lmathlib lmem lobject lopcodes lparser lstate lstring lstrlib ltable ltablib"
                " ltm lundump lutf8lib lvm lzio",
            ),
            ("third-party/lua5.4/src",),
        ),
        Corpus(
            "lwip",
            files("lwip/src/core", "*")
            + files("lwip/src/core/ipv4", "*")
            + files("lwip/src/netif", "ethernet"),
            ("third-party/lwip/src/include",),
        ),
        Corpus(
            "mbedtls",
            files(
                "mbedtls/library",
                "aes asn1parse asn1write base64 bignum certs cipher cipher_wrap constant_time"
                " ctr_drbg ecdsa ecp ecp_curves gcm hmac_drbg md memory_buffer_alloc oid pem pk"
                " pk_wrap pkparse platform platform_util rsa rsa_internal sha1 sha256 x509"
                " x509_crt",
            ),
            ("third-party/mbedtls/include", "third-party/mbedtls/library"),
            ('-DMBEDTLS_CONFIG_FILE="device_config.h"',),
        ),
        Corpus(
            "nanopb",
            files("nanopb", "pb_common pb_decode pb_encode"),
            ("third-party/nanopb",),
            allocating=("-DPB_ENABLE_MALLOC",),
        ),
        Corpus(
            "sqlite3",
            ("corpora/sqlite3/sqlite3.c",),
            ("corpora/sqlite3",),
            ("-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_OMIT_LOCALTIME"),
            nomalloc=("-DSQLITE_ZERO_MALLOC", "-DSQLITE_ENABLE_MEMSYS5"),
        ),
        Corpus(
            "zlib",
            files(
                "zlib",
                "adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr"
                " zutil",
            ),
            ("third-party/zlib",),
            nomalloc=("-DZ_SOLO",),
        ),
    )
}

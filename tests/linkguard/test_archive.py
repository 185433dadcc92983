"""Archives: names short and long, thin ones, and everything that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkguard import archive
from linkguard.errors import LinkguardError
from tests.linkguard.toolchains import must, need


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    need("ar")
    found = [tmp_path / "a.o", tmp_path / "a_name_that_is_longer_than_fifteen.o"]
    for number, path in enumerate(found):
        path.write_bytes(b"x" * (3 + number))
    return found


@pytest.mark.parametrize("kind", ["rcs", "rcsT"])
def test_members_in_order(files: list[Path], tmp_path: Path, kind: str) -> None:
    library = tmp_path / "lib.a"
    must("ar", kind, library.name, *(f.name for f in files), cwd=tmp_path)
    members = list(archive.members(library.read_bytes(), library))
    assert [(m.name, m.data) for m in members] == [(f.name, f.read_bytes()) for f in files]


def test_an_empty_archive_has_no_members(tmp_path: Path) -> None:
    assert list(archive.members(archive.MAGIC, tmp_path)) == []


def test_every_truncation_is_an_error_or_a_prefix(files: list[Path], tmp_path: Path) -> None:
    library = tmp_path / "lib.a"
    must("ar", "rcs", library, *files)
    data = library.read_bytes()
    whole = [m.name for m in archive.members(data, library)]
    for length in range(len(data)):
        try:
            names = [m.name for m in archive.members(data[:length], library)]
        except LinkguardError as error:
            assert str(library) in str(error)
        else:
            assert names == whole[: len(names)]


def test_a_thin_archive_without_its_file(files: list[Path], tmp_path: Path) -> None:
    library = tmp_path / "lib.a"
    must("ar", "rcsT", library.name, files[0].name, cwd=tmp_path)
    files[0].unlink()
    with pytest.raises(LinkguardError, match="thin archive: cannot read 'a.o'"):
        list(archive.members(library.read_bytes(), library))

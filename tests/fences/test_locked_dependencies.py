"""T61: what we depend on is locked by hash, comes from one registry, and stands above every known-bad version."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = {
    # CVE-2026-32597 (accepts unknown `crit`), CVE-2026-48522 to 48526 (a public JWK as HMAC secret)
    "pyjwt": (2, 13),
    # PyPI `cwt` would pull an older one, without the duplicate-key check
    "cbor2": (6, 3),
    "cryptography": (50,),
}


def locked() -> dict[str, dict]:
    """The packages of uv.lock by name, our own left out."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    return {package["name"]: package for package in packages if "registry" in package["source"]}


def files(package: dict) -> list[dict]:
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_no_known_bad_version(name: str) -> None:
    version = tuple(int(part) for part in locked()[name]["version"].split(".")[: len(FLOORS[name])])
    assert version >= FLOORS[name]


def test_every_file_is_locked_by_sha256() -> None:
    packages = locked()
    assert len(packages) > 40
    for package in packages.values():
        assert files(package), package["name"]
        assert all(file["hash"].startswith("sha256:") and len(file["hash"]) == 71 for file in files(package))


def test_everything_comes_from_the_public_registry() -> None:
    for package in locked().values():
        assert package["source"]["registry"] == "https://pypi.org/simple"
        assert all(file["url"].startswith("https://files.pythonhosted.org/") for file in files(package))


def test_the_demo_needs_no_development_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = {requirement.split(">")[0].split("=")[0] for requirement in project["project"]["dependencies"]}
    assert needed.isdisjoint({"pytest", "hypothesis", "ruff", "mypy", "import-linter", "pip-audit"})
    assert {"flask", "cryptography", "qrcode", "sqlalchemy", "pyjwt"} <= needed


def test_libraries_we_must_not_verify_with_are_absent() -> None:
    # sd-jwt breaks RFC 9901; python-stdnum rejects valid residence permits; mplfonts ships a font that is not free.
    assert locked().keys().isdisjoint({"sd-jwt", "python-stdnum", "mplfonts", "pymupdf", "gmssl"})

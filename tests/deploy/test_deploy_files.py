"""The files of deploy/ are used as they are: units, settings, Patroni, mirroring agree with the code and each other."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from hallmark.settings import settings_in
from tests.deploy.command_lines import require_understood

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/hallmark/.venv/bin/hallmark"
ANALYZE = shutil.which("systemd-analyze")


def started(unit: Path) -> str:
    """The command that a unit starts."""
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
    return line


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_the_command_line_understands(unit: Path) -> None:
    require_understood(started(unit))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_that_needs_keys_gets_the_passphrase_from_systemd_and_no_other_unit_does(unit: Path) -> None:
    text = unit.read_text("utf-8")
    keyless = unit.stem in {"hallmark-verifier", "hallmark-monitor"}
    assert ("LoadCredential=passphrase:/etc/hallmark/passphrase" in text) == (not keyless)
    assert ("HALLMARK_KEY_PASSPHRASE_FILE=%d/passphrase" in text) == (not keyless)
    assert "HALLMARK_KEY_PASSPHRASE=" not in text
    assert "ProtectSystem=strict" in text
    assert "NoNewPrivileges=yes" in text


def test_the_verifier_alone_gets_the_passphrase_for_receipts_and_can_see_that_key() -> None:
    for unit in UNITS:
        gets = unit.stem == "hallmark-verifier"
        text = unit.read_text("utf-8")
        assert ("LoadCredential=receipt-passphrase:/etc/hallmark/receipt-passphrase" in text) == gets
        assert ("SetCredential=receipt-passphrase:\\n" in text) == gets  # where the file is not there
        assert ("HALLMARK_RECEIPT_PASSPHRASE_FILE=%d/receipt-passphrase" in text) == gets
        assert "HALLMARK_RECEIPT_PASSPHRASE=" not in text
    text = (DEPLOY / "systemd" / "hallmark-verifier.service").read_text("utf-8")
    (hidden,) = re.findall(r"^InaccessiblePaths=(.*)$", text, re.MULTILINE)
    told = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("receipts.md", "operations.md"))
    folders = set(re.findall(r'receipt_keys = "(.+?)"', told))
    assert folders == {"/var/lib/hallmark/receipt-key"}
    for path in hidden.split():
        assert not Path(*folders).is_relative_to(path.removeprefix("-"))


@pytest.mark.skipif(ANALYZE is None, reason="THE UNITS WERE NOT ANALYZED: systemd-analyze is not there")
def test_systemd_takes_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    assert ANALYZE is not None
    program = tmp_path / "hallmark"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    files = []
    for unit in (*UNITS, *(DEPLOY / "systemd").glob("*.timer")):
        files.append(tmp_path / unit.name)
        files[-1].write_text(unit.read_text("utf-8").replace(PROGRAM, str(program)), "utf-8")
    done = subprocess.run([ANALYZE, "verify", "--man=no", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for file in files:
        if file.suffix == ".service":
            scored = [ANALYZE, "security", "--offline=true", "--threshold=25", "--no-pager", file]
            done = subprocess.run(scored, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-300:]


def test_ports_are_the_same_in_nginx_and_in_the_units() -> None:
    listening = {
        unit.stem.removeprefix("hallmark-"): port
        for unit in UNITS
        for port in re.findall(r"--bind 127\.0\.0\.1 --port (\d+)", unit.read_text("utf-8"))
    }
    nginx = (DEPLOY / "nginx.conf").read_text("utf-8")
    upstreams = dict(re.findall(r"upstream (\w+) \{\s+server 127\.0\.0\.1:(\d+);", nginx))
    assert listening == {"verifier": "8700", "registry": "8701", "witness": "8710"}
    assert upstreams == {"verifier": listening["verifier"], "office": listening["registry"]}


def test_every_server_listens_on_this_machine_only() -> None:
    for unit in UNITS:
        assert "0.0.0.0" not in unit.read_text("utf-8")
        assert (" serve " in started(unit)) == ("--bind 127.0.0.1" in started(unit))


def test_the_example_of_settings_is_read_and_goes_with_nginx(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, (DEPLOY / "hallmark.toml").read_bytes())
    nginx = (DEPLOY / "nginx.conf").read_text("utf-8")
    for host in (settings.host, settings.registry_url[8:], settings.api_url[8:]):
        assert f"server_name {host};" in nginx
    assert settings.trusted_hops == 1
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in nginx
    assert f"root {Path('/srv/hallmark/public')};" in nginx


def test_patroni_waits_for_a_standby_at_every_commit() -> None:
    dcs = yaml.safe_load((DEPLOY / "patroni.yml").read_text("utf-8"))["bootstrap"]["dcs"]
    assert dcs["synchronous_mode"] is True
    assert dcs["synchronous_mode_strict"] is True
    parameters = dcs["postgresql"]["parameters"]
    assert {parameters[name] for name in ("fsync", "full_page_writes", "synchronous_commit")} == {"on"}


# Mirroring ----------------------------------------------------------------------------------------------------------

RCLONE = """#!/usr/bin/env python3
import fnmatch, os, pathlib, shutil, sys
command, source, target, *options = sys.argv[1:]
source, target = pathlib.Path(source), pathlib.Path(target)
excluded = [value for name, value in zip(options, options[1:]) if name == "--exclude"]
def copy(file, to):
    to.parent.mkdir(parents=True, exist_ok=True)
    if not ("--ignore-existing" in options and to.exists()):
        shutil.copyfile(file, to)
        with open(os.environ["COPIED"], "a") as log:
            log.write(to.as_posix() + "\\n")
    if os.environ.get("MEANWHILE"):
        meanwhile = os.environ.pop("MEANWHILE")
        os.system(meanwhile)
if command == "copyto":
    copy(source, target)
else:
    for file in sorted(source.rglob("*")):
        path = "/" + file.relative_to(source).as_posix()
        whole = [each for each in excluded if each.startswith("/")]
        if file.is_file() and not (
            any(fnmatch.fnmatch(path, each) and path.count("/") == 1 for each in whole)
            or any(fnmatch.fnmatch(file.name, each) for each in excluded)
        ):
            copy(file, target / path[1:])
"""


@pytest.fixture
def rclone(tmp_path: Path) -> dict[str, str]:
    """A small rclone over folders, and the environment in which the script finds it."""
    program = tmp_path / "bin" / "rclone"
    program.parent.mkdir()
    program.write_text(RCLONE)
    program.chmod(0o755)
    return os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}", "COPIED": str(tmp_path / "copied")}


def test_a_mirror_is_whole_and_its_checkpoint_comes_last(tmp_path: Path, rclone: dict[str, str]) -> None:
    from registry.audit import audit
    from tests.registry_rim.rim_house import House

    folder, mirror = tmp_path / "house", tmp_path / "mirror"
    folder.mkdir()
    house = House(folder).furnished()
    house.publish()
    script = [str(DEPLOY / "mirror.sh"), str(house.public), str(mirror)]
    for round_no in range(3):
        subprocess.run(script, env=rclone, check=True)
        copied = (tmp_path / "copied").read_text().splitlines()
        (tmp_path / "copied").unlink()
        assert copied[-1].endswith("/checkpoint")
        assert [path for path in copied if path.endswith("/checkpoint")] == copied[-1:]
        lists = [at for at, path in enumerate(copied) if path.endswith("lists/trust.json")]
        shards = [at for at, path in enumerate(copied) if "/lists/trust/" in path]
        assert min(lists) > max(shards[:256])
        assert audit(mirror, house.recorder.roots()) == []
        assert not list(mirror.rglob("state.json"))
        house.issue(100 + round_no, house.key)
        house.publish()
    house.engine.dispose()


def test_a_publication_in_the_middle_of_mirroring_is_not_named_by_the_checkpoint(
    tmp_path: Path, rclone: dict[str, str]
) -> None:
    from tests.registry_rim import plain_reader
    from tests.registry_rim.rim_house import ORIGIN, House

    folder, mirror, later = tmp_path / "house", tmp_path / "mirror", tmp_path / "later"
    folder.mkdir()
    house = House(folder).furnished()
    size = house.publish().size
    shutil.copytree(house.public, later / "before")
    house.issue(300, house.key)
    house.publish()
    shutil.copytree(house.public, later / "after")
    # the first file is copied, then the whole next publication happens
    meanwhile = f"cp -a {later / 'after'}/. {later / 'before'}/"
    subprocess.run(
        [str(DEPLOY / "mirror.sh"), str(later / "before"), str(mirror)],
        env=rclone | {"MEANWHILE": meanwhile},
        check=True,
    )
    key = house.log.identity.ed25519.raw
    assert plain_reader.checkpoint(mirror, ORIGIN, key)[0] == size
    assert len(plain_reader.log(mirror, ORIGIN, key)) == size
    house.engine.dispose()

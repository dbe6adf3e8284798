"""docs/operations.md is held to the code: every command, setting, unit, file and error code in it exists."""

import re
from pathlib import Path

from hallmark.settings import _MEMBERS, settings_from
from tests.deploy.command_lines import require_understood
from web.messages import catalogue

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")


def commands() -> list[str]:
    """Every command line in a block of the document."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("hallmark ")]


def named() -> list[str]:
    """Every command between back quotes, also over a line's end."""
    return [" ".join(each.split()) for each in re.findall(r"`(hallmark [^`]*)`", TEXT)]


def test_every_command_is_one_that_the_command_line_understands() -> None:
    assert len(commands()) >= 9
    for line in commands():
        require_understood(line)
    assert len(named()) >= 25
    for line in named():
        require_understood(line, whole=False)


def test_the_table_of_settings_is_the_program_s(tmp_path: Path) -> None:
    table = TEXT[TEXT.index("| member |") : TEXT.index("| environment |")]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", table, re.MULTILINE))
    assert rows.keys() == _MEMBERS
    default = settings_from(tmp_path, {"host": "h.example"})
    said = {name: text.strip("`").replace("<host>", "h.example") for name, text in rows.items() if text.startswith("`")}
    for name, text in said.items():
        value = getattr(default, name)
        assert text == (str(value).lower() if isinstance(value, bool) else str(value)), name


def test_the_environment_is_what_the_program_reads() -> None:
    source = "".join(file.read_text("utf-8") for file in (ROOT / "hallmark").glob("*.py"))
    table = TEXT[TEXT.index("| environment |") : TEXT.index("## 多台机器")]
    names = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(names) == 3
    for name in names:
        assert name in source or name.replace("HALLMARK_", "") in source


def test_every_file_and_unit_it_names_is_there() -> None:
    for path in re.findall(r"`((?:deploy|tests|docs)/[\w./-]+)`", TEXT):
        assert (ROOT / path).exists(), path
    for unit in re.findall(r"`(hallmark-[\w-]+\.(?:service|timer))`", TEXT):
        assert (ROOT / "deploy" / "systemd" / unit).exists(), unit
    for link in re.findall(r"\]\(([\w./-]+)\)", TEXT):
        assert (ROOT / "docs" / link).resolve().exists(), link


def test_every_code_it_names_has_its_sentence() -> None:
    codes = re.findall(r"`(registry\.[a-z_]+)`", TEXT)
    assert len(codes) >= 4
    for code in codes:
        assert code in catalogue(), code


def test_what_it_forbids_in_backups_is_in_none() -> None:
    from hallmark.backup import _BELONGS

    (line,) = re.findall(r"Never in a backup: ([^*]+)\*\*", TEXT)
    for name in re.findall(r"`([\w.]+)`", line):
        assert not _BELONGS.fullmatch(name)

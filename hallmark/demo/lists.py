"""What the demo publishes beside the founding's own lists: recognised qualifications, and a catalogue that has changed."""

import json
from importlib import resources
from typing import Any, Final

from hallmark.founding import publish_draft
from hallmark.house import House
from hallmark.listmaking import YEAR, draft_content

RECOGNITION: Final = ("recognition-cn-sh", "recognition-cn-sh-pd")
NEW_SPECIALTY: Final = {"code": "engineering-09", "name": "脑机接口", "valid_from": "2027-01-01", "policy_no": "样例〔2026〕3号"}


def shipped(name: str) -> dict[str, Any]:
    """Return the content of a list as it is shipped with the registry."""
    content: dict[str, Any] = json.loads(resources.files("registry").joinpath(f"data/{name}.json").read_text("utf-8"))
    return content


def with_specialty(catalogue: dict[str, Any]) -> dict[str, Any]:
    """Return the catalogue with one more engineering specialty."""
    engineering = next(row for row in catalogue["series"] if row["code"] == "engineering")
    engineering["specialties"].append(NEW_SPECIALTY)
    return catalogue


def publish_lists(house: House) -> dict[str, int]:
    """Publish version 1 of both recognition lists and version 2 of the catalogue; return the version of each."""
    said = {name: shipped(name) for name in RECOGNITION} | {"catalogue": with_specialty(shipped("catalogue"))}
    versions = {}
    for name, content in said.items():
        now = house.clock()
        draft = draft_content(house.lists().newest(name), name, content, now=now, effective=now, expires=now + YEAR)
        publish_draft(house, draft)
        versions[name] = draft.listed.version
    house.publish()
    return versions

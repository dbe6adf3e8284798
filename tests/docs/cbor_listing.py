"""Lists CBOR for the eye: hexadecimal, one item a line, with what each item says."""

from collections.abc import Callable, Iterator


def wrapped(text: str, width: int) -> str:
    """The text in lines of `width` characters."""
    return "".join(f"{text[at : at + width]}\n" for at in range(0, len(text), width))


def annotated(data: bytes) -> str:
    """CBOR in hexadecimal, one item a line, with what it says behind it; the hexadecimal alone is the bytes."""
    rows = _items(data, 0, "", [])
    return "".join(f"{hexes:<68} # {said}\n" if said else f"{hexes}\n" for hexes, said in rows)


def _items(data: bytes, at: int, pad: str, end: list[int]) -> Iterator[tuple[str, str]]:
    """Lines of the item at `at`; `end` tells where the next one begins."""
    major, size, start = _head(data, at)
    end[:] = [start]
    head = f"{pad}{data[at:start].hex()}"
    if major not in (2, 3):
        yield head, _said(major, size)
        for _ in range({4: 1, 5: 2}.get(major, 0) * size):
            yield from _items(data, end[0], f"{pad}  ", end)
        return
    end[:] = [start + size]
    content = data[start : start + size]
    said = f'"{content.decode()}"' if major == 3 else f"{size} bytes"
    if len(head) + 2 * size < 68:
        yield f"{head} {content.hex()}".rstrip(), said
        return
    yield head, said
    for piece in wrapped(content.hex(), 64).splitlines():
        yield f"{pad}  {piece}", ""


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    major, low = data[at] >> 5, data[at] & 31
    if low < 24:
        return major, low, at + 1
    more = 1 << (low - 24)
    return major, int.from_bytes(data[at + 1 : at + 1 + more], "big"), at + 1 + more


def _said(major: int, size: int) -> str:
    spoken: dict[int, Callable[[int], str]] = {
        0: str,
        1: lambda n: str(-1 - n),
        4: lambda n: f"array of {n}",
        5: lambda n: f"map of {n}",
        7: lambda n: {20: "false", 21: "true", 22: "null"}[n],
    }
    return spoken[major](size)

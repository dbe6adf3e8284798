"""Packs status lists with DEFLATE into few bytes, and unpacks what others packed within limits. Pure.

Ends at bytes: what a list means and how it is signed stands in `registry.statuslist` and `registry.bitstring`.
"""

import zlib

from registry.errors import StatusListInvalid

_NARROW, _WIDE = 10, 11  # log2 of the window


def compress(data: bytes, *, gzip: bool = False) -> bytes:
    """Return a small zlib (RFC 1950) or gzip (RFC 1952) form of a packed list.

    A list is long runs of one value with others scattered in. Where these are many, codes without matches win; where they
    are few, matches do, and a window of 1 or 2 KiB gives shorter distances than one of 32 KiB, in a fifth of the time.
    """
    runs = _deflated(data, zlib.Z_RLE, _NARROW, gzip=gzip)
    if len(runs) > len(data) // 8:  # codes alone take one bit a byte at least
        codes = _deflated(data, zlib.Z_HUFFMAN_ONLY, _NARROW, gzip=gzip)
        if len(codes) < len(runs):
            return codes
    window = _WIDE if len(runs) < len(data) // 12 else _NARROW
    return min(runs, _deflated(data, zlib.Z_DEFAULT_STRATEGY, window, gzip=gzip), key=len)


def _deflated(data: bytes, strategy: int, window: int, *, gzip: bool) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, window + 16 if gzip else window, 9, strategy)
    return packer.compress(data) + packer.flush()


def repack(data: bytes, earlier: bytes, *, gzip: bool = False) -> bytes:
    """Return `earlier` where it is a packed form of exactly `data`, else pack it: unpacking costs a fiftieth of packing."""
    try:
        if inflate(earlier, len(data), gzip=gzip) == data:
            return earlier
    except StatusListInvalid:
        pass
    return compress(data, gzip=gzip)


def inflate(data: bytes, limit: int, *, gzip: bool = False) -> bytes:
    """Return what a zlib or gzip stream holds, at most `limit` bytes; refuses bombs, surplus and cut-off streams."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS + 16 if gzip else zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise StatusListInvalid(reason="zlib") from error
    if len(unpacked) > limit or not unpacker.eof or unpacker.unused_data:
        raise StatusListInvalid(reason="zlib length", limit=limit)
    return unpacked

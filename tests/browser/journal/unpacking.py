"""Unpacks what browsers write to disk: Snappy (raw and framed), LZ4 as Mozilla wraps it, gzip, Brotli, LevelDB, SQLite.

Written for searching, not for restoring: what is cut short gives what can be had, what is no such thing gives nothing.
"""

import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import brotli

MOZILLA_LZ4 = b"mozLz40\0"
SNAPPY_STREAM = b"\xff\x06\x00\x00sNaPpY"
SQLITE = b"SQLite format 3\0"
LEVELDB_TABLE = (0xDB4775248B80FB57).to_bytes(8, "little")
CHROMIUM_CACHE_ENTRY = (0xFCFB6D1BA7725C30).to_bytes(8, "little")
CHROMIUM_PACKED_VALUE = b"\xff\x11\x02"
"""What stands before a value of IndexedDB that Chromium packed with Snappy."""
LOG_BLOCK = 32768
MOST = 64 << 20
"""More than this no honest length says."""


def unpacked(content: bytes) -> Iterator[bytes]:
    """All that is packed in the content of a file or of a database's value, one level deep."""
    if content.startswith(MOZILLA_LZ4):
        yield lz4_block(content[len(MOZILLA_LZ4) + 4 :])
    if SNAPPY_STREAM in content:
        yield snappy_stream(content)
    yield from _gzip_members(content)
    for start in _positions(content, CHROMIUM_PACKED_VALUE):
        if packed := snappy(content[start + len(CHROMIUM_PACKED_VALUE) :]):
            yield packed
    if packed := snappy(content):
        yield packed


def cached_body(content: bytes) -> Iterator[bytes]:
    """What a Brotli body in an entry of an HTTP cache says: Chromium puts its key first, Firefox the body."""
    start = 0
    if content.startswith(CHROMIUM_CACHE_ENTRY):
        start = 24 + int.from_bytes(content[12:16], "little")
    if said := brotli_stream(content[start:]):
        yield said


def brotli_stream(content: bytes) -> bytes:
    """As much as a stream of Brotli gives before it ends or turns into something else."""
    decompressor = brotli.Decompressor()
    given = bytearray()
    with suppress(brotli.error):
        for start in range(0, len(content), 256):
            if decompressor.is_finished():
                break
            given += decompressor.process(content[start : start + 256])
    return bytes(given)


def snappy(content: bytes) -> bytes:
    """One raw Snappy block; empty unless it is one that has at least half the length it claims."""
    length, position = _varint(content, 0)
    if not 0 < length <= MOST:
        return b""
    given = bytearray()
    while position < len(content) and len(given) < length:
        tag = content[position]
        position += 1
        if tag & 3 == 0:
            size = (tag >> 2) + 1
            if size > 60:
                more = size - 60
                size = int.from_bytes(content[position : position + more], "little") + 1
                position += more
            given += content[position : position + size]
            position += size
            continue
        if tag & 3 == 1:
            size = ((tag >> 2) & 7) + 4
            offset = ((tag >> 5) << 8) | int.from_bytes(content[position : position + 1], "little")
            position += 1
        else:
            size = (tag >> 2) + 1
            wide = 2 if tag & 3 == 2 else 4
            offset = int.from_bytes(content[position : position + wide], "little")
            position += wide
        if not _copy(given, offset, size):
            break
    return bytes(given) if 2 * len(given) >= length else b""


def snappy_stream(content: bytes) -> bytes:
    """The framed form, from its first mark on: Firefox's large values and saved pages."""
    position = content.find(SNAPPY_STREAM)
    given = bytearray()
    while 0 <= position < len(content) - 4:
        kind, size = content[position], int.from_bytes(content[position + 1 : position + 4], "little")
        chunk = content[position + 8 : position + 4 + size]
        if kind == 0:
            given += snappy(chunk)
        elif kind == 1:
            given += chunk
        position += 4 + size
    return bytes(given)


def lz4_block(content: bytes) -> bytes:
    """One LZ4 block without a frame."""
    given = bytearray()
    position = 0
    while position < len(content):
        token = content[position]
        size, position = _lz4_size(content, position + 1, token >> 4)
        given += content[position : position + size]
        position += size
        if position + 2 > len(content):
            break
        offset = int.from_bytes(content[position : position + 2], "little")
        size, position = _lz4_size(content, position + 2, token & 15)
        if not _copy(given, offset, size + 4):
            break
    return bytes(given)


def leveldb_log(content: bytes) -> Iterator[bytes]:
    """The records of a LevelDB log, put together where they cross its blocks."""
    record = bytearray()
    for block in range(0, len(content), LOG_BLOCK):
        position = block
        while position + 7 <= min(block + LOG_BLOCK, len(content)):
            size, kind = int.from_bytes(content[position + 4 : position + 6], "little"), content[position + 6]
            if kind in (0, 1, 2):
                yield bytes(record)
                record.clear()
            record += content[position + 7 : position + 7 + size]
            position += 7 + size
    yield bytes(record)


def leveldb_table(content: bytes) -> Iterator[bytes]:
    """Whole keys and values of a LevelDB table, whose keys lie there without what they share with the key before."""
    if content[-8:] != LEVELDB_TABLE:
        return
    footer = content[-48:]
    _, position = _varint(footer, 0)
    _, position = _varint(footer, position)
    for _, handle in _entries(_block(content, *_handle(footer, position))):
        for key, value in _entries(_block(content, *_handle(handle, 0))):
            yield key + b"\n" + value


def sqlite_values(file: Path) -> Iterator[bytes]:
    """Every text and blob of a database, also those whose pages lie apart, and what only the log of writes has."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal", "-journal"):
            if (beside := file.with_name(file.name + suffix)).is_file():
                shutil.copy(beside, Path(folder) / f"copy{suffix}")
        with closing(sqlite3.connect(Path(folder) / "copy")) as database, suppress(sqlite3.Error):
            database.text_factory = bytes
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                with suppress(sqlite3.Error):
                    for row in database.execute(f'SELECT * FROM "{table.decode()}"'):
                        yield from (value for value in row if isinstance(value, bytes))


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = len(block) - 4 - 4 * int.from_bytes(block[-4:], "little")
    position, key = 0, b""
    while position < end:
        shared, position = _varint(block, position)
        own, position = _varint(block, position)
        size, position = _varint(block, position)
        key = key[:shared] + block[position : position + own]
        position += own
        yield key, block[position : position + size]
        position += size


def _block(content: bytes, offset: int, size: int) -> bytes:
    block = content[offset : offset + size]
    return snappy(block) if content[offset + size : offset + size + 1] == b"\1" else block


def _handle(content: bytes, position: int) -> tuple[int, int]:
    offset, position = _varint(content, position)
    size, _ = _varint(content, position)
    return offset, size


def _gzip_members(content: bytes) -> Iterator[bytes]:
    for start in _positions(content, b"\x1f\x8b\x08"):
        with suppress(zlib.error):
            yield zlib.decompressobj(31).decompress(content[start:], MOST)


def _positions(content: bytes, mark: bytes) -> Iterator[int]:
    start = content.find(mark)
    while start >= 0:
        yield start
        start = content.find(mark, start + 1)


def _varint(content: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while position < len(content) and shift < 64:
        byte = content[position]
        position += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return number, position


def _lz4_size(content: bytes, position: int, size: int) -> tuple[int, int]:
    while size >= 15 and position < len(content):
        size += content[position]
        position += 1
        if content[position - 1] < 255:
            break
    return size, position


def _copy(given: bytearray, offset: int, size: int) -> bool:
    """Repeat what was given `offset` bytes ago; False where nothing was."""
    if not 0 < offset <= len(given):
        return False
    start = len(given) - offset
    if offset >= size:
        given += given[start : start + size]
    else:
        pattern = bytes(given[start:])
        given += (pattern * (size // offset + 1))[:size]
    return True

#!/usr/bin/env python3
"""Opens a journal's backup file (kj-backup/1) without the app and prints it as Markdown or JSON.

Needs Python 3.11 and one package: `pip install "cryptography>=44"`. Everything it knows is in docs/journal-format.md.

    python kj_reader.py journal-2026-11-24.kjb                        asks for the code, or passphrase and Journal ID
    python kj_reader.py journal-2026-11-24.kjb --json > journal.json
    python kj_reader.py journal-2026-11-24.kjb --files folder         writes voice notes and pictures too
"""

import argparse
import base64
import getpass
import json
import re
import sys
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KDF = "argon2id/v=19/m=65536/t=3/p=1"
KINDS = {"passphrase": 1, "code": 2}
RECORD, CHUNK = 1, 2
KIB = 1024


class NotOpened(Exception):
    """Why a file does not open; `fault` is the name the app uses too."""

    def __init__(self, fault: str, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True)
class Backup:
    """An opened file: every record by id, each chunk's bytes by id, and what its head says."""

    journal_id: str
    made: int
    root: bytes
    records: dict[str, dict[str, Any]]
    chunks: dict[str, bytes]
    damaged: list[str] = field(default_factory=list)


def main() -> int:
    """Read the command line, ask for the secret, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--json", action="store_true", help="print JSON with every value instead of Markdown")
    arguments.add_argument("--files", type=Path, metavar="FOLDER", help="write voice notes and pictures here")
    chosen = arguments.parse_args()
    try:
        text = chosen.file.read_text("ascii")
        code = getpass.getpass("Recovery code (leave empty to use the passphrase): ")
        backup = open_backup(text, code=code) if code else open_backup(text, **ask_for_passphrase())
    except UnicodeDecodeError:
        print("This is no journal backup.", file=sys.stderr)
        return 1
    except NotOpened as why:
        print(f"{why} ({why.fault})", file=sys.stderr)
        return 1
    print(as_json(backup) if chosen.json else as_markdown(backup))
    if chosen.files:
        write_files(backup, chosen.files)
    return 0


def ask_for_passphrase() -> dict[str, str]:
    """The passphrase, and the Journal ID from the sheet, which it needs."""
    return {"passphrase": getpass.getpass("Passphrase: "), "journal_id": input("Journal ID: ")}


def open_backup(text: str, *, code: str = "", passphrase: str = "", journal_id: str = "") -> Backup:
    """Open a file with its code, or with passphrase and Journal ID. Checks every line; raises `NotOpened`."""
    (account, epoch, wraps), head, rows = take_apart(text)
    kind, secret = ("code", secret_of_code(code)) if code else ("passphrase", stretch(passphrase, journal_id))
    if kind not in wraps:
        raise NotOpened("wrong_secret", f"No {kind} opens this file.")
    vault_key = unwrap(wraps[kind], secret, kind, account, epoch)
    keys = {version: hkdf(vault_key, info) for version, info in ((RECORD, "kj/1/rec"), (CHUNK, "kj/1/blob"))}
    root, content = open_head(head, hkdf(vault_key, "kj/1/head"), account, epoch)
    if root != root_of(rows):
        raise NotOpened("incomplete", "Records are missing, changed or too many.")
    backup = Backup(str(content["id"]), int(content["at"]), root, {}, {})
    for record_id, envelope in rows:
        try:
            inside = open_envelope(envelope, keys, account, epoch, record_id)
        except NotOpened:
            backup.damaged.append(record_id.hex())
            continue
        if envelope[0] == CHUNK:
            backup.chunks[record_id.hex()] = inside
        else:
            backup.records[record_id.hex()] = json.loads(inside)
    return backup


def take_apart(text: str) -> tuple[tuple[bytes, int, dict[str, bytes]], bytes, list[tuple[bytes, bytes]]]:
    """Account, epoch and wraps of the header; the head; id with envelope of each further line."""
    lines = text.split("\n")
    if len(lines) < 3 or lines.pop() != "":
        raise NotOpened("damaged", "The file is cut off.")
    try:
        header = read_header(lines[0])
        head = from_base64(lines[1])
        rows = [(from_base64(first), from_base64(second)) for first, second in (line.split(" ") for line in lines[2:])]
    except (ValueError, KeyError, TypeError) as why:
        raise NotOpened("damaged", "A line is damaged.") from why
    ids = [record_id for record_id, _ in rows]
    versions = {envelope[:1] for _, envelope in rows}
    if ids != sorted(set(ids)) or any(len(each) != 16 for each in ids) or not versions <= {b"\x01", b"\x02"}:
        raise NotOpened("damaged", "Lines are out of order.")
    return header, head, rows


def read_header(line: str) -> tuple[bytes, int, dict[str, bytes]]:
    """Account, epoch and wraps; anything that the app would have written otherwise is refused."""
    header = json.loads(line)
    if re.fullmatch(r"kj-backup/\d{1,9}", str(header["fmt"])) and header["fmt"] != "kj-backup/1":
        raise NotOpened("newer_format", "A later version of the app made this file.")
    account, epoch = from_base64(header["account"]), int(header["epoch"])
    wraps = {each["kind"]: each["wrap"] for each in header["wraps"]}
    expected = {
        "fmt": "kj-backup/1",
        "account": header["account"],
        "epoch": epoch,
        "kdf": KDF,
        "wraps": [{"kind": kind, "wrap": wraps[kind]} for kind in KINDS if kind in wraps],
    }
    if json.dumps(expected, separators=(",", ":")) != line or len(account) != 16 or not 0 < epoch < 1 << 32:
        raise ValueError("not a header of this format")
    return account, epoch, {kind: from_base64(wrap) for kind, wrap in wraps.items()}


def unwrap(wrap: bytes, secret: bytes, kind: str, account: bytes, epoch: int) -> bytes:
    """The vault key."""
    bound = b"kj/1/wrap\0" + account + bytes([KINDS[kind]]) + epoch.to_bytes(4, "big")
    try:
        return AESGCM(hkdf(secret, "kj/1/kek")).decrypt(wrap[:12], wrap[12:], bound)
    except (InvalidTag, ValueError) as why:
        raise NotOpened("wrong_secret", "This secret does not open the file.") from why


def open_head(head: bytes, key: bytes, account: bytes, epoch: int) -> tuple[bytes, dict[str, Any]]:
    """The root, and who made the file when."""
    clear, nonce, ciphertext = head[:93], head[93:105], head[105:]
    if head[:1] != b"\x01" or len(head) < 93 + 12 + 16 + 64:
        raise NotOpened("damaged", "The second line is no head.")
    if clear[1:17] != account or int.from_bytes(clear[17:21], "big") != epoch:
        raise NotOpened("foreign", "The head belongs to another journal.")
    padded = decrypt(key, nonce, ciphertext, b"kj/1/head\0" + clear)
    return clear[61:93], json.loads(unpadded(padded, -(-(int.from_bytes(padded[:4], "big") + 4) // 64) * 64))


def open_envelope(envelope: bytes, keys: dict[int, bytes], account: bytes, epoch: int, record_id: bytes) -> bytes:
    """What is inside; raises when it was changed, or belongs elsewhere."""
    version = envelope[0] if envelope else 0
    if version not in keys or len(envelope) < 33 or int.from_bytes(envelope[1:5], "big") != epoch:
        raise NotOpened("damaged", "Not an envelope of this journal.")
    label = {RECORD: b"kj/1/rec\0", CHUNK: b"kj/1/blob\0"}[version]
    bound = label + account + record_id + envelope[1:5]
    padded = decrypt(keys[version], envelope[5:17], envelope[17:], bound)
    return unpadded(padded, bucket(int.from_bytes(padded[:4], "big") + 4))


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes, bound: bytes) -> bytes:
    """AES-256-GCM."""
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, bound)
    except (InvalidTag, ValueError) as why:
        raise NotOpened("damaged", "It was changed, or belongs elsewhere.") from why


def unpadded(padded: bytes, size: int) -> bytes:
    """The content of `len32 ‖ content ‖ zeros`, which must be `size` bytes long."""
    end = 4 + int.from_bytes(padded[:4], "big")
    if len(padded) != size or any(padded[end:]):
        raise NotOpened("damaged", "Wrong padding.")
    return padded[4:end]


def bucket(length: int) -> int:
    """1, 2, 4 … 64 KiB, then multiples of 64 KiB."""
    if length > 64 * KIB:
        return -(-length // (64 * KIB)) * 64 * KIB
    return int(max(KIB, 1 << (length - 1).bit_length()))


def root_of(rows: list[tuple[bytes, bytes]]) -> bytes:
    """The hash over every record and chunk."""
    joined = b"".join(record_id + sha256(envelope).digest() for record_id, envelope in rows)
    return sha256(b"kj/1/root\0" + joined).digest()


def hkdf(secret: bytes, info: str) -> bytes:
    """HKDF-SHA-256 with empty salt, 32 bytes."""
    return HKDF(SHA256(), 32, salt=None, info=info.encode()).derive(secret)


def stretch(passphrase: str, journal_id: str) -> bytes:
    """Argon2id with 64 MiB, three passes, one lane, and the salt that follows from the Journal ID."""
    named = normalised(journal_id)
    if len(named) != 16 or not set(named) <= set(CROCKFORD):
        raise NotOpened("mistyped", "This is no Journal ID: it has 16 letters and digits.")
    salt = sha256(b"kj/1/salt\0" + named.encode()).digest()[:16]
    typed = unicodedata.normalize("NFKC", passphrase).strip().encode()
    return Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=65536).derive(typed)


def secret_of_code(typed: str) -> bytes:
    """The secret of a recovery code; raises when its check does not hold."""
    code = normalised(typed)
    if len(code) == 28 and set(code) <= set(CROCKFORD):
        number = 0
        for character in code:
            number = number * 32 + CROCKFORD.index(character)
        secret, check = (number >> 12).to_bytes(16, "big"), number & 0xFFF
        if int.from_bytes(sha256(b"kj/1/check\0" + secret).digest()[:2], "big") >> 4 == check:
            return hkdf(secret, "kj/1/recovery")
    raise NotOpened("mistyped", "This is no recovery code: look at each group again.")


def normalised(typed: str) -> str:
    """Upper case, nothing but letters and digits, look-alikes read as what they must be."""
    return re.sub("[^0-9A-Z]", "", typed.upper()).translate(str.maketrans("OIL", "011"))


def from_base64(encoded: object) -> bytes:
    """base64url without padding, in its one spelling."""
    if not isinstance(encoded, str):
        raise TypeError
    decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != encoded:
        raise ValueError("another spelling")
    return decoded


def as_json(backup: Backup) -> str:
    """Everything, the bin and every value of every field included."""
    records = [{"id": record_id, **record} for record_id, record in backup.records.items()]
    return json.dumps(
        {"journal_id": backup.journal_id, "made": backup.made, "damaged": backup.damaged, "records": records},
        ensure_ascii=False,
        indent=2,
    )


def as_markdown(backup: Backup) -> str:
    """Live entries, oldest first, for reading."""
    live = [(when(record), key, record) for key, record in backup.records.items() if not record.get("del", False)]
    parts = [f"# Journal {backup.journal_id}", f"Copied {moment(backup.made)}: {len(live)} entries."]
    for at, _, record in sorted(live, key=lambda each: each[:2]):
        parts.append(f"## {moment(at)}: {record['t']}")
        if record["v"] > 1:
            parts.append("Written by a later version of the app: see --json.")
        parts += [line for name, values in record.get("f", {}).items() for line in field_lines(name, values)]
    if backup.damaged:
        parts.append(f"{len(backup.damaged)} parts were damaged when this copy was made.")
    return "\n\n".join(parts)


def field_lines(name: str, values: list[dict[str, Any]]) -> list[str]:
    """The value shown, and what was also written."""
    if name in {"parent", "chunks"}:
        return []
    if name.startswith("tag:"):
        return [f"#{name[4:]}"] if values[0]["v"] is True else []
    first, *others = [moment(value["v"]) if name in MOMENTS else str(value["v"]) for value in values]
    return [f"**{name}:** {first}", *(f"*also written:* {other}" for other in others)]


MOMENTS = {"at", "started", "ended", "asked_at", "deleted"}


def when(record: dict[str, Any]) -> int:
    """What the record is about, in Unix milliseconds."""
    values = {name: written[0]["v"] for name, written in record.get("f", {}).items()}
    at = values.get("started", values.get("at"))
    if isinstance(at, int):
        return at
    try:
        return int(datetime.fromisoformat(f"{values.get('date')}T12:00:00").astimezone(UTC).timestamp() * 1000)
    except ValueError:
        return int(record.get("created", 0))


def moment(milliseconds: int) -> str:
    """A time on this computer's clock."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def write_files(backup: Backup, folder: Path) -> None:
    """Attachments under their id and an ending that says what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for record_id, record in backup.records.items():
        values = {name: written[0]["v"] for name, written in record.get("f", {}).items()}
        if record["t"] == "attachment" and not record["del"]:
            ending = re.sub(r"[^a-z0-9]", "", str(values.get("media_type", "")).split(";")[0].split("/")[-1])
            chunks = [backup.chunks.get(chunk, b"") for chunk in str(values.get("chunks", "")).split()]
            (folder / f"{record_id}.{ending or 'bin'}").write_bytes(b"".join(chunks))


if __name__ == "__main__":
    sys.exit(main())

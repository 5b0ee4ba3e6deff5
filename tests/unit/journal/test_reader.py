"""Holds the independent reader and the app together: both read the same vectors and refuse the same damage."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT = Path(__file__).parents[3]
READER = ROOT / "docs" / "reader" / "kj_reader.py"
FILE = (ROOT / "tests" / "vectors" / "journal-backup.kjb").read_text("ascii")
VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "journal-formats.json").read_text())
KNOWN: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "journal-primitives.json").read_text())


@pytest.fixture(scope="module")
def reader() -> ModuleType:
    specification = importlib.util.spec_from_file_location("kj_reader", READER)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["kj_reader"] = module
    specification.loader.exec_module(module)
    return module


def test_primitives_give_what_their_standards_say() -> None:
    for case in KNOWN["argon2id"]:
        stretch = Argon2id(
            salt=bytes.fromhex(case["salt"]),
            length=len(case["tag"]) // 2,
            iterations=case["passes"],
            lanes=case["lanes"],
            memory_cost=case["memory_kib"],
            ad=bytes.fromhex(case["ad"]) or None,
            secret=bytes.fromhex(case["secret"]) or None,
        )
        assert stretch.derive(bytes.fromhex(case["password"])).hex() == case["tag"], case["source"]
    for case in KNOWN["hkdf_sha256"]:
        derived = HKDF(
            SHA256(), len(case["okm"]) // 2, bytes.fromhex(case["salt"]) or None, bytes.fromhex(case["info"])
        ).derive(bytes.fromhex(case["ikm"]))
        assert derived.hex() == case["okm"], case["source"]
    for case in KNOWN["aes_256_gcm"]:
        encrypted = AESGCM(bytes.fromhex(case["key"])).encrypt(
            bytes.fromhex(case["nonce"]), bytes.fromhex(case["content"]), bytes.fromhex(case["bound"]) or None
        )
        assert encrypted.hex() == case["ciphertext"], case["source"]


def test_keys_and_names_follow_from_what_is_on_the_sheet(reader: ModuleType) -> None:
    secrets = VECTORS["secrets"]
    assert reader.stretch(VECTORS["passphrase"], VECTORS["journal_id"].lower()).hex() == secrets["passphrase"]
    assert reader.secret_of_code(VECTORS["recovery_code"].replace("0", "o")).hex() == secrets["code"]
    assert reader.hkdf(bytes(32), "kj/1/passkey").hex() == secrets["passkey_of_zeros"]
    account = bytes.fromhex(VECTORS["account"])
    for kind in ("passphrase", "code"):
        wrap, secret = bytes.fromhex(VECTORS["wraps"][kind]), bytes.fromhex(secrets[kind])
        assert reader.unwrap(wrap, secret, kind, account, VECTORS["epoch"]).hex() == VECTORS["vault_key"]
    for kind, record_id in VECTORS["singles"].items():
        name = f"kj/1/one\0{reader.normalised(VECTORS['journal_id'])}\0{kind}".encode()
        assert hashlib.sha256(name).hexdigest()[:32] == record_id


def test_envelopes_open_to_their_content(reader: ModuleType) -> None:
    account, vault_key = bytes.fromhex(VECTORS["account"]), bytes.fromhex(VECTORS["vault_key"])
    keys = {1: reader.hkdf(vault_key, "kj/1/rec"), 2: reader.hkdf(vault_key, "kj/1/blob")}
    for record in VECTORS["records"]:
        envelope, record_id = bytes.fromhex(record["envelope"]), bytes.fromhex(record["id"])
        assert reader.open_envelope(envelope, keys, account, 1, record_id).decode() == record["json"]
    root, content = reader.open_head(
        bytes.fromhex(VECTORS["head"]["bytes"]), reader.hkdf(vault_key, "kj/1/head"), account, 1
    )
    assert root.hex() == VECTORS["root"]
    assert content == json.loads(VECTORS["head"]["content"])


def test_a_backup_opens_with_code_and_with_passphrase(reader: ModuleType) -> None:
    backup = reader.open_backup(FILE, code=VECTORS["recovery_code"])
    assert backup == reader.open_backup(
        FILE, passphrase=VECTORS["passphrase"], journal_id=VECTORS["journal_id"].replace("-", "")
    )
    assert {key: json.dumps(record, ensure_ascii=False) for key, record in backup.records.items()} == {
        record["id"]: json.dumps(json.loads(record["json"]), ensure_ascii=False) for record in VECTORS["records"]
    }
    assert backup.chunks == {VECTORS["chunk"]["id"]: b"sound"}
    assert backup.damaged == []


def test_it_prints_for_reading_and_writes_files(reader: ModuleType, tmp_path: Path) -> None:
    backup = reader.open_backup(FILE, code=VECTORS["recovery_code"])
    page = reader.as_markdown(backup)
    for words in ("Wände atmen. 🌊", "*also written:* Walls breathe.", "#first", "as on my sheet", "later version"):
        assert words in page
    assert "long long" not in page, "what lies in the bin is only in the JSON"
    assert "long long" in reader.as_json(backup)
    reader.write_files(backup, tmp_path)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"sound"]


def test_run_as_a_program_it_explains_itself() -> None:
    run = subprocess.run([sys.executable, READER, "--help"], capture_output=True, text=True, check=True, timeout=60)
    assert "kj-backup/1" in run.stdout


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        ({"code": "0M61-66H1-50QK-CFA4-9D95-JR37-DR3S"}, "mistyped"),
        ({"code": "0000-0000-0000-0000-0000-0000-00"}, "mistyped"),
        ({"passphrase": "not it", "journal_id": "0G5H-4690-4WQ3-AF23"}, "wrong_secret"),
        ({"passphrase": "Zürich ﬁve calm words", "journal_id": "0G5H-4690-4WQ3-AF24"}, "wrong_secret"),
        ({"passphrase": "Zürich ﬁve calm words", "journal_id": "0G5H-4690"}, "mistyped"),
    ],
)
def test_a_wrong_secret_has_its_name(reader: ModuleType, secret: dict[str, str], fault: str) -> None:
    with pytest.raises(reader.NotOpened) as caught:
        reader.open_backup(FILE, **secret)
    assert caught.value.fault == fault


def test_every_change_of_a_character_is_noticed(reader: ModuleType) -> None:
    # Opened with the code, the wrap for the passphrase is not looked into.
    unread = range(FILE.index('"wrap":"'), FILE.index('"},{"kind":"code"'))
    for place in sorted(set(range(0, len(FILE), 23)) - set(unread)):
        changed = FILE[:place] + ("A" if FILE[place] != "A" else "B") + FILE[place + 1 :]
        with pytest.raises(reader.NotOpened):
            reader.open_backup(changed, code=VECTORS["recovery_code"])


def test_missing_moved_and_doubled_lines_are_noticed(reader: ModuleType) -> None:
    lines = FILE.split("\n")
    for changed in (
        lines[:3] + lines[4:],
        [*lines[:3], lines[3], *lines[3:]],
        [*lines[:2], lines[3], lines[2], *lines[4:]],
        lines[:-1],
        [*lines[:-2], ""],
        [lines[0], lines[1], ""],
    ):
        with pytest.raises(reader.NotOpened):
            reader.open_backup("\n".join(changed), code=VECTORS["recovery_code"])
    with pytest.raises(reader.NotOpened) as caught:
        reader.open_backup(FILE.replace("kj-backup/1", "kj-backup/2", 1), code=VECTORS["recovery_code"])
    assert caught.value.fault == "newer_format"

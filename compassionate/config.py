"""Settings: environment over `instance/config.py` over defaults; secrets from a file or the environment.

What the hospital may set is in README.md; every name starts with COMPASSIONATE_ but for PORT.
"""

from __future__ import annotations

import base64
import json
import os
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compassionate.errors import StartRefused
from compassionate.services.oidc import Client
from compassionate.services.outside import is_safe
from compassionate.services.scanning import NoScanner, Scanner, scanner_at

ROOT = Path(__file__).parent.parent
SECRETS_FILE = "secrets.json"
SECRET_NAMES = ("MASTER_KEY", "SECRET_KEY", "PASSWORD_SALT")
# What reaches the machine from itself is always answered; the names people type are the hospital's to say.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
OIDC_SECRET = "OIDC_CLIENT_SECRET"  # noqa: S105 - the name of a setting
NEXT, ARCHIVED = "NEXT_MASTER_KEY", "ARCHIVED_MASTER_KEYS"  # while keys are rotated, and after
MASTER_KEY_BYTES = 32
SHORTEST = {"MASTER_KEY": 44, "SECRET_KEY": 32, "PASSWORD_SALT": 16}
FEWEST_CHARACTERS = 8
EXAMPLES = ("change-me", "changeme", "cambiame", "cámbiame", "example", "ejemplo", "password", "contraseña", "12345678")


class SecretsMissing(StartRefused):
    """A start without its secrets: names every one that is missing."""

    def __init__(self, names: list[str], folder: Path) -> None:
        super().__init__(
            f"Faltan secretos: {', '.join('COMPASSIONATE_' + name for name in names)}. "
            f"Créelos con «flask instance prepare» (los guarda en {folder / SECRETS_FILE}) o póngalos en el entorno."
        )
        self.names = names


class UnknownSetting(StartRefused):
    """A setting with a value that means nothing."""


class SecretsWrong(StartRefused):
    """A start with secrets that are not what they should be: says which and where they come from."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the application is told from outside."""

    instance: Path
    database_url: str
    document_store: str
    master_key: bytes
    secret_key: str
    password_salt: str
    smtp_url: str = ""
    mail_from: str = "compassionate@localhost"
    behind_tls: bool = False
    hosts: tuple[str, ...] = LOCAL_HOSTS
    metrics: bool = False
    idle_minutes: int = 30
    absolute_hours: int = 12
    emergency_minutes: int = 60
    small_cell: int = 5
    jobs_url: str = ""  # the queue that rings for print jobs; a file of the instance where none is named
    tsa_url: str = ""  # an authority that stamps time (RFC 3161)
    tsa_roots: Path | None = None  # whose signature a stamp must carry
    seal_file: Path | None = None  # the hospital's certificate for sealing (PKCS#12), else one made here
    seal_password_file: Path | None = None
    signer_roots: Path | None = None  # a folder: whose certificates people may sign with
    asks_revocation: bool = False  # of people's certificates, from their authorities
    oidc: Client | None = None  # the hospital's own log-in, where there is one
    oidc_label: str = ""
    backup_days: int = 35
    language: str = "es"
    audit_heads: str = ""
    migration_database_url: str = ""
    second_factor: str = "optional"
    next_master_key: bytes | None = None
    archived_master_keys: tuple[bytes, ...] = ()
    port: str = "8000"
    scanner: Scanner | None = None  # of malware, asked about every paper
    keeps_own_master_key: bool = False  # in secrets.json, where `flask keys rotate` may write the next one

    @property
    def jobs_address(self) -> str:
        """Where workers hear that there is something to do."""
        return self.jobs_url or f"sqlite:///{self.instance / 'jobs.db'}"

    @property
    def base_url(self) -> str:
        """Where people reach the application, for links in mails: only where the hospital named it and speaks TLS."""
        named = [name for name in self.hosts if name not in LOCAL_HOSTS]
        return f"https://{named[0]}" if named and self.behind_tls else ""

    @property
    def address(self) -> str:
        """The same for what is printed, which must lead somewhere: without a name, to this machine alone."""
        return self.base_url or f"http://127.0.0.1:{self.port}"


def instance_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of keys, SQLite file and document store."""
    return Path(environment.get("COMPASSIONATE_INSTANCE") or ROOT / "instance").resolve()


def make_secrets(folder: Path) -> bool:
    """Write fresh secrets, readable by their owner alone, where there are none; says whether it did."""
    path = folder / SECRETS_FILE
    if path.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    held = {
        "MASTER_KEY": new_master_key(),
        "SECRET_KEY": random.token_urlsafe(48),
        "PASSWORD_SALT": random.token_urlsafe(24),
    }
    write_secrets(folder, held)
    return True


def new_master_key() -> str:
    """A fresh master key, as it is written down."""
    return base64.b64encode(os.urandom(MASTER_KEY_BYTES)).decode()


def read_secrets(folder: Path) -> dict[str, Any]:
    """What secrets.json holds, nothing where there is none; raises SecretsWrong."""
    path = folder / SECRETS_FILE
    if not path.exists():
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SecretsWrong(f"No se puede leer {path}: no es el JSON que escribió «flask instance prepare».") from error
    if not isinstance(held, dict):
        raise SecretsWrong(f"{path} no contiene un objeto JSON con los secretos.")
    return held


def write_secrets(folder: Path, held: Mapping[str, Any]) -> None:
    """Write secrets.json as a whole or not at all: whoever is killed half-way leaves the earlier one."""
    path = folder / SECRETS_FILE
    beside = folder / f".{SECRETS_FILE}.{random.token_hex(4)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dict(held), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder_descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(folder_descriptor)
    os.close(folder_descriptor)


def master_key(text: Any, name: str) -> bytes:
    """The bytes of a master key as it is written down; raises SecretsWrong."""
    try:
        key = base64.b64decode(str(text), validate=True)
    except ValueError:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise SecretsWrong(
            f"COMPASSIONATE_{name} no es una clave: tienen que ser {MASTER_KEY_BYTES} bytes escritos en base64."
        )
    return key


def _file_settings(folder: Path) -> dict[str, Any]:
    path = folder / "config.py"
    names: dict[str, Any] = {}
    if path.exists():
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)  # noqa: S102 - the hospital's own file
    return {name: value for name, value in names.items() if name.startswith("COMPASSIONATE_")}


def _secrets(folder: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    names = (*SECRET_NAMES, NEXT, ARCHIVED)
    held = read_secrets(folder) | {
        name: given[f"COMPASSIONATE_{name}"] for name in names if given.get(f"COMPASSIONATE_{name}")
    }
    missing = [name for name in SECRET_NAMES if not held.get(name)]
    if missing:
        raise SecretsMissing(missing, folder)
    weak = [f"COMPASSIONATE_{name}" for name in SECRET_NAMES if is_weak(str(held[name]), SHORTEST[name])]
    if weak:
        raise SecretsWrong(
            f"Demasiado fáciles de adivinar: {', '.join(weak)}. Bórrelos y créelos con «flask instance prepare»."
        )
    return held


def is_weak(secret: str, shortest: int) -> bool:
    """Whether a secret is too short, has too few different characters, or is a word of an example (ASVS 13.3.1)."""
    plain = secret.lower()
    is_example = any(word in plain for word in EXAMPLES)
    return len(secret) < shortest or len(set(secret)) < FEWEST_CHARACTERS or is_example


def _hosts(given: str) -> tuple[str, ...]:
    named = (name.strip().lower() for name in given.split(","))
    return (*LOCAL_HOSTS, *(name for name in named if name))


def _one_of(given: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """A setting with few values, the first where none is given: a slip of the pen must not switch a protection off."""
    value = str(given.get(name) or choices[0]).strip().lower()
    if value not in choices:
        raise UnknownSetting(f"{name} vale «{value}»; tiene que ser {', '.join(choices[:-1])} u {choices[-1]}.")
    return value


def _oidc(given: Mapping[str, Any], folder: Path) -> Client | None:
    """The hospital's identity provider, where one is named: whole, and never over a line that others read."""
    issuer, client_id = (str(given.get(f"COMPASSIONATE_OIDC_{name}") or "").strip() for name in ("ISSUER", "CLIENT_ID"))
    if not issuer:
        return None
    if not is_safe(issuer) or "?" in issuer:
        raise UnknownSetting("COMPASSIONATE_OIDC_ISSUER tiene que ser una dirección https sin parámetros.")
    secret = _oidc_secret(given, folder)
    if not client_id or not secret:
        raise UnknownSetting(
            "COMPASSIONATE_OIDC_ISSUER necesita COMPASSIONATE_OIDC_CLIENT_ID y COMPASSIONATE_OIDC_CLIENT_SECRET_FILE."
        )
    factors = str(given.get("COMPASSIONATE_OIDC_ACR") or "").replace(",", " ").split()
    return Client(issuer, client_id, secret, tuple(factors))


def _oidc_secret(given: Mapping[str, Any], folder: Path) -> str:
    path = given.get(f"COMPASSIONATE_{OIDC_SECRET}_FILE")
    if not path:
        return str(given.get(f"COMPASSIONATE_{OIDC_SECRET}") or read_secrets(folder).get(OIDC_SECRET) or "")
    try:
        return Path(str(path)).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SecretsWrong(f"No se puede leer {path}, donde COMPASSIONATE_{OIDC_SECRET}_FILE dice.") from error


def _days(given: Mapping[str, Any], name: str, default: int) -> int:
    """A number of days: by a slip of the pen nothing may be deleted at once."""
    text = str(given.get(name) or default).strip()
    if not text.isdigit() or int(text) < 1:
        raise UnknownSetting(f"{name} vale «{text}»; tiene que ser un número de días, uno o más.")
    return int(text)


def _path(given: Mapping[str, Any], name: str) -> Path | None:
    text = given.get(f"COMPASSIONATE_{name}")
    return Path(str(text)) if text else None


def _sender(given: Mapping[str, Any]) -> str:
    """Who mails are from: as the hospital says, else an address at the first name that people type."""
    named = [name for name in _hosts(given.get("COMPASSIONATE_HOSTS", "")) if name not in LOCAL_HOSTS]
    return str(given.get("COMPASSIONATE_MAIL_FROM") or f"compassionate@{named[0] if named else 'localhost'}").strip()


def _scanner(given: Mapping[str, Any]) -> Scanner | None:
    """The scanner of malware: a slip of the pen must not let files out unscanned."""
    address = str(given.get("COMPASSIONATE_SCANNER_URL") or "").strip()
    try:
        return scanner_at(address)
    except NoScanner as error:
        raise UnknownSetting(
            f"COMPASSIONATE_SCANNER_URL vale «{address}»; tiene que ser clamd://equipo:puerto, unix:///ruta/del/socket "
            "o command:/ruta/del/programa."
        ) from error


def _archived(held: Any) -> tuple[bytes, ...]:
    texts = held.split(",") if isinstance(held, str) else held
    return tuple(master_key(text, ARCHIVED) for text in texts)


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this start; raises SecretsMissing naming all that is missing."""
    folder = instance_folder(environment)
    given = _file_settings(folder) | {
        name: value for name, value in environment.items() if name.startswith("COMPASSIONATE_")
    }
    held = _secrets(folder, given)
    return Settings(
        instance=folder,
        database_url=given.get("COMPASSIONATE_DATABASE_URL") or f"sqlite:///{folder / 'compassionate.db'}",
        document_store=given.get("COMPASSIONATE_DOCUMENT_STORE") or str(folder / "documents"),
        master_key=master_key(held["MASTER_KEY"], "MASTER_KEY"),
        next_master_key=master_key(held[NEXT], NEXT) if held.get(NEXT) else None,
        archived_master_keys=_archived(held.get(ARCHIVED) or ()),
        keeps_own_master_key=not given.get("COMPASSIONATE_MASTER_KEY"),
        secret_key=held["SECRET_KEY"],
        password_salt=held["PASSWORD_SALT"],
        smtp_url=given.get("COMPASSIONATE_SMTP_URL", ""),
        mail_from=_sender(given),
        behind_tls=str(given.get("COMPASSIONATE_BEHIND_TLS", "")).lower() in ("1", "true", "yes"),
        hosts=_hosts(given.get("COMPASSIONATE_HOSTS", "")),
        metrics=str(given.get("COMPASSIONATE_METRICS", "")).lower() in ("1", "true", "yes"),
        audit_heads=given.get("COMPASSIONATE_AUDIT_HEADS", ""),
        jobs_url=str(given.get("COMPASSIONATE_JOBS_URL") or "").strip(),
        tsa_url=given.get("COMPASSIONATE_TSA_URL", ""),
        tsa_roots=_path(given, "TSA_ROOTS"),
        seal_file=_path(given, "SEAL_FILE"),
        seal_password_file=_path(given, "SEAL_PASSWORD_FILE"),
        signer_roots=_path(given, "SIGNER_ROOTS"),
        asks_revocation=_one_of(given, "COMPASSIONATE_REVOCATION", ("offline", "online")) == "online",
        migration_database_url=given.get("COMPASSIONATE_MIGRATION_DATABASE_URL", ""),
        idle_minutes=int(given.get("COMPASSIONATE_IDLE_MINUTES", 30)),
        absolute_hours=int(given.get("COMPASSIONATE_ABSOLUTE_HOURS", 12)),
        emergency_minutes=int(given.get("COMPASSIONATE_EMERGENCY_MINUTES", 60)),
        scanner=_scanner(given),
        oidc=_oidc(given, folder),
        oidc_label=str(given.get("COMPASSIONATE_OIDC_LABEL") or "").strip(),
        small_cell=int(given.get("COMPASSIONATE_SMALL_CELL", 5)),
        backup_days=_days(given, "COMPASSIONATE_BACKUP_DAYS", 35),
        port=environment.get("PORT") or "8000",
        second_factor=_one_of(given, "COMPASSIONATE_SECOND_FACTOR", ("optional", "required", "off")),
    )

"""How people prove who they are: attempts that failed, codes of an app, recovery codes, passkeys, the hospital."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified

BUCKET_LENGTH = 90
CREDENTIAL_LENGTH = 1400
ISSUER_LENGTH, SUBJECT_LENGTH = 300, 255


class Attempts(Base):
    """Failures at one door by one account, one unknown name or one source; kept here so that a restart forgives none.

    `bucket` is `purpose:account id`, or `purpose:keyed hash` of a name that nobody has or of an address.
    """

    __tablename__ = "attempts"
    bucket: Mapped[str] = mapped_column(String(BUCKET_LENGTH), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), index=True)
    failures: Mapped[float]
    last_at: Mapped[datetime] = mapped_column(index=True)


class Authenticator(Identified, Base):
    """The secret that an account shares with an authenticator app, sealed with a key of its own (RFC 6238).

    `last_step` is the step of the last code taken: no code is good twice (ASVS 6.5.1).
    """

    __tablename__ = "authenticators"
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), unique=True)
    key_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    secret: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Identified, Base):
    """A code for whoever lost the telephone, as a hash: it has 120 random bits, so nobody can try them all."""

    __tablename__ = "recovery_codes"
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]


class Passkey(Identified, Base):
    """A key that a person's device or security key holds; ours is only its public half (WebAuthn)."""

    __tablename__ = "passkeys"
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[str] = mapped_column(String(CREDENTIAL_LENGTH), unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Challenge(Base):
    """A random number that a passkey signed or a provider sent back: kept until it runs out, to be good once."""

    __tablename__ = "challenges"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)


class ExternalIdentity(Identified, Base):
    """Who an account is to the hospital's identity provider: the pair that never changes, issuer and subject (OIDC).

    Made by whoever showed both, never found by an e-mail address (ASVS 10.5.2). `name` is what the provider called
    the person when it was made.
    """

    __tablename__ = "external_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("account_id", "issuer"))
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    issuer: Mapped[str] = mapped_column(String(ISSUER_LENGTH))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    name: Mapped[str] = mapped_column(String(100))
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

"""Uploaded papers, issued documents and what was made of them: rows here, bytes in the document store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified

SUBJECT_LENGTH = 100


class Paper(Identified, Base):
    """An uploaded file: kept encrypted and unchanged under its id, known by its SHA-256.

    `details` seals the title and the file name; `request_number` is the request that it goes with;
    a paper of a product (willingness of its sponsor) has no case and is sealed with the centre's key.
    `is_elsewhere`: it came with a case of another installation, which keeps the original that `sha256` is of; what is
    here is the copy that the dossier carried, or nothing where it carried none (`has_copy`).
    `copy_sha256` is of the copy without metadata that documents carry; `scan` is what the scanner of malware said:
    unscanned (there was none), waiting (it did not answer), clean, found (`scan_found`: what).
    """

    __tablename__ = "papers"
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    product_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("products.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    request_number: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(30))
    details: Mapped[bytes]
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    pages: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    uploaded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[bytes | None]
    copy_sha256: Mapped[str | None] = mapped_column(String(64))
    is_elsewhere: Mapped[bool] = mapped_column(default=False, server_default="0")
    has_copy: Mapped[bool] = mapped_column(default=False, server_default="0")
    is_signed: Mapped[bool] = mapped_column(default=False, server_default="0")
    scan: Mapped[str] = mapped_column(String(10), default="unscanned", server_default="unscanned", index=True)
    scan_found: Mapped[str | None] = mapped_column(String(200))
    scanned_at: Mapped[datetime | None]


class PaperAnnex(Identified, Base):
    """A paper that an earlier request carried and that a later one carries again: the same file, no second upload."""

    __tablename__ = "paper_annexes"
    __table_args__ = (UniqueConstraint("case_id", "request_number", "paper_id"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    request_number: Mapped[int]
    paper_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("papers.id"))
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]


class IssuedDocument(Identified, Base):
    """A PDF once issued: stored, hashed, never changed. `content_sha256` tells whether it would still say the same.

    It is of a case, or (a report) of a centre and of what `subject` names there: a period, a programme, a batch.
    Its seal: level (PAdES), SHA-256 of the certificate and of what was sealed, and what it should have and has not;
    all empty in what the first releases issued.
    """

    __tablename__ = "issued_documents"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "copy", "request_number", "version"),
        Index("ix_issued_documents_of_centre", "centre_id", "kind", "subject", "version", unique=True),
    )
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    centre_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH), default="", server_default="")
    kind: Mapped[str] = mapped_column(String(30))
    copy: Mapped[str] = mapped_column(String(10), default="hospital")
    request_number: Mapped[int] = mapped_column(default=0)
    version: Mapped[int]
    template_version: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    content_sha256: Mapped[str] = mapped_column(String(64))
    pages: Mapped[int]
    size: Mapped[int]
    verification: Mapped[str] = mapped_column(String(32), unique=True)
    issued_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    issued_at: Mapped[datetime]
    seal_level: Mapped[str | None] = mapped_column(String(10))
    seal_certificate: Mapped[str | None] = mapped_column(String(64))
    seal_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    seal_lacks: Mapped[str | None] = mapped_column(String(30))
    sealed_at: Mapped[datetime | None]


class CaseFile(Identified, Base):
    """A sealed file of a case (or of a centre) that nobody uploaded or issued, made of a paper or document (`of_id`).

    `kind`: what it is (the snapshot of an issue, page pictures of an annex, …); `sha256` is of its plain bytes.
    """

    __tablename__ = "case_files"
    __table_args__ = (
        Index("ix_case_files_case_id_kind_of_id", "case_id", "kind", "of_id"),
        Index("ix_case_files_of_centre", "centre_id", "kind", "of_id"),
    )
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    centre_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"))
    kind: Mapped[str] = mapped_column(String(20))
    of_id: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    made_at: Mapped[datetime]


class SignedDocument(Identified, Base):
    """A copy of an issued document that people signed elsewhere and brought back; its bytes are a file of the case.

    `chain`, `revocation` and `moment`: what was found of its signers, in codes; `details` seals who they are.
    """

    __tablename__ = "signed_documents"
    __table_args__ = (UniqueConstraint("document_id", "sha256"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    document_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("issued_documents.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    chain: Mapped[str] = mapped_column(String(20))
    revocation: Mapped[str] = mapped_column(String(20))
    moment: Mapped[str] = mapped_column(String(20))
    details: Mapped[bytes]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]


class SealCertificate(Identified, Base):
    """A certificate that this installation sealed with (PEM); of those that it made itself also the key, sealed."""

    __tablename__ = "seal_certificates"
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    certificate: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    private_key: Mapped[bytes | None]
    made_at: Mapped[datetime]

"""The rows: one module a noun. No web framework here; importing this package maps every table."""

from compassionate.models.access import Attempts, Authenticator, Challenge, ExternalIdentity, Passkey, RecoveryCode
from compassionate.models.accounts import Account, Membership
from compassionate.models.answers import AnswerSet, Draft, Signature
from compassionate.models.base import Base, Instant, new_id
from compassionate.models.cases import (
    Case,
    CaseLine,
    Contribution,
    Posology,
    Region,
    Request,
    RequestPacks,
    TypedTick,
    TypingOrder,
)
from compassionate.models.cells import (
    CellContainer,
    CellIncident,
    CellTest,
    CustodyEvent,
    DonorEvaluation,
    Procurement,
)
from compassionate.models.centres import CaseCounter, Centre
from compassionate.models.clocks import (
    CalendarDay,
    CalendarYear,
    Clock,
    ClockExtension,
    ClockMove,
    ClockStop,
    Wait,
)
from compassionate.models.conversation import Question, QuestionAnswer
from compassionate.models.covers import Cover
from compassionate.models.emergencies import EmergencyAccess
from compassionate.models.history import (
    AuditChain,
    AuditEntry,
    CaseEvent,
    IdempotencyKey,
    OutboxMessage,
    ReadEntry,
)
from compassionate.models.imports import CaseImport
from compassionate.models.label_prints import LabelPrint
from compassionate.models.notices import CalendarFeed, Notice, NoticeChoice
from compassionate.models.outcomes import ConfirmedOutcome, EnteredOutcome, Operation
from compassionate.models.papers import (
    CaseFile,
    IssuedDocument,
    Paper,
    PaperAnnex,
    SealCertificate,
    SignedDocument,
)
from compassionate.models.patient_links import PatientLink
from compassionate.models.patients import Patient, PatientFingerprint
from compassionate.models.physician_changes import PhysicianChange
from compassionate.models.print_jobs import PrintJob
from compassionate.models.products import Product, ProductLine, Sponsor
from compassionate.models.programmes import ProgrammeSetting, PublishedProgramme
from compassionate.models.recalls import Recall, RecallCall, RecallCase, RecallCentre
from compassionate.models.rectifications import Rectification
from compassionate.models.retention import BlockedOpening, Retention, Tombstone
from compassionate.models.schedule import ScheduledRun
from compassionate.models.transfers import Transfer
from compassionate.models.treatment import (
    Consent,
    ContactAttempt,
    Decision,
    DecisionPacks,
    Dose,
    ReactionTriage,
    SupplyCharge,
    SupplyEntry,
    Visit,
)
from compassionate.models.vault import DataKey, Installation, Vault
from compassionate.models.views import SavedView

__all__ = [
    "Account",
    "AnswerSet",
    "Attempts",
    "AuditChain",
    "AuditEntry",
    "Authenticator",
    "Base",
    "BlockedOpening",
    "CalendarDay",
    "CalendarFeed",
    "CalendarYear",
    "Case",
    "CaseCounter",
    "CaseEvent",
    "CaseFile",
    "CaseImport",
    "CaseLine",
    "CellContainer",
    "CellIncident",
    "CellTest",
    "Centre",
    "Challenge",
    "Clock",
    "ClockExtension",
    "ClockMove",
    "ClockStop",
    "ConfirmedOutcome",
    "Consent",
    "ContactAttempt",
    "Contribution",
    "Cover",
    "CustodyEvent",
    "DataKey",
    "Decision",
    "DecisionPacks",
    "DonorEvaluation",
    "Dose",
    "Draft",
    "EmergencyAccess",
    "EnteredOutcome",
    "ExternalIdentity",
    "IdempotencyKey",
    "Installation",
    "Instant",
    "IssuedDocument",
    "LabelPrint",
    "Membership",
    "Notice",
    "NoticeChoice",
    "Operation",
    "OutboxMessage",
    "Paper",
    "PaperAnnex",
    "Passkey",
    "Patient",
    "PatientFingerprint",
    "PatientLink",
    "PhysicianChange",
    "Posology",
    "PrintJob",
    "Procurement",
    "Product",
    "ProductLine",
    "ProgrammeSetting",
    "PublishedProgramme",
    "Question",
    "QuestionAnswer",
    "ReactionTriage",
    "ReadEntry",
    "Recall",
    "RecallCall",
    "RecallCase",
    "RecallCentre",
    "RecoveryCode",
    "Rectification",
    "Region",
    "Request",
    "RequestPacks",
    "Retention",
    "SavedView",
    "ScheduledRun",
    "SealCertificate",
    "Signature",
    "SignedDocument",
    "Sponsor",
    "SupplyCharge",
    "SupplyEntry",
    "Tombstone",
    "Transfer",
    "TypedTick",
    "TypingOrder",
    "Vault",
    "Visit",
    "Wait",
    "new_id",
]

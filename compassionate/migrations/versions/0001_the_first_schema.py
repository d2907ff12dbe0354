"""the first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

SQLITE_BARS = [
    "CREATE TRIGGER UPDATE_audit_entries BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END",
    "CREATE TRIGGER DELETE_audit_entries BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END",
]
POSTGRES_BARS = [
    "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS\n    $$ BEGIN RAISE EXCEPTION 'audit rows are never changed'; END $$",
    'CREATE TRIGGER guard_audit_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries\n    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()',
]


def upgrade() -> None:
    op.create_table('accounts',
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=200), nullable=True),
    sa.Column('password', sa.String(length=255), nullable=True),
    sa.Column('session_key', sa.String(length=64), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('collegiate_number', sa.String(length=20), nullable=False),
    sa.Column('specialty', sa.String(length=100), nullable=False),
    sa.Column('service', sa.String(length=100), nullable=False),
    sa.Column('telephone', sa.String(length=40), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('password_set_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('session_key', name=op.f('uq_accounts_session_key')),
    sa.UniqueConstraint('username', name=op.f('uq_accounts_username'))
    )
    op.create_table('audit_chains',
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('head', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_audit_chains'))
    )
    op.create_table('audit_entries',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('row', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=True),
    sa.CheckConstraint('length(hash) = 64', name=op.f('ck_audit_entries_hash_length')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_entries')),
    sa.UniqueConstraint('hash', name=op.f('uq_audit_entries_hash'))
    )
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entries_case_id'), ['case_id'], unique=False)

    op.create_table('data_keys',
    sa.Column('scope', sa.String(length=16), nullable=False),
    sa.Column('parent_id', sa.String(length=36), nullable=True),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['data_keys.id'], name=op.f('fk_data_keys_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_keys'))
    )
    op.create_table('sponsors',
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('contact', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=200), nullable=False),
    sa.Column('telephone', sa.String(length=40), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sponsors')),
    sa.UniqueConstraint('name', name=op.f('uq_sponsors_name'))
    )
    op.create_table('centres',
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('territory', sa.String(length=8), nullable=False),
    sa.Column('municipality', sa.String(length=100), nullable=False),
    sa.Column('zone', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('is_hospital', sa.Boolean(), nullable=False),
    sa.Column('official_code', sa.String(length=20), nullable=False),
    sa.Column('pharmacy_service', sa.String(length=200), nullable=False),
    sa.Column('telephone', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=200), nullable=False),
    sa.Column('insurance_until', sa.Date(), nullable=True),
    sa.Column('committee', sa.String(length=10), nullable=False),
    sa.Column('settings', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_centres_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_centres')),
    sa.UniqueConstraint('code', name=op.f('uq_centres_code'))
    )
    op.create_table('drafts',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('path', sa.String(length=200), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('fields', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_drafts_account_id')),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_drafts_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drafts')),
    sa.UniqueConstraint('account_id', 'path', name=op.f('uq_drafts_account_id_path'))
    )
    op.create_table('idempotency_keys',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('result', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_idempotency_keys_account_id')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_idempotency_keys'))
    )
    op.create_table('products',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('active_substance', sa.String(length=200), nullable=False),
    sa.Column('sponsor_id', sa.String(length=36), nullable=False),
    sa.Column('programme', sa.String(length=20), nullable=False),
    sa.Column('trial_register', sa.String(length=40), nullable=False),
    sa.Column('trial_number', sa.String(length=60), nullable=False),
    sa.Column('application_status', sa.String(length=30), nullable=False),
    sa.Column('needs_import', sa.Boolean(), nullable=False),
    sa.Column('origin_country', sa.String(length=60), nullable=False),
    sa.Column('agreement_per_patient', sa.Boolean(), nullable=False),
    sa.Column('willing_on', sa.Date(), nullable=True),
    sa.Column('willing_by', sa.String(length=200), nullable=False),
    sa.Column('willing_reference', sa.String(length=200), nullable=False),
    sa.Column('taken_at_home', sa.Boolean(), nullable=False),
    sa.Column('consent_kinds', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('consent_sheet_version', sa.String(length=40), nullable=False),
    sa.Column('visit_months', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('hazardous', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint("(willing_on IS NULL) = (willing_by = '')", name=op.f('ck_products_willing_paired')),
    sa.ForeignKeyConstraint(['sponsor_id'], ['sponsors.id'], name=op.f('fk_products_sponsor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_products')),
    sa.UniqueConstraint('code', name=op.f('uq_products_code'))
    )
    op.create_table('case_counters',
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_case_counters_centre_id')),
    sa.PrimaryKeyConstraint('centre_id', 'year', name=op.f('pk_case_counters'))
    )
    op.create_table('memberships',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('delegated_by_id', sa.String(length=36), nullable=True),
    sa.Column('delegation_act', sa.String(length=200), nullable=False),
    sa.Column('delegation_wording', sa.String(length=20), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('until_on IS NULL OR until_on >= from_on', name=op.f('ck_memberships_until_after_from')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_memberships_account_id')),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_memberships_centre_id')),
    sa.ForeignKeyConstraint(['delegated_by_id'], ['accounts.id'], name=op.f('fk_memberships_delegated_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships'))
    )
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_memberships_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_memberships_centre_id'), ['centre_id'], unique=False)

    op.create_table('patients',
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('identifiers', sa.LargeBinary(), nullable=False),
    sa.Column('is_identified', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_patients_centre_id')),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_patients_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patients'))
    )
    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_patients_centre_id'), ['centre_id'], unique=False)

    op.create_table('product_lines',
    sa.Column('product_id', sa.String(length=36), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('strength', sa.String(length=100), nullable=False),
    sa.Column('form', sa.String(length=100), nullable=False),
    sa.Column('route', sa.String(length=60), nullable=False),
    sa.Column('presentation', sa.String(length=200), nullable=False),
    sa.Column('unit', sa.String(length=40), nullable=False),
    sa.Column('units_per_pack', sa.Integer(), nullable=False),
    sa.Column('is_free', sa.Boolean(), nullable=False),
    sa.Column('price_cents', sa.Integer(), nullable=True),
    sa.Column('national_code', sa.String(length=20), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('units_per_pack > 0', name=op.f('ck_product_lines_units_positive')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_product_lines_product_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_lines')),
    sa.UniqueConstraint('product_id', 'position', name=op.f('uq_product_lines_product_id_position'))
    )
    op.create_table('cases',
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('patient_id', sa.String(length=36), nullable=False),
    sa.Column('product_id', sa.String(length=36), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('pathway', sa.String(length=40), nullable=False),
    sa.Column('pathway_version', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('turn', sa.String(length=100), nullable=False),
    sa.Column('since_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('physician_id', sa.String(length=36), nullable=True),
    sa.Column('pharmacist_id', sa.String(length=36), nullable=True),
    sa.Column('opened_by_id', sa.String(length=36), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_cases_centre_id')),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_cases_key_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['accounts.id'], name=op.f('fk_cases_opened_by_id')),
    sa.ForeignKeyConstraint(['patient_id'], ['patients.id'], name=op.f('fk_cases_patient_id')),
    sa.ForeignKeyConstraint(['pharmacist_id'], ['accounts.id'], name=op.f('fk_cases_pharmacist_id')),
    sa.ForeignKeyConstraint(['physician_id'], ['accounts.id'], name=op.f('fk_cases_physician_id')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_cases_product_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases')),
    sa.UniqueConstraint('code', name=op.f('uq_cases_code'))
    )
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.create_index('ix_cases_list', ['centre_id', 'since_at', 'id'], unique=False)
        batch_op.create_index('ix_cases_list_state', ['centre_id', 'state', 'since_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cases_patient_id'), ['patient_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cases_physician_id'), ['physician_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cases_product_id'), ['product_id'], unique=False)

    op.create_table('patient_fingerprints',
    sa.Column('patient_id', sa.String(length=36), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('field', sa.String(length=24), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_patient_fingerprints_centre_id')),
    sa.ForeignKeyConstraint(['patient_id'], ['patients.id'], name=op.f('fk_patient_fingerprints_patient_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patient_fingerprints')),
    sa.UniqueConstraint('patient_id', 'field', name=op.f('uq_patient_fingerprints_patient_id_field'))
    )
    with op.batch_alter_table('patient_fingerprints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_patient_fingerprints_digest'), ['digest'], unique=False)

    op.create_table('answer_sets',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('form', sa.String(length=60), nullable=False),
    sa.Column('form_version', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=30), nullable=False),
    sa.Column('answers', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_by_id', sa.String(length=36), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_answer_sets_case_id')),
    sa.ForeignKeyConstraint(['saved_by_id'], ['accounts.id'], name=op.f('fk_answer_sets_saved_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_sets')),
    sa.UniqueConstraint('case_id', 'form', 'subject', name=op.f('uq_answer_sets_case_id_form_subject'))
    )
    op.create_table('case_events',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('case_version', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('region', sa.String(length=30), nullable=False),
    sa.Column('instance', sa.String(length=30), nullable=False),
    sa.Column('before', sa.String(length=40), nullable=False),
    sa.Column('after', sa.String(length=40), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('inputs', sa.LargeBinary(), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_case_events_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_events_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_events')),
    sa.UniqueConstraint('case_id', 'case_version', name=op.f('uq_case_events_case_id_case_version'))
    )
    op.create_table('case_lines',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('product_line_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_lines_case_id')),
    sa.ForeignKeyConstraint(['product_line_id'], ['product_lines.id'], name=op.f('fk_case_lines_product_line_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_lines')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_case_lines_case_id_number'))
    )
    op.create_table('contact_attempts',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('outcome', sa.LargeBinary(), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_contact_attempts_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_contact_attempts_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_attempts'))
    )
    with op.batch_alter_table('contact_attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_attempts_case_id'), ['case_id'], unique=False)

    op.create_table('contributions',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_contributions_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_contributions_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'account_id', name=op.f('pk_contributions'))
    )
    op.create_table('issued_documents',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('copy', sa.String(length=10), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('template_version', sa.String(length=20), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('verification', sa.String(length=32), nullable=False),
    sa.Column('issued_by_id', sa.String(length=36), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_issued_documents_case_id')),
    sa.ForeignKeyConstraint(['issued_by_id'], ['accounts.id'], name=op.f('fk_issued_documents_issued_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issued_documents')),
    sa.UniqueConstraint('case_id', 'kind', 'copy', 'request_number', 'version', name=op.f('uq_issued_documents_case_id_kind_copy_request_number_version')),
    sa.UniqueConstraint('verification', name=op.f('uq_issued_documents_verification'))
    )
    with op.batch_alter_table('issued_documents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_issued_documents_sha256'), ['sha256'], unique=False)

    op.create_table('outbox',
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=True),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_outbox_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('key', name=op.f('uq_outbox_key'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_sent_at'), ['sent_at'], unique=False)

    op.create_table('papers',
    sa.Column('case_id', sa.String(length=36), nullable=True),
    sa.Column('product_id', sa.String(length=36), nullable=True),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('uploaded_by_id', sa.String(length=36), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.LargeBinary(), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_papers_case_id')),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_papers_key_id')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_papers_product_id')),
    sa.ForeignKeyConstraint(['uploaded_by_id'], ['accounts.id'], name=op.f('fk_papers_uploaded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_papers'))
    )
    with op.batch_alter_table('papers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_papers_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_papers_product_id'), ['product_id'], unique=False)

    op.create_table('posologies',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_posologies_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_posologies_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posologies')),
    sa.UniqueConstraint('case_id', 'version', name=op.f('uq_posologies_case_id_version'))
    )
    op.create_table('reaction_triages',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('ground', sa.String(length=20), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by_id', sa.String(length=36), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_reaction_triages_case_id')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['accounts.id'], name=op.f('fk_reaction_triages_settled_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reaction_triages'))
    )
    with op.batch_alter_table('reaction_triages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reaction_triages_case_id'), ['case_id'], unique=False)

    op.create_table('regions',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('instance', sa.String(length=30), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('since_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_regions_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_regions')),
    sa.UniqueConstraint('case_id', 'kind', 'instance', name=op.f('uq_regions_case_id_kind_instance'))
    )
    op.create_table('requests',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('urgent_reason', sa.LargeBinary(), nullable=True),
    sa.Column('needs_import', sa.Boolean(), nullable=True),
    sa.Column('origin_country', sa.String(length=60), nullable=False),
    sa.Column('duration_weeks', sa.Integer(), nullable=True),
    sa.Column('start_wished_on', sa.Date(), nullable=True),
    sa.Column('reference', sa.String(length=60), nullable=False),
    sa.Column('registry_number', sa.String(length=60), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_by_id', sa.String(length=36), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('(submitted_at IS NULL) = (submitted_by_id IS NULL)', name=op.f('ck_requests_submitted_paired')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_requests_case_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['accounts.id'], name=op.f('fk_requests_submitted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_requests')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_requests_case_id_number'))
    )
    op.create_table('signatures',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('meaning', sa.String(length=30), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('collegiate_number', sa.String(length=20), nullable=False),
    sa.Column('delegation', sa.String(length=260), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_signatures_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_signatures_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signatures'))
    )
    with op.batch_alter_table('signatures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signatures_case_id'), ['case_id'], unique=False)

    op.create_table('visits',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.LargeBinary(), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint("(status = 'done') = (done_on IS NOT NULL)", name=op.f('ck_visits_done_dated')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_visits_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits')),
    sa.UniqueConstraint('case_id', 'name', name=op.f('uq_visits_case_id_name'))
    )
    op.create_table('clocks',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('instance', sa.String(length=30), nullable=False),
    sa.Column('clock', sa.String(length=12), nullable=False),
    sa.Column('opened_by_event_id', sa.String(length=36), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_event_id', sa.String(length=36), nullable=True),
    sa.Column('settled_reason', sa.LargeBinary(), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_clocks_case_id')),
    sa.ForeignKeyConstraint(['closed_by_event_id'], ['case_events.id'], name=op.f('fk_clocks_closed_by_event_id')),
    sa.ForeignKeyConstraint(['opened_by_event_id'], ['case_events.id'], name=op.f('fk_clocks_opened_by_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clocks'))
    )
    with op.batch_alter_table('clocks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clocks_case_id'), ['case_id'], unique=False)

    op.create_table('consents',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('sheet_version', sa.String(length=40), nullable=False),
    sa.Column('informed_on', sa.Date(), nullable=True),
    sa.Column('informed_by_id', sa.String(length=36), nullable=True),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('signed_by', sa.String(length=20), nullable=False),
    sa.Column('copy_given', sa.Boolean(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_by_word', sa.Boolean(), nullable=False),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('paper_id', sa.String(length=36), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_consents_case_id')),
    sa.ForeignKeyConstraint(['informed_by_id'], ['accounts.id'], name=op.f('fk_consents_informed_by_id')),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_consents_paper_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consents_case_id'), ['case_id'], unique=False)

    op.create_table('decisions',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('written_on', sa.Date(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('seen_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('follow_up_forms', sa.Boolean(), nullable=False),
    sa.Column('forms_sent_on', sa.Date(), nullable=True),
    sa.Column('grounds', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('appeal_named', sa.String(length=20), nullable=False),
    sa.Column('without_hearing', sa.Boolean(), nullable=False),
    sa.Column('texts', sa.LargeBinary(), nullable=True),
    sa.Column('paper_id', sa.String(length=36), nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_decisions_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_decisions_event_id')),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_decisions_paper_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decisions'))
    )
    with op.batch_alter_table('decisions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decisions_case_id'), ['case_id'], unique=False)

    op.create_table('doses',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('act', sa.String(length=16), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('batch', sa.String(length=40), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('from_dispensed', sa.Boolean(), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('units > 0', name=op.f('ck_doses_units_positive')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_doses_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_doses_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_doses_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_doses'))
    )
    with op.batch_alter_table('doses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_doses_case_id'), ['case_id'], unique=False)

    op.create_table('request_packs',
    sa.Column('request_id', sa.String(length=36), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('units_a_day', sa.String(length=20), nullable=False),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('total_units', sa.Integer(), nullable=True),
    sa.Column('packs', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('packs > 0', name=op.f('ck_request_packs_packs_positive')),
    sa.ForeignKeyConstraint(['request_id'], ['requests.id'], name=op.f('fk_request_packs_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_request_packs')),
    sa.UniqueConstraint('request_id', 'line_number', name=op.f('uq_request_packs_request_id_line_number'))
    )
    op.create_table('supply_entries',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('packs', sa.Integer(), nullable=True),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('batch', sa.String(length=40), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('expected_on', sa.Date(), nullable=True),
    sa.Column('reference', sa.String(length=100), nullable=False),
    sa.Column('paper_id', sa.String(length=36), nullable=True),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('units >= 0', name=op.f('ck_supply_entries_units_not_negative')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_supply_entries_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_supply_entries_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_supply_entries_event_id')),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_supply_entries_paper_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supply_entries'))
    )
    with op.batch_alter_table('supply_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_supply_entries_case_id'), ['case_id'], unique=False)

    op.create_table('decision_packs',
    sa.Column('decision_id', sa.String(length=36), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('packs', sa.Integer(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('packs >= 0', name=op.f('ck_decision_packs_packs_not_negative')),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_decision_packs_decision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_packs')),
    sa.UniqueConstraint('decision_id', 'line_number', name=op.f('uq_decision_packs_decision_id_line_number'))
    )
    for bar in SQLITE_BARS if op.get_bind().dialect.name == "sqlite" else POSTGRES_BARS:
        op.execute(bar)


def downgrade() -> None:
    op.drop_table('decision_packs')
    with op.batch_alter_table('supply_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_supply_entries_case_id'))

    op.drop_table('supply_entries')
    op.drop_table('request_packs')
    with op.batch_alter_table('doses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_doses_case_id'))

    op.drop_table('doses')
    with op.batch_alter_table('decisions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decisions_case_id'))

    op.drop_table('decisions')
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consents_case_id'))

    op.drop_table('consents')
    with op.batch_alter_table('clocks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clocks_case_id'))

    op.drop_table('clocks')
    op.drop_table('visits')
    with op.batch_alter_table('signatures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signatures_case_id'))

    op.drop_table('signatures')
    op.drop_table('requests')
    op.drop_table('regions')
    with op.batch_alter_table('reaction_triages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reaction_triages_case_id'))

    op.drop_table('reaction_triages')
    op.drop_table('posologies')
    with op.batch_alter_table('papers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_papers_product_id'))
        batch_op.drop_index(batch_op.f('ix_papers_case_id'))

    op.drop_table('papers')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_sent_at'))
        batch_op.drop_index(batch_op.f('ix_outbox_case_id'))

    op.drop_table('outbox')
    with op.batch_alter_table('issued_documents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_issued_documents_sha256'))

    op.drop_table('issued_documents')
    op.drop_table('contributions')
    with op.batch_alter_table('contact_attempts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_attempts_case_id'))

    op.drop_table('contact_attempts')
    op.drop_table('case_lines')
    op.drop_table('case_events')
    op.drop_table('answer_sets')
    with op.batch_alter_table('patient_fingerprints', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_patient_fingerprints_digest'))

    op.drop_table('patient_fingerprints')
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cases_product_id'))
        batch_op.drop_index(batch_op.f('ix_cases_physician_id'))
        batch_op.drop_index(batch_op.f('ix_cases_patient_id'))
        batch_op.drop_index('ix_cases_list_state')
        batch_op.drop_index('ix_cases_list')

    op.drop_table('cases')
    op.drop_table('product_lines')
    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_patients_centre_id'))

    op.drop_table('patients')
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_memberships_centre_id'))
        batch_op.drop_index(batch_op.f('ix_memberships_account_id'))

    op.drop_table('memberships')
    op.drop_table('case_counters')
    op.drop_table('products')
    op.drop_table('idempotency_keys')
    op.drop_table('drafts')
    op.drop_table('centres')
    op.drop_table('sponsors')
    op.drop_table('data_keys')
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entries_case_id'))

    op.drop_table('audit_entries')
    op.drop_table('audit_chains')
    op.drop_table('accounts')

"""dossier"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('seal_certificates',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('certificate', sa.Text(), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=True),
    sa.Column('private_key', sa.LargeBinary(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_seal_certificates_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seal_certificates')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_seal_certificates_fingerprint'))
    )
    op.create_table('case_files',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('of_id', sa.String(length=64), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_files_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_files'))
    )
    with op.batch_alter_table('case_files', schema=None) as batch_op:
        batch_op.create_index('ix_case_files_case_id_kind_of_id', ['case_id', 'kind', 'of_id'], unique=False)

    op.create_table('case_imports',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('verification', sa.String(length=32), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('events', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_imports_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_imports'))
    )
    op.create_table('print_jobs',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('copy', sa.String(length=10), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('asked_by_id', sa.String(length=36), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('open_for', sa.String(length=100), nullable=True),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('lease', sa.String(length=32), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('document_id', sa.String(length=36), nullable=True),
    sa.Column('fault', sa.String(length=40), nullable=False),
    sa.Column('params', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['asked_by_id'], ['accounts.id'], name=op.f('fk_print_jobs_asked_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_print_jobs_case_id')),
    sa.ForeignKeyConstraint(['document_id'], ['issued_documents.id'], name=op.f('fk_print_jobs_document_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_print_jobs')),
    sa.UniqueConstraint('open_for', name=op.f('uq_print_jobs_open_for'))
    )
    with op.batch_alter_table('print_jobs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_print_jobs_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_print_jobs_queue', ['status', 'asked_at', 'id'], unique=False)

    op.create_table('signed_documents',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('document_id', sa.String(length=36), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('chain', sa.String(length=20), nullable=False),
    sa.Column('revocation', sa.String(length=20), nullable=False),
    sa.Column('moment', sa.String(length=20), nullable=False),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_signed_documents_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_signed_documents_case_id')),
    sa.ForeignKeyConstraint(['document_id'], ['issued_documents.id'], name=op.f('fk_signed_documents_document_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signed_documents')),
    sa.UniqueConstraint('document_id', 'sha256', name=op.f('uq_signed_documents_document_id_sha256'))
    )
    with op.batch_alter_table('signed_documents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signed_documents_case_id'), ['case_id'], unique=False)

    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('imported_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('issued_documents', schema=None) as batch_op:
        batch_op.add_column(sa.Column('seal_level', sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column('seal_certificate', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('seal_digest', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('seal_lacks', sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_issued_documents_seal_digest'), ['seal_digest'], unique=False)

    with op.batch_alter_table('papers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('copy_sha256', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('is_elsewhere', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('has_copy', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('is_signed', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('scan', sa.String(length=10), server_default='unscanned', nullable=False))
        batch_op.add_column(sa.Column('scan_found', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('scanned_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_papers_scan'), ['scan'], unique=False)

    with op.batch_alter_table('signatures', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subject', sa.String(length=60), server_default='', nullable=False))
        batch_op.add_column(sa.Column('proved_by', sa.String(length=60), server_default='', nullable=False))
        batch_op.add_column(sa.Column('proof_id', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('sealed', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('void_reason', sa.String(length=30), server_default='', nullable=False))
        batch_op.add_column(sa.Column('is_imported', sa.Boolean(), server_default='0', nullable=False))
        batch_op.create_index('ix_signatures_proof_id', ['proof_id'], unique=True)

    # By hand:
    # End of what is by hand.


def downgrade() -> None:
    with op.batch_alter_table('signatures', schema=None) as batch_op:
        batch_op.drop_index('ix_signatures_proof_id')
        batch_op.drop_column('is_imported')
        batch_op.drop_column('void_reason')
        batch_op.drop_column('sealed')
        batch_op.drop_column('proof_id')
        batch_op.drop_column('proved_by')
        batch_op.drop_column('subject')

    with op.batch_alter_table('papers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_papers_scan'))
        batch_op.drop_column('scanned_at')
        batch_op.drop_column('scan_found')
        batch_op.drop_column('scan')
        batch_op.drop_column('is_signed')
        batch_op.drop_column('has_copy')
        batch_op.drop_column('is_elsewhere')
        batch_op.drop_column('copy_sha256')

    with op.batch_alter_table('issued_documents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_issued_documents_seal_digest'))
        batch_op.drop_column('sealed_at')
        batch_op.drop_column('seal_lacks')
        batch_op.drop_column('seal_digest')
        batch_op.drop_column('seal_certificate')
        batch_op.drop_column('seal_level')

    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_column('imported_at')

    with op.batch_alter_table('signed_documents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signed_documents_case_id'))

    op.drop_table('signed_documents')
    with op.batch_alter_table('print_jobs', schema=None) as batch_op:
        batch_op.drop_index('ix_print_jobs_queue')
        batch_op.drop_index(batch_op.f('ix_print_jobs_case_id'))

    op.drop_table('print_jobs')
    op.drop_table('case_imports')
    with op.batch_alter_table('case_files', schema=None) as batch_op:
        batch_op.drop_index('ix_case_files_case_id_kind_of_id')

    op.drop_table('case_files')
    op.drop_table('seal_certificates')

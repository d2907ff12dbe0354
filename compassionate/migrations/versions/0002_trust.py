"""trust"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('challenges',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_challenges'))
    )
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_challenges_until'), ['until'], unique=False)

    op.create_table('installation',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('master', sa.String(length=16), nullable=False),
    sa.Column('rotation_mark', sa.String(length=36), nullable=True),
    sa.CheckConstraint('number = 1', name=op.f('ck_installation_one_row')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_installation'))
    )
    op.create_table('read_entries',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('row', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=True),
    sa.CheckConstraint('length(hash) = 64', name=op.f('ck_read_entries_hash_length')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_read_entries')),
    sa.UniqueConstraint('hash', name=op.f('uq_read_entries_hash'))
    )
    with op.batch_alter_table('read_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_read_entries_case_id'), ['case_id'], unique=False)

    op.create_table('attempts',
    sa.Column('bucket', sa.String(length=90), nullable=False),
    sa.Column('account_id', sa.String(length=36), nullable=True),
    sa.Column('failures', sa.Double(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_attempts_account_id')),
    sa.PrimaryKeyConstraint('bucket', name=op.f('pk_attempts'))
    )
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempts_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempts_last_at'), ['last_at'], unique=False)

    op.create_table('authenticators',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_authenticators_account_id')),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_authenticators_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authenticators')),
    sa.UniqueConstraint('account_id', name=op.f('uq_authenticators_account_id'))
    )
    op.create_table('passkeys',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('credential_id', sa.String(length=1400), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_passkeys_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkeys_credential_id'))
    )
    with op.batch_alter_table('passkeys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkeys_account_id'), ['account_id'], unique=False)

    op.create_table('recovery_codes',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_recovery_codes_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('digest', name=op.f('uq_recovery_codes_digest'))
    )
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_codes_account_id'), ['account_id'], unique=False)

    op.create_table('tombstones',
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=False),
    sa.Column('retained_until', sa.Date(), nullable=False),
    sa.Column('ground', sa.String(length=60), nullable=False),
    sa.Column('blocked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by_id', sa.String(length=36), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('purged_by_id', sa.String(length=36), nullable=False),
    sa.Column('purged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('with_patient', sa.Boolean(), nullable=False),
    sa.Column('files', sa.Integer(), nullable=False),
    sa.Column('files_left', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('scoured_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('proposed_by_id <> purged_by_id', name=op.f('ck_tombstones_two_people')),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_tombstones_centre_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['accounts.id'], name=op.f('fk_tombstones_proposed_by_id')),
    sa.ForeignKeyConstraint(['purged_by_id'], ['accounts.id'], name=op.f('fk_tombstones_purged_by_id')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_tombstones')),
    sa.UniqueConstraint('case_id', name=op.f('uq_tombstones_case_id'))
    )
    with op.batch_alter_table('tombstones', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tombstones_centre_id'), ['centre_id'], unique=False)

    op.create_table('blocked_openings',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('authority', sa.String(length=30), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_blocked_openings_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_blocked_openings_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blocked_openings'))
    )
    with op.batch_alter_table('blocked_openings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blocked_openings_case_id'), ['case_id'], unique=False)

    op.create_table('emergency_accesses',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_by_id', sa.String(length=36), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('ends_at > opened_at', name=op.f('ck_emergency_accesses_ends_after_opened')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_emergency_accesses_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_emergency_accesses_case_id')),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_emergency_accesses_centre_id')),
    sa.ForeignKeyConstraint(['reviewed_by_id'], ['accounts.id'], name=op.f('fk_emergency_accesses_reviewed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_accesses'))
    )
    with op.batch_alter_table('emergency_accesses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emergency_accesses_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_emergency_accesses_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_emergency_accesses_centre_id'), ['centre_id'], unique=False)

    op.create_table('retentions',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('died_on', sa.Date(), nullable=True),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('held_by_id', sa.String(length=36), nullable=True),
    sa.Column('hold_reason', sa.LargeBinary(), nullable=True),
    sa.Column('blocked_by_id', sa.String(length=36), nullable=True),
    sa.Column('retained_until', sa.Date(), nullable=True),
    sa.Column('ground', sa.String(length=60), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('proposed_by_id', sa.String(length=36), nullable=True),
    sa.CheckConstraint('(held_at IS NULL) = (held_by_id IS NULL)', name=op.f('ck_retentions_held_paired')),
    sa.CheckConstraint('(proposed_at IS NULL) = (proposed_by_id IS NULL)', name=op.f('ck_retentions_proposed_paired')),
    sa.ForeignKeyConstraint(['blocked_by_id'], ['accounts.id'], name=op.f('fk_retentions_blocked_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_retentions_case_id')),
    sa.ForeignKeyConstraint(['held_by_id'], ['accounts.id'], name=op.f('fk_retentions_held_by_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['accounts.id'], name=op.f('fk_retentions_proposed_by_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_retentions'))
    )
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('logged_in_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('previous_log_in_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('second_factor_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('blocked_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('data_keys', schema=None) as batch_op:
        batch_op.add_column(sa.Column('master', sa.String(length=16), nullable=True))
        batch_op.create_index(batch_op.f('ix_data_keys_parent_id'), ['parent_id'], unique=False)

    # By hand:
    # Rows of both chains are never changed, and a head only goes on to a row that is there (AUD-03, AUD-06).
    chain_bars = {
        "sqlite": [
            """CREATE TRIGGER UPDATE_read_entries BEFORE UPDATE ON read_entries BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END""",
            """CREATE TRIGGER DELETE_read_entries BEFORE DELETE ON read_entries BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END""",
            """CREATE TRIGGER forward_audit_chains BEFORE UPDATE ON audit_chains WHEN NEW.name IS NOT OLD.name OR NEW.count <= OLD.count OR NEW.head IS NOT (CASE NEW.name WHEN 'reads' THEN (SELECT hash FROM read_entries WHERE seq = NEW.count) ELSE (SELECT hash FROM audit_entries WHERE seq = NEW.count) END) BEGIN SELECT RAISE(ABORT, 'a chain only grows'); END""",
            """CREATE TRIGGER keep_audit_chains BEFORE DELETE ON audit_chains BEGIN SELECT RAISE(ABORT, 'a chain only grows'); END""",
        ],
        "postgresql": [
            """CREATE TRIGGER guard_read_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON read_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
            """CREATE OR REPLACE FUNCTION refuse_head_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name <> OLD.name OR NEW.count <= OLD.count OR NEW.head IS DISTINCT FROM (CASE NEW.name WHEN 'reads' THEN (SELECT hash FROM read_entries WHERE seq = NEW.count) ELSE (SELECT hash FROM audit_entries WHERE seq = NEW.count) END) THEN RAISE EXCEPTION 'a chain only grows'; END IF; RETURN NEW; END $$""",
            """CREATE OR REPLACE FUNCTION refuse_head_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a chain only grows'; END $$""",
            """CREATE TRIGGER forward_audit_chains BEFORE UPDATE ON audit_chains FOR EACH ROW EXECUTE FUNCTION refuse_head_back()""",
            """CREATE TRIGGER keep_audit_chains BEFORE DELETE OR TRUNCATE ON audit_chains FOR EACH STATEMENT EXECUTE FUNCTION refuse_head_gone()""",
        ],
    }
    for bar in chain_bars[op.get_bind().dialect.name]:
        op.execute(bar)
    # End of what is by hand.


def downgrade() -> None:
    with op.batch_alter_table('data_keys', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_data_keys_parent_id'))
        batch_op.drop_column('master')

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_column('blocked_at')

    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_column('second_factor_at')
        batch_op.drop_column('locked_at')
        batch_op.drop_column('refused_at')
        batch_op.drop_column('previous_log_in_at')
        batch_op.drop_column('logged_in_at')

    op.drop_table('retentions')
    with op.batch_alter_table('emergency_accesses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emergency_accesses_centre_id'))
        batch_op.drop_index(batch_op.f('ix_emergency_accesses_case_id'))
        batch_op.drop_index(batch_op.f('ix_emergency_accesses_account_id'))

    op.drop_table('emergency_accesses')
    with op.batch_alter_table('blocked_openings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_blocked_openings_case_id'))

    op.drop_table('blocked_openings')
    with op.batch_alter_table('tombstones', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tombstones_centre_id'))

    op.drop_table('tombstones')
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_codes_account_id'))

    op.drop_table('recovery_codes')
    with op.batch_alter_table('passkeys', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkeys_account_id'))

    op.drop_table('passkeys')
    op.drop_table('authenticators')
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempts_last_at'))
        batch_op.drop_index(batch_op.f('ix_attempts_account_id'))

    op.drop_table('attempts')
    with op.batch_alter_table('read_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_read_entries_case_id'))

    op.drop_table('read_entries')
    op.drop_table('installation')
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_challenges_until'))

    op.drop_table('challenges')

"""trust"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
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

    # By hand:
    # End of what is by hand.


def downgrade() -> None:
    with op.batch_alter_table('emergency_accesses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emergency_accesses_centre_id'))
        batch_op.drop_index(batch_op.f('ix_emergency_accesses_case_id'))
        batch_op.drop_index(batch_op.f('ix_emergency_accesses_account_id'))

    op.drop_table('emergency_accesses')

"""cells"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('programme_settings',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('set_values', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('source', sa.String(length=400), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_programme_settings_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_settings'))
    )
    with op.batch_alter_table('programme_settings', schema=None) as batch_op:
        batch_op.create_index('ix_programme_settings_code', ['code', 'at'], unique=False)

    op.create_table('programmes',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_programmes_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programmes')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_programmes_code_version'))
    )
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('programme', sa.String(length=20), server_default='', nullable=False))
        batch_op.add_column(sa.Column('programme_version', sa.String(length=20), server_default='', nullable=False))

    # By hand:
    # End of what is by hand.


def downgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_column('programme_version')
        batch_op.drop_column('programme')

    op.drop_table('programmes')
    with op.batch_alter_table('programme_settings', schema=None) as batch_op:
        batch_op.drop_index('ix_programme_settings_code')

    op.drop_table('programme_settings')

"""clocks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('scheduled_runs',
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_scheduled_runs'))
    )
    op.create_table('calendar_days',
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('works', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_calendar_days_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_days')),
    sa.UniqueConstraint('place', 'on', name=op.f('uq_calendar_days_place_on'))
    )
    op.create_table('calendar_feeds',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_calendar_feeds_account_id')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_calendar_feeds')),
    sa.UniqueConstraint('digest', name=op.f('uq_calendar_feeds_digest'))
    )
    op.create_table('calendar_years',
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_calendar_years_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_years')),
    sa.UniqueConstraint('place', 'year', name=op.f('uq_calendar_years_place_year'))
    )
    op.create_table('external_identities',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_external_identities_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_external_identities')),
    sa.UniqueConstraint('account_id', 'issuer', name=op.f('uq_external_identities_account_id_issuer')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_external_identities_issuer_subject'))
    )
    op.create_table('notice_choices',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('mail', sa.String(length=8), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_notice_choices_account_id')),
    sa.PrimaryKeyConstraint('account_id', 'kind', name=op.f('pk_notice_choices'))
    )
    op.create_table('saved_views',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('filters', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_saved_views_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views')),
    sa.UniqueConstraint('account_id', 'name', name=op.f('uq_saved_views_account_id_name'))
    )
    op.create_table('covers',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('account_id != by_id', name=op.f('ck_covers_somebody_else')),
    sa.CheckConstraint('until_on >= from_on', name=op.f('ck_covers_until_after_from')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_covers_account_id')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_covers_by_id')),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_covers_centre_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_covers'))
    )
    with op.batch_alter_table('covers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_covers_account_id'), ['account_id'], unique=False)
        batch_op.create_index('ix_covers_by', ['by_id', 'until_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_covers_centre_id'), ['centre_id'], unique=False)

    op.create_table('typing_orders',
    sa.Column('pathway', sa.String(length=40), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_typing_orders_by_id')),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_typing_orders_centre_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_typing_orders'))
    )
    with op.batch_alter_table('typing_orders', schema=None) as batch_op:
        batch_op.create_index('ix_typing_orders_pathway', ['pathway', 'from_on'], unique=False)

    op.create_table('notices',
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('params', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mail', sa.String(length=8), nullable=False),
    sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_notices_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_notices_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('account_id', 'key', name=op.f('uq_notices_account_id_key'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notices_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_notices_list', ['account_id', 'read_at', 'id'], unique=False)
        batch_op.create_index('ix_notices_mail', ['mail', 'mailed_at'], unique=False)

    op.create_table('questions',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('to_role', sa.String(length=40), nullable=False),
    sa.Column('to_id', sa.String(length=36), nullable=True),
    sa.Column('about', sa.String(length=40), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('awaits_answer', sa.Boolean(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.String(length=36), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_questions_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_questions_case_id')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['accounts.id'], name=op.f('fk_questions_closed_by_id')),
    sa.ForeignKeyConstraint(['to_id'], ['accounts.id'], name=op.f('fk_questions_to_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questions'))
    )
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.create_index('ix_questions_case', ['case_id', 'asked_at', 'id'], unique=False)
        batch_op.create_index('ix_questions_person', ['to_id', 'awaits_answer'], unique=False)
        batch_op.create_index('ix_questions_role', ['to_role', 'awaits_answer'], unique=False)

    op.create_table('transfers',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('to_centre_id', sa.String(length=36), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('informed_on', sa.Date(), nullable=False),
    sa.Column('sent_by_id', sa.String(length=36), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by_id', sa.String(length=36), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('new_case_id', sa.String(length=36), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint("(status = 'accepted') = (new_case_id IS NOT NULL)", name=op.f('ck_transfers_accepted_has_a_case')),
    sa.CheckConstraint("(status = 'outside') = (to_centre_id IS NULL)", name=op.f('ck_transfers_outside_has_no_centre')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['accounts.id'], name=op.f('fk_transfers_answered_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_transfers_case_id')),
    sa.ForeignKeyConstraint(['new_case_id'], ['cases.id'], name=op.f('fk_transfers_new_case_id')),
    sa.ForeignKeyConstraint(['sent_by_id'], ['accounts.id'], name=op.f('fk_transfers_sent_by_id')),
    sa.ForeignKeyConstraint(['to_centre_id'], ['centres.id'], name=op.f('fk_transfers_to_centre_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfers'))
    )
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transfers_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfers_new_case_id'), ['new_case_id'], unique=False)
        batch_op.create_index('ix_transfers_standing', ['case_id'], unique=True, sqlite_where=sa.text("status IN ('offered', 'accepted', 'outside')"), postgresql_where=sa.text("status IN ('offered', 'accepted', 'outside')"))
        batch_op.create_index('ix_transfers_to', ['to_centre_id', 'status'], unique=False)

    op.create_table('typed_ticks',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.String(length=36), nullable=False),
    sa.Column('field', sa.String(length=100), nullable=False),
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_typed_ticks_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_typed_ticks_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_typed_ticks')),
    sa.UniqueConstraint('case_id', 'request_number', 'account_id', 'field', name=op.f('uq_typed_ticks_case_id_request_number_account_id_field'))
    )
    op.create_table('waits',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('turn', sa.String(length=100), nullable=True),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_waits_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waits'))
    )
    with op.batch_alter_table('waits', schema=None) as batch_op:
        batch_op.create_index('ix_waits_case', ['case_id', 'from_at'], unique=False)
        batch_op.create_index('ix_waits_until', ['until_at'], unique=False)

    op.create_table('paper_annexes',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.String(length=36), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_paper_annexes_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_paper_annexes_case_id')),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_paper_annexes_paper_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_annexes')),
    sa.UniqueConstraint('case_id', 'request_number', 'paper_id', name=op.f('uq_paper_annexes_case_id_request_number_paper_id'))
    )
    op.create_table('physician_changes',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('from_id', sa.String(length=36), nullable=True),
    sa.Column('to_id', sa.String(length=36), nullable=False),
    sa.Column('offered_by_id', sa.String(length=36), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.String(length=36), nullable=True),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('paper_id', sa.String(length=36), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=True),
    sa.Column('told_channel', sa.String(length=20), nullable=False),
    sa.Column('told_reference', sa.String(length=60), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint("(status = 'pending') = (answered_at IS NULL)", name=op.f('ck_physician_changes_answered')),
    sa.CheckConstraint("(told_on IS NULL) = (told_channel = '')", name=op.f('ck_physician_changes_told_how')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['accounts.id'], name=op.f('fk_physician_changes_answered_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_physician_changes_case_id')),
    sa.ForeignKeyConstraint(['from_id'], ['accounts.id'], name=op.f('fk_physician_changes_from_id')),
    sa.ForeignKeyConstraint(['offered_by_id'], ['accounts.id'], name=op.f('fk_physician_changes_offered_by_id')),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_physician_changes_paper_id')),
    sa.ForeignKeyConstraint(['to_id'], ['accounts.id'], name=op.f('fk_physician_changes_to_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_physician_changes'))
    )
    with op.batch_alter_table('physician_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_physician_changes_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_physician_changes_from', ['from_id', 'status'], unique=False)
        batch_op.create_index('ix_physician_changes_pending', ['case_id'], unique=True, sqlite_where=sa.text("status = 'pending'"), postgresql_where=sa.text("status = 'pending'"))
        batch_op.create_index('ix_physician_changes_to', ['to_id', 'status'], unique=False)

    op.create_table('question_answers',
    sa.Column('question_id', sa.String(length=36), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_question_answers_by_id')),
    sa.ForeignKeyConstraint(['question_id'], ['questions.id'], name=op.f('fk_question_answers_question_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_answers'))
    )
    with op.batch_alter_table('question_answers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_answers_question_id'), ['question_id'], unique=False)

    op.create_table('rectifications',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('request_number', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=80), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=True),
    sa.Column('told_channel', sa.String(length=20), nullable=False),
    sa.Column('told_reference', sa.String(length=60), nullable=False),
    sa.Column('endorse_again', sa.Boolean(), nullable=False),
    sa.Column('endorsed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('endorsed_by_id', sa.String(length=36), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint("(told_on IS NULL) = (told_channel = '')", name=op.f('ck_rectifications_told_how')),
    sa.CheckConstraint('(endorsed_at IS NULL) = (endorsed_by_id IS NULL)', name=op.f('ck_rectifications_endorsed_paired')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_rectifications_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_rectifications_case_id')),
    sa.ForeignKeyConstraint(['endorsed_by_id'], ['accounts.id'], name=op.f('fk_rectifications_endorsed_by_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_rectifications_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rectifications')),
    sa.UniqueConstraint('case_id', 'request_number', 'number', name=op.f('uq_rectifications_case_id_request_number_number'))
    )
    op.create_table('clock_extensions',
    sa.Column('clock_id', sa.String(length=36), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=True),
    sa.Column('granted_on', sa.Date(), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['clock_id'], ['clocks.id'], name=op.f('fk_clock_extensions_clock_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_clock_extensions_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_extensions'))
    )
    with op.batch_alter_table('clock_extensions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clock_extensions_clock_id'), ['clock_id'], unique=False)

    op.create_table('clock_moves',
    sa.Column('clock_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before_on', sa.Date(), nullable=True),
    sa.Column('after_on', sa.Date(), nullable=True),
    sa.Column('why', sa.String(length=20), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['clock_id'], ['clocks.id'], name=op.f('fk_clock_moves_clock_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_moves'))
    )
    with op.batch_alter_table('clock_moves', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clock_moves_clock_id'), ['clock_id'], unique=False)

    op.create_table('clock_stops',
    sa.Column('clock_id', sa.String(length=36), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['clock_id'], ['clocks.id'], name=op.f('fk_clock_stops_clock_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_stops'))
    )
    with op.batch_alter_table('clock_stops', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clock_stops_clock_id'), ['clock_id'], unique=False)

    op.create_table('supply_charges',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('entry_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('terms', sa.String(length=8), nullable=False),
    sa.Column('price_cents', sa.Integer(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('delivery_note', sa.String(length=100), nullable=False),
    sa.Column('invoice', sa.String(length=60), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint("terms = 'charged' OR price_cents IS NULL", name=op.f('ck_supply_charges_free_has_no_price')),
    sa.CheckConstraint('price_cents >= 0', name=op.f('ck_supply_charges_price_not_negative')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_supply_charges_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_supply_charges_case_id')),
    sa.ForeignKeyConstraint(['entry_id'], ['supply_entries.id'], name=op.f('fk_supply_charges_entry_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_supply_charges_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supply_charges')),
    sa.UniqueConstraint('entry_id', 'number', name=op.f('uq_supply_charges_entry_id_number'))
    )
    with op.batch_alter_table('supply_charges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_supply_charges_case_id'), ['case_id'], unique=False)

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('due_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('due_clock', sa.String(length=12), server_default='', nullable=False))
        batch_op.drop_index(batch_op.f('ix_cases_physician_id'))
        batch_op.drop_index(batch_op.f('ix_cases_product_id'))
        batch_op.create_index('ix_cases_code_begin', ['code'], unique=False, postgresql_ops={'code': 'varchar_pattern_ops'})
        batch_op.create_index('ix_cases_due', ['centre_id', 'due_on', 'id'], unique=False)
        batch_op.create_index('ix_cases_list_physician', ['physician_id', 'centre_id', 'since_at', 'id'], unique=False)
        batch_op.create_index('ix_cases_list_product', ['product_id', 'centre_id', 'since_at', 'id'], unique=False)
        batch_op.create_index('ix_cases_open', ['centre_id', 'since_at', 'id'], unique=False, sqlite_where=sa.text("state != 'closed'"), postgresql_where=sa.text("state != 'closed'"))

    with op.batch_alter_table('clocks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('variant', sa.String(length=12), server_default='', nullable=False))
        batch_op.add_column(sa.Column('starts_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('due_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('provisional', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('counted_by', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('explained', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True))
        batch_op.create_index('ix_clocks_open', ['closed_at', 'due_on'], unique=False)

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('continues_number', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('typed_by_id', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('checked_by_id', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('typed_differently', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('report_owed', sa.Boolean(), server_default='0', nullable=False))
        batch_op.create_foreign_key(batch_op.f('fk_requests_checked_by_id'), 'accounts', ['checked_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_requests_typed_by_id'), 'accounts', ['typed_by_id'], ['id'])

    # By hand:
    # How long cases stood in each state, as their histories tell it; for whom they waited was not written down then.
    op.execute(
        """
        INSERT INTO waits (id, case_id, state, turn, from_at, until_at)
        SELECT moves.id, moves.case_id, moves.state, NULL, moves.begun_at, moves.ended_at
        FROM (
            SELECT id, case_id, before AS state, at AS ended_at,
                   LAG(at) OVER (PARTITION BY case_id ORDER BY case_version) AS begun_at
            FROM case_events
            WHERE region = 'case' AND before <> after
        ) AS moves
        WHERE moves.begun_at < moves.ended_at
        """
    )
    # Who was denied before appeals were kept may still appeal: a row for each denial that stands, as a step opens it
    # today, and its running terms become its own. Where the resolution names an appeal to the superior body, the court
    # is open after that one only (Ley 39/2015 art. 114.1.a).
    op.execute(
        """
        INSERT INTO regions (id, case_id, kind, instance, state, since_at, version)
        SELECT decisions.id, decisions.case_id, 'appeal',
               'appeal-' || CAST(decisions.request_number AS VARCHAR(10)), 'open', case_events.at, 1
        FROM decisions
        JOIN case_events ON case_events.id = decisions.event_id
        JOIN cases ON cases.id = decisions.case_id
        LEFT JOIN regions AS later ON later.case_id = decisions.case_id AND later.kind = 'continuation'
             AND later.instance = 'continuation-' || CAST(decisions.request_number AS VARCHAR(10))
        WHERE decisions.outcome = 'denied'
          AND ((decisions.request_number = 0 AND cases.state = 'denied') OR later.state = 'denied')
          AND NOT EXISTS (
              SELECT 1 FROM decisions AS newer JOIN case_events AS newest ON newest.id = newer.event_id
              WHERE newer.case_id = decisions.case_id AND newer.request_number = decisions.request_number
                AND newer.outcome = 'denied' AND newest.case_version > case_events.case_version
          )
        """
    )
    op.execute(
        """
        UPDATE clocks
        SET instance = (
            SELECT regions.instance FROM regions
            JOIN decisions ON decisions.id = regions.id
            WHERE regions.kind = 'appeal' AND decisions.event_id = clocks.opened_by_event_id
        )
        WHERE clock IN ('K-REP', 'K-CON') AND opened_by_event_id IN (
            SELECT decisions.event_id FROM regions JOIN decisions ON decisions.id = regions.id
            WHERE regions.kind = 'appeal'
        )
        """
    )
    op.execute(
        """
        UPDATE clocks SET closed_at = opened_at, closed_by_event_id = opened_by_event_id
        WHERE clock = 'K-CON' AND closed_at IS NULL AND opened_by_event_id IN (
            SELECT decisions.event_id FROM regions JOIN decisions ON decisions.id = regions.id
            WHERE regions.kind = 'appeal' AND decisions.appeal_named = 'alzada'
        )
        """
    )
    # End of what is by hand.


def downgrade() -> None:
    with op.batch_alter_table('requests', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_requests_typed_by_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_requests_checked_by_id'), type_='foreignkey')
        batch_op.drop_column('report_owed')
        batch_op.drop_column('typed_differently')
        batch_op.drop_column('checked_by_id')
        batch_op.drop_column('typed_by_id')
        batch_op.drop_column('continues_number')

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_column('refused_at')

    with op.batch_alter_table('clocks', schema=None) as batch_op:
        batch_op.drop_index('ix_clocks_open')
        batch_op.drop_column('explained')
        batch_op.drop_column('counted_by')
        batch_op.drop_column('provisional')
        batch_op.drop_column('due_on')
        batch_op.drop_column('starts_on')
        batch_op.drop_column('variant')

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_index('ix_cases_open', sqlite_where=sa.text("state != 'closed'"), postgresql_where=sa.text("state != 'closed'"))
        batch_op.drop_index('ix_cases_list_product')
        batch_op.drop_index('ix_cases_list_physician')
        batch_op.drop_index('ix_cases_due')
        batch_op.drop_index('ix_cases_code_begin', postgresql_ops={'code': 'varchar_pattern_ops'})
        batch_op.create_index(batch_op.f('ix_cases_product_id'), ['product_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cases_physician_id'), ['physician_id'], unique=False)
        batch_op.drop_column('due_clock')
        batch_op.drop_column('due_on')

    with op.batch_alter_table('supply_charges', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_supply_charges_case_id'))

    op.drop_table('supply_charges')
    with op.batch_alter_table('clock_stops', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clock_stops_clock_id'))

    op.drop_table('clock_stops')
    with op.batch_alter_table('clock_moves', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clock_moves_clock_id'))

    op.drop_table('clock_moves')
    with op.batch_alter_table('clock_extensions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clock_extensions_clock_id'))

    op.drop_table('clock_extensions')
    op.drop_table('rectifications')
    with op.batch_alter_table('question_answers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_answers_question_id'))

    op.drop_table('question_answers')
    with op.batch_alter_table('physician_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_physician_changes_to')
        batch_op.drop_index('ix_physician_changes_pending', sqlite_where=sa.text("status = 'pending'"), postgresql_where=sa.text("status = 'pending'"))
        batch_op.drop_index('ix_physician_changes_from')
        batch_op.drop_index(batch_op.f('ix_physician_changes_case_id'))

    op.drop_table('physician_changes')
    op.drop_table('paper_annexes')
    with op.batch_alter_table('waits', schema=None) as batch_op:
        batch_op.drop_index('ix_waits_until')
        batch_op.drop_index('ix_waits_case')

    op.drop_table('waits')
    op.drop_table('typed_ticks')
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.drop_index('ix_transfers_to')
        batch_op.drop_index('ix_transfers_standing', sqlite_where=sa.text("status IN ('offered', 'accepted', 'outside')"), postgresql_where=sa.text("status IN ('offered', 'accepted', 'outside')"))
        batch_op.drop_index(batch_op.f('ix_transfers_new_case_id'))
        batch_op.drop_index(batch_op.f('ix_transfers_case_id'))

    op.drop_table('transfers')
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.drop_index('ix_questions_role')
        batch_op.drop_index('ix_questions_person')
        batch_op.drop_index('ix_questions_case')

    op.drop_table('questions')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index('ix_notices_mail')
        batch_op.drop_index('ix_notices_list')
        batch_op.drop_index(batch_op.f('ix_notices_case_id'))

    op.drop_table('notices')
    with op.batch_alter_table('typing_orders', schema=None) as batch_op:
        batch_op.drop_index('ix_typing_orders_pathway')

    op.drop_table('typing_orders')
    with op.batch_alter_table('covers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_covers_centre_id'))
        batch_op.drop_index('ix_covers_by')
        batch_op.drop_index(batch_op.f('ix_covers_account_id'))

    op.drop_table('covers')
    op.drop_table('saved_views')
    op.drop_table('notice_choices')
    op.drop_table('external_identities')
    op.drop_table('calendar_years')
    op.drop_table('calendar_feeds')
    op.drop_table('calendar_days')
    op.drop_table('scheduled_runs')

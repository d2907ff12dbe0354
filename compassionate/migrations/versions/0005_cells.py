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
    op.create_table('entered_outcomes',
    sa.Column('programme', sa.String(length=40), nullable=False),
    sa.Column('series', sa.String(length=120), nullable=False),
    sa.Column('arm', sa.String(length=160), nullable=False),
    sa.Column('design', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('instrument', sa.String(length=40), nullable=False),
    sa.Column('months', sa.Double(), nullable=True),
    sa.Column('statistic', sa.String(length=12), nullable=False),
    sa.Column('baseline', sa.Double(), nullable=True),
    sa.Column('follow_up', sa.Double(), nullable=True),
    sa.Column('change', sa.Double(), nullable=True),
    sa.Column('dispersion', sa.Double(), nullable=True),
    sa.Column('dispersion_kind', sa.String(length=3), nullable=False),
    sa.Column('finding', sa.String(length=300), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('page', sa.String(length=60), nullable=False),
    sa.Column('replaces_id', sa.String(length=36), nullable=True),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('entered_by_id', sa.String(length=36), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('n IS NULL OR n > 0', name=op.f('ck_entered_outcomes_n_positive')),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_entered_outcomes_centre_id')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['accounts.id'], name=op.f('fk_entered_outcomes_entered_by_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['entered_outcomes.id'], name=op.f('fk_entered_outcomes_replaces_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entered_outcomes'))
    )
    with op.batch_alter_table('entered_outcomes', schema=None) as batch_op:
        batch_op.create_index('ix_entered_outcomes_programme', ['programme'], unique=False)

    op.create_table('confirmed_outcomes',
    sa.Column('outcome_id', sa.String(length=36), nullable=False),
    sa.Column('confirmed_by_id', sa.String(length=36), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['accounts.id'], name=op.f('fk_confirmed_outcomes_confirmed_by_id')),
    sa.ForeignKeyConstraint(['outcome_id'], ['entered_outcomes.id'], name=op.f('fk_confirmed_outcomes_outcome_id')),
    sa.PrimaryKeyConstraint('outcome_id', name=op.f('pk_confirmed_outcomes'))
    )
    op.create_table('donor_evaluations',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('evaluated_on', sa.Date(), nullable=False),
    sa.Column('drawn_on', sa.Date(), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_donor_evaluations_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_donor_evaluations_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_donor_evaluations_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_donor_evaluations')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_donor_evaluations_case_id_number'))
    )
    with op.batch_alter_table('donor_evaluations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_donor_evaluations_case_id'), ['case_id'], unique=False)

    op.create_table('operations',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('operated_on', sa.Date(), nullable=True),
    sa.Column('procedure', sa.String(length=30), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_operations_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_operations_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_operations_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operations')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_operations_case_id_number'))
    )
    op.create_table('patient_links',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('visit_id', sa.String(length=36), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('made_by_id', sa.String(length=36), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answers', sa.LargeBinary(), nullable=True),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('verdict_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verdict_by_id', sa.String(length=36), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_patient_links_case_id')),
    sa.ForeignKeyConstraint(['made_by_id'], ['accounts.id'], name=op.f('fk_patient_links_made_by_id')),
    sa.ForeignKeyConstraint(['verdict_by_id'], ['accounts.id'], name=op.f('fk_patient_links_verdict_by_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_patient_links_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patient_links')),
    sa.UniqueConstraint('digest', name=op.f('uq_patient_links_digest'))
    )
    with op.batch_alter_table('patient_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_patient_links_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_patient_links_visit_id'), ['visit_id'], unique=False)

    op.create_table('procurements',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('donation_number', sa.String(length=13), nullable=False),
    sa.Column('site', sa.String(length=200), nullable=False),
    sa.Column('establishment', sa.String(length=200), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('procured_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('volume', sa.String(length=20), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_by_id', sa.String(length=36), nullable=True),
    sa.Column('batch', sa.String(length=40), nullable=False),
    sa.Column('cultured_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('harvested_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by_id', sa.String(length=36), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dispatched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('line_number', sa.Integer(), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_as', sa.String(length=20), nullable=False),
    sa.Column('destroyed_on', sa.Date(), nullable=True),
    sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('ended_at IS NULL OR procured_at IS NULL OR procured_at <= ended_at', name=op.f('ck_procurements_in_order')),
    sa.CheckConstraint('number > 0', name=op.f('ck_procurements_number_positive')),
    sa.ForeignKeyConstraint(['accepted_by_id'], ['accounts.id'], name=op.f('fk_procurements_accepted_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_procurements_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_procurements_event_id')),
    sa.ForeignKeyConstraint(['released_by_id'], ['accounts.id'], name=op.f('fk_procurements_released_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procurements')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_procurements_case_id_number')),
    sa.UniqueConstraint('donation_number', name=op.f('uq_procurements_donation_number'))
    )
    with op.batch_alter_table('procurements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_procurements_batch'), ['batch'], unique=False)
        batch_op.create_index(batch_op.f('ix_procurements_case_id'), ['case_id'], unique=False)

    op.create_table('recalls',
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('product_id', sa.String(length=36), nullable=False),
    sa.Column('batch', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('ordered_by', sa.String(length=10), nullable=False),
    sa.Column('alert_number', sa.String(length=60), nullable=False),
    sa.Column('alert_class', sa.String(length=4), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by_id', sa.String(length=36), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.String(length=36), nullable=True),
    sa.Column('paper_id', sa.String(length=36), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_recalls_closed_dated')),
    sa.CheckConstraint("(status = 'lifted') = (lifted_at IS NOT NULL)", name=op.f('ck_recalls_lifted_dated')),
    sa.CheckConstraint('lifted_by_id IS NULL OR lifted_by_id <> by_id', name=op.f('ck_recalls_lifted_by_another')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_recalls_by_id')),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_recalls_centre_id')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['accounts.id'], name=op.f('fk_recalls_closed_by_id')),
    sa.ForeignKeyConstraint(['key_id'], ['data_keys.id'], name=op.f('fk_recalls_key_id')),
    sa.ForeignKeyConstraint(['lifted_by_id'], ['accounts.id'], name=op.f('fk_recalls_lifted_by_id')),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_recalls_paper_id')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_recalls_product_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recalls')),
    sa.UniqueConstraint('code', name=op.f('uq_recalls_code'))
    )
    with op.batch_alter_table('recalls', schema=None) as batch_op:
        batch_op.create_index('ix_recalls_batch', ['product_id', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_recalls_centre_id'), ['centre_id'], unique=False)

    op.create_table('cell_containers',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('procurement_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('european_code', sa.String(length=40), nullable=False),
    sa.Column('product_code', sa.String(length=20), nullable=False),
    sa.Column('batch', sa.String(length=40), nullable=False),
    sa.Column('split', sa.String(length=3), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('serial', sa.String(length=20), nullable=False),
    sa.Column('printed', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('printed >= 0', name=op.f('ck_cell_containers_printed_counted')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_cell_containers_case_id')),
    sa.ForeignKeyConstraint(['procurement_id'], ['procurements.id'], name=op.f('fk_cell_containers_procurement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cell_containers')),
    sa.UniqueConstraint('code', name=op.f('uq_cell_containers_code'))
    )
    with op.batch_alter_table('cell_containers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cell_containers_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cell_containers_procurement_id'), ['procurement_id'], unique=False)

    op.create_table('cell_incidents',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('procurement_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('cause', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_cell_incidents_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_cell_incidents_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_cell_incidents_event_id')),
    sa.ForeignKeyConstraint(['procurement_id'], ['procurements.id'], name=op.f('fk_cell_incidents_procurement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cell_incidents'))
    )
    with op.batch_alter_table('cell_incidents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cell_incidents_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cell_incidents_procurement_id'), ['procurement_id'], unique=False)

    op.create_table('cell_tests',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('procurement_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('test', sa.String(length=20), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('value', sa.String(length=60), nullable=False),
    sa.Column('unit', sa.String(length=40), nullable=False),
    sa.Column('is_late', sa.Boolean(), nullable=False),
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('replaces_id', sa.String(length=36), nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_cell_tests_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_cell_tests_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_cell_tests_event_id')),
    sa.ForeignKeyConstraint(['procurement_id'], ['procurements.id'], name=op.f('fk_cell_tests_procurement_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['cell_tests.id'], name=op.f('fk_cell_tests_replaces_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cell_tests'))
    )
    with op.batch_alter_table('cell_tests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cell_tests_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cell_tests_procurement_id'), ['procurement_id'], unique=False)

    op.create_table('recall_cases',
    sa.Column('recall_id', sa.String(length=36), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('received', sa.Integer(), nullable=False),
    sa.Column('given', sa.Integer(), nullable=False),
    sa.Column('at_home', sa.Integer(), nullable=False),
    sa.Column('in_pharmacy', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('settled', sa.Boolean(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_recall_cases_case_id')),
    sa.ForeignKeyConstraint(['recall_id'], ['recalls.id'], name=op.f('fk_recall_cases_recall_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recall_cases')),
    sa.UniqueConstraint('recall_id', 'case_id', name=op.f('uq_recall_cases_recall_id_case_id'))
    )
    with op.batch_alter_table('recall_cases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recall_cases_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_recall_cases_owed', ['settled', 'next_at'], unique=False)

    op.create_table('recall_centres',
    sa.Column('recall_id', sa.String(length=36), nullable=False),
    sa.Column('centre_id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['centre_id'], ['centres.id'], name=op.f('fk_recall_centres_centre_id')),
    sa.ForeignKeyConstraint(['recall_id'], ['recalls.id'], name=op.f('fk_recall_centres_recall_id')),
    sa.PrimaryKeyConstraint('recall_id', 'centre_id', name=op.f('pk_recall_centres'))
    )
    with op.batch_alter_table('recall_centres', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recall_centres_centre_id'), ['centre_id'], unique=False)

    op.create_table('cell_label_prints',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('container_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('copies', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('used', sa.Integer(), nullable=True),
    sa.Column('destroyed', sa.Integer(), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=False),
    sa.Column('printed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('printed_by_id', sa.String(length=36), nullable=False),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('counted_by_id', sa.String(length=36), nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('(used IS NULL AND destroyed IS NULL) OR (used >= 0 AND destroyed >= 0 AND used + destroyed = copies)', name=op.f('ck_cell_label_prints_reconciled')),
    sa.CheckConstraint('copies > 0', name=op.f('ck_cell_label_prints_copies_positive')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_cell_label_prints_case_id')),
    sa.ForeignKeyConstraint(['container_id'], ['cell_containers.id'], name=op.f('fk_cell_label_prints_container_id')),
    sa.ForeignKeyConstraint(['counted_by_id'], ['accounts.id'], name=op.f('fk_cell_label_prints_counted_by_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_cell_label_prints_event_id')),
    sa.ForeignKeyConstraint(['printed_by_id'], ['accounts.id'], name=op.f('fk_cell_label_prints_printed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cell_label_prints')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_cell_label_prints_case_id_number'))
    )
    with op.batch_alter_table('cell_label_prints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cell_label_prints_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cell_label_prints_container_id'), ['container_id'], unique=False)

    op.create_table('custody_events',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('procurement_id', sa.String(length=36), nullable=False),
    sa.Column('container_id', sa.String(length=36), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('origin', sa.String(length=200), nullable=False),
    sa.Column('destination', sa.String(length=200), nullable=False),
    sa.Column('temperature_low', sa.String(length=10), nullable=False),
    sa.Column('temperature_high', sa.String(length=10), nullable=False),
    sa.Column('seal', sa.String(length=60), nullable=False),
    sa.Column('seal_intact', sa.Boolean(), nullable=True),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_custody_events_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_custody_events_case_id')),
    sa.ForeignKeyConstraint(['container_id'], ['cell_containers.id'], name=op.f('fk_custody_events_container_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_custody_events_event_id')),
    sa.ForeignKeyConstraint(['procurement_id'], ['procurements.id'], name=op.f('fk_custody_events_procurement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_custody_events'))
    )
    with op.batch_alter_table('custody_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_custody_events_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_custody_events_procurement_id'), ['procurement_id'], unique=False)

    op.create_table('recall_calls',
    sa.Column('recall_case_id', sa.String(length=36), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.Column('back', sa.Integer(), nullable=False),
    sa.Column('lost', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('details', sa.LargeBinary(), nullable=True),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.CheckConstraint('used >= 0 AND back >= 0 AND lost >= 0', name=op.f('ck_recall_calls_units_not_negative')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_recall_calls_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_recall_calls_case_id')),
    sa.ForeignKeyConstraint(['event_id'], ['case_events.id'], name=op.f('fk_recall_calls_event_id')),
    sa.ForeignKeyConstraint(['recall_case_id'], ['recall_cases.id'], name=op.f('fk_recall_calls_recall_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recall_calls')),
    sa.UniqueConstraint('recall_case_id', 'number', name=op.f('uq_recall_calls_recall_case_id_number'))
    )
    with op.batch_alter_table('recall_calls', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recall_calls_case_id'), ['case_id'], unique=False)

    with op.batch_alter_table('case_files', schema=None) as batch_op:
        batch_op.add_column(sa.Column('centre_id', sa.String(length=36), nullable=True))
        batch_op.alter_column('case_id',
               existing_type=sa.VARCHAR(length=36),
               nullable=True)
        batch_op.create_index('ix_case_files_of_centre', ['centre_id', 'kind', 'of_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_case_files_centre_id'), 'centres', ['centre_id'], ['id'])

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('programme', sa.String(length=20), server_default='', nullable=False))
        batch_op.add_column(sa.Column('programme_version', sa.String(length=20), server_default='', nullable=False))

    with op.batch_alter_table('issued_documents', schema=None) as batch_op:
        batch_op.add_column(sa.Column('centre_id', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('subject', sa.String(length=100), server_default='', nullable=False))
        batch_op.alter_column('case_id',
               existing_type=sa.VARCHAR(length=36),
               nullable=True)
        batch_op.create_index('ix_issued_documents_of_centre', ['centre_id', 'kind', 'subject', 'version'], unique=True)
        batch_op.create_foreign_key(batch_op.f('fk_issued_documents_centre_id'), 'centres', ['centre_id'], ['id'])

    with op.batch_alter_table('print_jobs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('centre_id', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('subject', sa.String(length=100), server_default='', nullable=False))
        batch_op.alter_column('case_id',
               existing_type=sa.VARCHAR(length=36),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_print_jobs_centre_id'), ['centre_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_print_jobs_centre_id'), 'centres', ['centre_id'], ['id'])

    with op.batch_alter_table('supply_entries', schema=None) as batch_op:
        batch_op.create_index('ix_supply_entries_batch', ['batch'], unique=False)

    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.add_column(sa.Column('day', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('before_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('after_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('off_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('unscheduled', sa.Boolean(), server_default='0', nullable=False))

    # By hand:
    # End of what is by hand.


def downgrade() -> None:
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_column('unscheduled')
        batch_op.drop_column('off_days')
        batch_op.drop_column('after_days')
        batch_op.drop_column('before_days')
        batch_op.drop_column('day')

    with op.batch_alter_table('supply_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_supply_entries_batch')

    with op.batch_alter_table('print_jobs', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_print_jobs_centre_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_print_jobs_centre_id'))
        batch_op.alter_column('case_id',
               existing_type=sa.VARCHAR(length=36),
               nullable=False)
        batch_op.drop_column('subject')
        batch_op.drop_column('centre_id')

    with op.batch_alter_table('issued_documents', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_issued_documents_centre_id'), type_='foreignkey')
        batch_op.drop_index('ix_issued_documents_of_centre')
        batch_op.alter_column('case_id',
               existing_type=sa.VARCHAR(length=36),
               nullable=False)
        batch_op.drop_column('subject')
        batch_op.drop_column('centre_id')

    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_column('programme_version')
        batch_op.drop_column('programme')

    with op.batch_alter_table('case_files', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_case_files_centre_id'), type_='foreignkey')
        batch_op.drop_index('ix_case_files_of_centre')
        batch_op.alter_column('case_id',
               existing_type=sa.VARCHAR(length=36),
               nullable=False)
        batch_op.drop_column('centre_id')

    with op.batch_alter_table('recall_calls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recall_calls_case_id'))

    op.drop_table('recall_calls')
    with op.batch_alter_table('custody_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_custody_events_procurement_id'))
        batch_op.drop_index(batch_op.f('ix_custody_events_case_id'))

    op.drop_table('custody_events')
    with op.batch_alter_table('cell_label_prints', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cell_label_prints_container_id'))
        batch_op.drop_index(batch_op.f('ix_cell_label_prints_case_id'))

    op.drop_table('cell_label_prints')
    with op.batch_alter_table('recall_centres', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recall_centres_centre_id'))

    op.drop_table('recall_centres')
    with op.batch_alter_table('recall_cases', schema=None) as batch_op:
        batch_op.drop_index('ix_recall_cases_owed')
        batch_op.drop_index(batch_op.f('ix_recall_cases_case_id'))

    op.drop_table('recall_cases')
    with op.batch_alter_table('cell_tests', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cell_tests_procurement_id'))
        batch_op.drop_index(batch_op.f('ix_cell_tests_case_id'))

    op.drop_table('cell_tests')
    with op.batch_alter_table('cell_incidents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cell_incidents_procurement_id'))
        batch_op.drop_index(batch_op.f('ix_cell_incidents_case_id'))

    op.drop_table('cell_incidents')
    with op.batch_alter_table('cell_containers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cell_containers_procurement_id'))
        batch_op.drop_index(batch_op.f('ix_cell_containers_case_id'))

    op.drop_table('cell_containers')
    with op.batch_alter_table('recalls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recalls_centre_id'))
        batch_op.drop_index('ix_recalls_batch')

    op.drop_table('recalls')
    with op.batch_alter_table('procurements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_procurements_case_id'))
        batch_op.drop_index(batch_op.f('ix_procurements_batch'))

    op.drop_table('procurements')
    with op.batch_alter_table('patient_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_patient_links_visit_id'))
        batch_op.drop_index(batch_op.f('ix_patient_links_case_id'))

    op.drop_table('patient_links')
    op.drop_table('operations')
    with op.batch_alter_table('donor_evaluations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_donor_evaluations_case_id'))

    op.drop_table('donor_evaluations')
    op.drop_table('confirmed_outcomes')
    with op.batch_alter_table('entered_outcomes', schema=None) as batch_op:
        batch_op.drop_index('ix_entered_outcomes_programme')

    op.drop_table('entered_outcomes')
    op.drop_table('programmes')
    with op.batch_alter_table('programme_settings', schema=None) as batch_op:
        batch_op.drop_index('ix_programme_settings_code')

    op.drop_table('programme_settings')

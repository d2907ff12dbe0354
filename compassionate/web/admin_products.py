"""Medicines and sponsors: to be read by everybody, kept by pharmacists and administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Product, ProductLine, Sponsor
from compassionate.services import medicines, papers, presentations, products, programmes, sponsor_directory
from compassionate.services.releasing import require_released
from compassionate.web.access import actor, roles
from compassionate.web.admin_forms import drawn, options, posted, staff
from compassionate.web.downloads import SUFFIXES, attachment, size_words
from compassionate.web.filling import OK, Failure, attempt, recovered_at, seen
from compassionate.web.limits import DOWNLOADS, costly
from compassionate.web.presenters import present_errors
from compassionate.web.programme_words import programme_words
from compassionate.web.templating import ago, day, exact, say
from compassionate.web.uploads import takes_files, upload_sent
from compassionate.workflow.permissions import SECTIONS

blueprint = Blueprint("admin_products", __name__)
editors = roles(*medicines.EDITORS)
PRODUCT = "/administracion/medicamentos/<code>"
LINE = f"{PRODUCT}/presentaciones/<int:position>"


@blueprint.get("/administracion/medicamentos")
@staff
def index() -> Any:
    """Every medicine with what it lacks."""
    rows = [_row(product) for product in medicines.listed(db())]
    return render_template("admin/products.html", rows=rows, may_edit=medicines.may_edit(actor()))


def _row(product: Product) -> dict[str, Any]:
    lacks = medicines.missing(product)
    if not product.active:
        state: Any = {"text": gettext("Fuera de uso"), "tone": "neutral"}
    elif lacks:
        words = ", ".join(say(f"product_field.{name}") for name in lacks)
        state = {"text": gettext("Falta"), "tone": "wait", "sub": words}
    else:
        state = {"text": gettext("Listo"), "tone": "good"}
    name = {"text": product.name, "href": url_for("admin_products.show", code=product.code)}
    return {"cells": [product.code, name, product.sponsor.name, len(product.lines), state]}


@blueprint.route("/administracion/medicamentos/nuevo", methods=["GET", "POST"])
@editors
def new() -> Any:
    """A new medicine; its presentations come next."""
    failure: Failure | None = None
    if request.method == "POST":
        given, made = posted(), dict[str, Product]()
        failure = attempt(lambda: made.update(product=medicines.create(db(), actor(), given, clock.now())))
        if failure is None:
            flash(gettext("Medicamento dado de alta. Añada ahora su primera presentación."), "success")
            return redirect(url_for("admin_products.new_line", code=made["product"].code), 303)
    return _draw_form(None, medicines.fresh_values(), failure), failure.status if failure else OK


@blueprint.route(f"{PRODUCT}/datos", methods=["GET", "POST"])
@editors
def edit(code: str) -> Any:
    """What is known of a medicine."""
    product = products.product_named(db(), code)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: medicines.edit(db(), actor(), product, given, clock.now(), seen()))
        if failure is None:
            flash(gettext("Medicamento guardado."), "success")
            return redirect(url_for("admin_products.show", code=product.code), 303)
    return _draw_form(product, medicines.values_of(product), failure), failure.status if failure else OK


def _draw_form(product: Product | None, stored: dict[str, Any], failure: Failure | None) -> Any:
    return render_template(
        "admin/product_edit.html",
        product=product,
        form=drawn(stored, failure),
        sponsors=[(sponsor.name, sponsor.name) for sponsor in sponsor_directory.listed(db())],
        programmes=[(code, programme_words(code)) for code in programmes.codes(db())],
        statuses=options("application_status", medicines.APPLICATION_STATUSES),
        kinds=[(code, text[0].upper() + text[1:]) for code, text in options("consent_kind", products.CONSENT_KINDS)],
        months=[(str(month), _visit_words(month)) for month in medicines.MONTHS],
        is_open=product is not None and medicines.is_open_somewhere(db(), product),
        recovered=recovered_at(),
    )


def _visit_words(months: int) -> str:
    return say(f"visit.m{months}" if months else "visit.baseline")


@blueprint.get(PRODUCT)
@staff
def show(code: str) -> Any:
    """One medicine: facts, presentations, what its sponsor declared."""
    return _draw(products.product_named(db(), code))


def _draw(product: Product, failure: Failure | None = None) -> Any:
    may_edit = medicines.may_edit(actor())
    page = render_template(
        "admin/product.html",
        product=product,
        facts=_facts(product),
        lines=[_line(product, line, may_edit) for line in product.lines],
        missing=medicines.missing(product),
        papers=[_paper(product, paper) for paper in medicines.papers_of(db(), product)],
        may_edit=may_edit,
        may_record=medicines.may_record_willingness(actor()),
        who_may=", ".join(say(f"role.{role}") for role in medicines.EDITORS),
        errors=present_errors(failure.errors) if failure else [],
    )
    return page, failure.status if failure else OK


def _facts(product: Product) -> list[dict[str, Any]]:
    yes_no = {True: gettext("Sí"), False: gettext("No")}
    trial = " ".join(part for part in (product.trial_register, product.trial_number) if part)
    status = say(f"application_status.{product.application_status}") if product.application_status else "–"
    origin = product.origin_country if product.needs_import else yes_no[False]
    consents = ", ".join(say(f"consent_kind.{kind}") for kind in product.consent_kinds or ["use"])
    rows = [
        (gettext("Principio activo"), product.active_substance),
        (gettext("Promotor"), _sponsor_link(product.sponsor)),
        (gettext("Programa"), programme_words(product.programme) or gettext("Ninguno")),
        (gettext("Ensayo clínico"), trial or "–"),
        (gettext("Solicitud de autorización de comercialización"), status),
        (gettext("Se importa"), gettext("Sí, de %(country)s", country=origin) if product.needs_import else origin),
        (gettext("El promotor da su conformidad paciente por paciente"), yes_no[product.agreement_per_patient]),
        (gettext("El paciente se lo lleva a casa"), yes_no[product.taken_at_home]),
        (gettext("Medicamento peligroso"), yes_no[product.hazardous]),
        (gettext("Consentimientos por escrito"), consents),
        (gettext("Versión de la hoja de información"), product.consent_sheet_version),
        (gettext("Visitas"), ", ".join(_visit_words(month) for month in product.visit_months)),
    ]  # fmt: skip
    return [{"key": key, "value": value} for key, value in rows]


def _sponsor_link(sponsor: Sponsor) -> dict[str, str]:
    return {"text": sponsor.name, "href": url_for("admin_sponsors.show", sponsor_id=sponsor.id)}


def _line(product: Product, line: ProductLine, may_edit: bool) -> list[Any]:
    values = presentations.values_of(line)
    price = gettext("Gratuito") if line.is_free else gettext("%(price)s € el envase", price=values["price"])
    pack = f"{line.units_per_pack} {line.unit}"
    href = url_for("admin_products.edit_line", code=product.code, position=line.position)
    act = {"text": gettext("Cambiar"), "href": href, "hidden": line.strength} if may_edit else ""
    name = {"text": line.strength, "sub": line.presentation}
    return [name, line.form, line.route, pack, price, line.national_code or "–", act]


def _paper(product: Product, paper: Any) -> dict[str, str]:
    return {
        "text": medicines.filename_of(db(), paper),
        "href": url_for("admin_products.paper", code=product.code, paper_id=paper.id),
        "size": size_words(paper.size),
        "when": ago(paper.uploaded_at),
        "exact": exact(paper.uploaded_at),
    }


@blueprint.route(f"{PRODUCT}/presentaciones/nueva", methods=["GET", "POST"])
@editors
def new_line(code: str) -> Any:
    """One more presentation."""
    product = products.product_named(db(), code)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: presentations.add(db(), actor(), product, given, clock.now()))
        if failure is None:
            flash(gettext("Presentación añadida."), "success")
            return redirect(url_for("admin_products.show", code=product.code), 303)
    form = drawn(presentations.fresh_values(), failure)
    page = render_template("admin/line.html", product=product, line=None, form=form, recovered=recovered_at())
    return page, form.status


@blueprint.route(LINE, methods=["GET", "POST"])
@editors
def edit_line(code: str, position: int) -> Any:
    """One presentation."""
    product = products.product_named(db(), code)
    line = presentations.find(product, position)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: presentations.edit(db(), actor(), line, given, clock.now(), seen()))
        if failure is None:
            flash(gettext("Presentación guardada."), "success")
            return redirect(url_for("admin_products.show", code=product.code), 303)
    return _draw_line(product, line, failure), failure.status if failure else OK


def _draw_line(product: Product, line: ProductLine, failure: Failure | None) -> Any:
    return render_template(
        "admin/line.html",
        product=product,
        line=line,
        form=drawn(presentations.values_of(line), failure),
        is_fixed=presentations.is_fixed(db(), line),
        is_used=presentations.is_used(db(), line),
        recovered=recovered_at(),
    )


@blueprint.route(f"{LINE}/quitar", methods=["GET", "POST"])
@editors
def remove_line(code: str, position: int) -> Any:
    """Take a presentation away that no case asks for, told first what that means."""
    product = products.product_named(db(), code)
    line = presentations.find(product, position)
    if request.method == "GET":
        return render_template("admin/line_remove.html", product=product, line=line)
    failure = attempt(lambda: presentations.remove(db(), actor(), product, line, clock.now()))
    if failure is not None:
        return _draw(product, failure)
    flash(gettext("Presentación quitada."), "success")
    return redirect(url_for("admin_products.show", code=product.code), 303)


@blueprint.route(f"{PRODUCT}/promotor", methods=["GET", "POST"])
@roles(*SECTIONS["sponsor_willingness"].roles)
@takes_files
def willingness(code: str) -> Any:
    """What the sponsor declares: that it is willing to supply, who says so, since when, on what paper."""
    product = products.product_named(db(), code)
    failure: Failure | None = None
    if request.method == "POST":
        given, file = posted(), upload_sent()
        failure = attempt(
            lambda: medicines.record_willingness(db(), actor(), product, given, file, clock.now(), seen())
        )
        if failure is None:
            flash(gettext("Disposición del promotor guardada."), "success")
            return redirect(url_for("admin_products.show", code=product.code), 303)
    form = drawn(medicines.willingness_of(product), failure)
    held = [_paper(product, paper) for paper in medicines.papers_of(db(), product)]
    page = render_template(
        "admin/willingness.html", product=product, form=form, papers=held, recovered=recovered_at(), limit=_limit()
    )
    return page, form.status


def _limit() -> str:
    return size_words(papers.LARGEST)


@blueprint.route(f"{PRODUCT}/promotor/retirar", methods=["GET", "POST"])
@roles(*SECTIONS["sponsor_willingness"].roles)
def withdraw_willingness(code: str) -> Any:
    """The sponsor supplies no longer, told first what that means."""
    product = products.product_named(db(), code)
    if request.method == "GET":
        return render_template("admin/willingness_withdraw.html", product=product, on=day(product.willing_on))
    failure = attempt(lambda: medicines.withdraw_willingness(db(), actor(), product, clock.now()))
    if failure is None:
        flash(gettext("Anotado: el promotor ya no suministra este medicamento."), "success")
    return redirect(url_for("admin_products.show", code=product.code), 303)


@blueprint.get(f"{PRODUCT}/papeles/<paper_id>")
@staff
@costly(**DOWNLOADS)
def paper(code: str, paper_id: str) -> Any:
    """The paper of the sponsor's willingness, exactly as it was uploaded."""
    product = products.product_named(db(), code)
    row = medicines.paper_of(db(), product, paper_id)
    require_released(db(), [row], actor())
    name = f"disposicion_{product.code}_{row.sha256[:8]}{SUFFIXES[row.media_type]}"
    return attachment(papers.data_of(db(), row), row.media_type, name)

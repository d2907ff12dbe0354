"""Forms are read from their files, in every version that a case may have been answered under."""

from hashlib import sha256
from pathlib import Path

import pytest

from compassionate.questionnaires import FormsRefused, ItemType, load_form, load_forms
from tests.questionnaires.written import choice, extension, group, question, resource, write, written


def translated(english: str) -> dict[str, object]:
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": english}]
    return {"extension": [extension("translation", extension=parts)]}


def test_every_version_is_kept_and_new_cases_take_the_newest_active_one(tmp_path: Path) -> None:
    for version, status in (("2026-11", "active"), ("2027-02", "active"), ("2027-03", "draft")):
        write(tmp_path, resource(question("a"), version=version, status=status))

    catalogue = load_forms(tmp_path)

    assert catalogue.latest("prueba").version == "2027-02"
    assert catalogue.get("prueba", "2026-11").version == "2026-11"
    assert catalogue.has("prueba", "2027-03")
    assert (len(catalogue), catalogue.names()) == (3, ("prueba",))


def test_a_form_that_is_not_there_is_asked_for_in_vain(tmp_path: Path) -> None:
    write(tmp_path, resource(question("a"), status="retired"))
    catalogue = load_forms(tmp_path)

    with pytest.raises(KeyError):
        catalogue.latest("prueba")
    with pytest.raises(KeyError):
        catalogue.get("otra", "2026-11")
    assert catalogue.get("prueba", "2026-11").status == "retired"


def test_a_form_carries_the_hash_of_its_file(tmp_path: Path) -> None:
    file = write(tmp_path, resource(question("a")))

    assert load_form(file).sha256 == sha256(file.read_bytes()).hexdigest()


def test_a_hospitals_forms_lie_beside_ours(tmp_path: Path) -> None:
    write(tmp_path / "ours", resource(question("a")))
    write(tmp_path / "hospital", resource(question("a"), id="propia", url="urn:hospital:propia"))

    assert load_forms(tmp_path / "ours", tmp_path / "hospital").names() == ("propia", "prueba")


def publish(folder: Path) -> None:
    files = sorted(folder.glob("*/*.json"))
    lines = [f"{sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder).as_posix()}\n" for file in files]
    (folder / "published.sha256").write_text("".join(lines), encoding="utf-8")


def test_a_published_form_that_changed_is_refused(tmp_path: Path) -> None:
    write(tmp_path, resource(question("a")))
    publish(tmp_path)
    assert len(load_forms(tmp_path)) == 1

    write(tmp_path, resource(question("a", text="Otra pregunta")))

    with pytest.raises(FormsRefused, match="changed after it was published"):
        load_forms(tmp_path)


def test_a_form_is_used_once_it_is_published_and_never_vanishes(tmp_path: Path) -> None:
    write(tmp_path, resource(question("a")))
    publish(tmp_path)
    write(tmp_path, resource(question("a"), version="2027-01"))

    with pytest.raises(FormsRefused, match=r"2027-01\.json: has no line in published\.sha256"):
        load_forms(tmp_path)

    publish(tmp_path)
    (tmp_path / "prueba" / "2026-11.json").unlink()

    with pytest.raises(FormsRefused, match=r"2026-11\.json: is in published\.sha256 and not in the folder"):
        load_forms(tmp_path)


def test_files_that_editors_leave_behind_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, resource(question("a"))).with_name(".2026-11.json.swp").write_bytes(b"\x00")

    assert len(load_forms(tmp_path)) == 1


def test_an_item_has_its_words_in_both_languages(tmp_path: Path) -> None:
    form = written(tmp_path, question("pain", "integer", text="Dolor", _text=translated("Pain")))

    assert (str(form.item("pain").text), form.item("pain").text.said("en")) == ("Dolor", "Pain")
    assert form.item("pain").text.said("ca") == "Dolor"


def test_an_item_has_its_bounds_unit_and_hint(tmp_path: Path) -> None:
    control = extension("questionnaire-itemControl", valueCodeableConcept={"coding": [{"code": "help"}]})
    bounds = [extension("minValue", valueInteger=0), extension("maxValue", valueInteger=100)]
    unit = extension("questionnaire-unit", valueCoding={"code": "mm", "display": "mm"})
    hint = question("help", "display", text="Lo marca el paciente", extension=[control])

    item = written(tmp_path, question("pain", "integer", extension=[*bounds, unit], item=[hint])).item("pain")

    assert (item.minimum, item.maximum, str(item.unit), item.unit_code) == (0, 100, "mm", "mm")
    assert (str(item.hint), item.items) == ("Lo marca el paciente", ())


def test_a_label_is_found_for_every_path(tmp_path: Path) -> None:
    form = written(tmp_path, group("rows", question("name"), repeats=True), choice("c", "x"))

    assert form.label("rows.0.name") == "Pregunta name"
    assert form.label("rows.0") == "Pregunta rows"
    assert form.label("c") == "Pregunta c"
    assert form.label("nothing") == "nothing"


def test_the_form_is_walked_in_the_order_of_the_page(tmp_path: Path) -> None:
    form = written(tmp_path, group("g", question("a"), question("note", "display")), question("b"))

    assert [item.link_id for item in form.walk()] == ["g", "a", "note", "b"]
    assert [item.type for item in form.walk() if not item.is_question] == [ItemType.GROUP, ItemType.DISPLAY]

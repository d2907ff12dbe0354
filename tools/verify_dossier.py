"""Verify a document issued by Compassionate with public libraries alone: pip install pyhanko pikepdf pypdfium2.

    python verify_dossier.py FILE [--certificate PEM] [--json]

Nothing of Compassionate is imported, no network is used. Looked at, in this order:

- seal: the signature in the field «Sello» holds, and over every byte of the document as it was issued;
- certificate: the seal was made with the certificate in PEM (`flask seal show --pem`, or the page «Sello» of the
  hospital's installation). Without --certificate only its fingerprint is said: anybody can seal a changed file anew
  with a certificate of their own, so compare it with one that the hospital told you;
- later: behind the seal only signatures and their time-stamps were added (ISO 32000-1 12.8.2.2, level 2);
- case: expediente.json, which only the hospital's copy carries, is the snapshot that it says: `snapshot_sha256` is the
  SHA-256 of `snapshot` as canonical JSON (RFC 8785: keys sorted, no spaces, UTF-8);
- report: informe.json, which reports that are of no case carry, is what it says: `content_sha256` is the SHA-256 of the
  canonical JSON of {"content", "kind", "template_version"};
- annexes: each other file inside has the SHA-256 and size in expediente.json, and where that is missing (agency copy)
  the SHA-256 printed in the index of annexes;
- signatures: who else signed, and whether each of them holds. Whose certificates those are is not judged here.

Prints words in Spanish, or with --json {"ok", "seal", "certificate", "sha256", "later", "case", "report",
"annexes", "signatures", "problems"}. Exit 0: nothing stands against it. 1: something does. 2: it cannot be read at all.
"""

import argparse
import asyncio
import hashlib
import io
import json
import logging
import re
import sys

SEAL, CASE, FORMAT = "Sello", "expediente.json", "compassionate.case"
FHIR = "expediente.fhir.json"  # the same case in another form: no annex
REPORT, REPORT_FORMAT = "informe.json", "compassionate.report"
LARGEST = 64 * 1024 * 1024
SAID = {
    "unreadable": "El archivo no se puede leer como PDF: está cortado o no lo es.",
    "no_seal": "No lleva ningún sello de emisión.",
    "seal_broken": "El sello no corresponde al contenido: alguien lo cambió después de emitirlo.",
    "seal_partial": "El sello no cubre el documento entero.",
    "other_certificate": "El sello no se hizo con el certificado que se ha indicado.",
    "changed_later": "Después del sello se añadió o se tapó contenido que no es una firma.",
    "appended": "Hay bytes añadidos detrás del final del documento.",
    "signature_broken": "Una firma posterior no vale.",
    "case_wrong": "El expediente incluido no es el que dice su propia huella.",
    "report_wrong": "El informe incluido como datos no es el que dice su propia huella.",
    "annex_wrong": "Un anexo incluido no es el que dice la lista.",
    "annex_missing": "Falta un anexo que la lista nombra.",
    "annex_too_large": "Un archivo incluido es demasiado grande para comprobarlo.",
}


def found_in(data):
    """The reader of a PDF and its signatures in order; raises ValueError for what cannot be read."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(data))
        return list(reader.embedded_signatures)
    except Exception as error:
        raise ValueError(type(error).__name__) from error


async def status_of(held):
    """What a signature is worth in itself: its own certificate is believed, for nobody else is asked."""
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, FormUpdatingRule, StandardDiffPolicy
    from pyhanko.sign.diff_analysis.rules import form_field_rules as rules
    from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
    from pyhanko_certvalidator import ValidationContext

    creation = rules.SigFieldCreationRule(allow_new_visible_after_certify=True)
    fields = [creation, rules.SigFieldModificationRule(), rules.GenericFieldModificationRule()]
    policy = StandardDiffPolicy(DEFAULT_DIFF_POLICY.global_rules, FormUpdatingRule(fields))
    context = ValidationContext(trust_roots=[held.signer_cert], allow_fetching=False)
    if held.sig_object_type == "/DocTimeStamp":
        return await async_validate_pdf_timestamp(held, context, diff_policy=policy)
    return await async_validate_pdf_signature(held, context, diff_policy=policy)


def judged(held):
    """One signature as a row, with what stands against it as a code."""
    from pyhanko.sign.validation.status import SignatureCoverageLevel as Level

    row = {"field": held.field_name, "signer": "", "at": None, "sha256": "", "fault": ""}
    try:
        row["signer"] = held.signer_cert.subject.human_friendly
        row["sha256"] = hashlib.sha256(held.signer_cert.dump()).hexdigest()
        status = asyncio.run(status_of(held))
    except Exception:  # noqa: BLE001 - whatever a broken signature makes the library meet
        return row | {"fault": "broken"}
    at = getattr(status, "timestamp", None) or getattr(status, "signer_reported_dt", None)
    row["at"] = at.isoformat() if at else None
    if not (status.intact and status.valid):
        return row | {"fault": "broken"}
    if status.coverage not in (Level.ENTIRE_FILE, Level.ENTIRE_REVISION):
        return row | {"fault": "partial"}
    return row | {"fault": "" if status.docmdp_ok is not False else "changed_later"}


def look_at_seal(found, data, wanted, problems):
    """The seal against the file, the wanted certificates, and what was added behind it."""
    rows = [judged(each) for each in found]
    seal = next((row for row in rows if row["field"] == SEAL), None)
    if seal is None:
        problems.append("no_seal")
        return rows, None
    faults = {"broken": "seal_broken", "partial": "seal_partial", "changed_later": "changed_later"}
    problems += [faults[seal["fault"]]] if seal["fault"] else []
    problems += ["other_certificate"] if wanted and seal["sha256"] not in wanted else []
    problems += ["appended"] if data[data.rfind(b"%%EOF") + 5 :].strip() else []
    problems += ["signature_broken"] if any(row["fault"] for row in rows if row is not seal) else []
    return rows, seal


def files_in(data):
    """The files inside, by name; None for one that unpacks too large."""
    import pikepdf

    found = {}
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for name, held in pdf.attachments.items():
            stream = held.get_file().obj
            size = int(stream.get("/Params", {}).get("/Size", 0))
            unpacked = stream.read_bytes() if size <= LARGEST and len(stream.read_raw_bytes()) <= LARGEST else None
            found[name] = unpacked if unpacked is not None and len(unpacked) <= LARGEST else None
    return found


def canonical(value):
    """Canonical JSON (RFC 8785) of what is in these files: strings, whole numbers, plain fractions, lists, objects."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def look_at_case(files, problems):
    """The case inside, where there is one, against its own hash: (what is said of it, its list of annexes or None)."""
    if CASE not in files:
        return None, None
    try:
        held = json.loads(files[CASE] or b"")
        digest = hashlib.sha256(canonical(held["snapshot"])).hexdigest()
        told = {"ok": held["format"] == FORMAT and digest == held["snapshot_sha256"], "sha256": digest}
        listed = {each["name"]: (each["sha256"], each["size"]) for each in held["annexes"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        told, listed = {"ok": False, "sha256": ""}, {}
    problems += [] if told["ok"] else ["case_wrong"]
    return told, listed


def look_at_report(files, problems):
    """The report inside, where there is one, against its own hash."""
    if REPORT not in files:
        return None
    try:
        held = json.loads(files[REPORT] or b"")
        said = {name: held[name] for name in ("content", "kind", "template_version")}
        digest = hashlib.sha256(canonical(said)).hexdigest()
        told = {"ok": held["format"] == REPORT_FORMAT and digest == held["content_sha256"], "sha256": digest}
    except (ValueError, KeyError, TypeError):
        told = {"ok": False, "sha256": ""}
    problems += [] if told["ok"] else ["report_wrong"]
    return told


def printed_text(data):
    """All the words of the pages without their spaces; None where pypdfium2 is not installed."""
    try:
        import pypdfium2
    except ImportError:
        return None
    document = pypdfium2.PdfDocument(data)
    try:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()
    return re.sub(r"[\s\u00ad\ufffe\u0002-]+", "", text).lower()


def look_at_annexes(files, listed, data, problems):
    """Each annex against the list inside, or against what is printed."""
    names = [name for name in files if name not in (CASE, FHIR, REPORT)]
    text = printed_text(data) if names and listed is None else None
    rows = []
    for name in names:
        held = files[name]
        if held is None:
            problems.append("annex_too_large")
            continue
        digest = hashlib.sha256(held).hexdigest()
        if listed is not None:
            good = listed.get(name) == (digest, len(held))
        else:
            good = None if text is None else digest in text
        problems += ["annex_wrong"] if good is False else []
        rows.append({"name": name, "sha256": digest, "ok": good})
    problems += ["annex_missing" for name in listed or () if name not in files]
    return rows


def verify(data, certificates=()):
    """The verdict on a file, as one JSON document; `certificates`: fingerprints of which one must be the seal's."""
    problems = []
    told = {"ok": False, "seal": None, "certificate": "", "sha256": hashlib.sha256(data).hexdigest(), "later": None}
    told |= {"case": None, "report": None, "annexes": [], "signatures": [], "problems": problems}
    try:
        found = found_in(data)
        rows, seal = look_at_seal(found, data, certificates, problems)
        files = files_in(data)
    except Exception:  # noqa: BLE001 - whatever a broken file makes the libraries meet
        problems.append("unreadable")
        return told
    told["case"], listed = look_at_case(files, problems)
    told["report"] = look_at_report(files, problems)
    told["annexes"] = look_at_annexes(files, listed, data, problems)
    told["signatures"] = [row for row in rows if row is not seal]
    if seal is not None:
        known = seal["sha256"] in certificates if certificates else None
        told["certificate"] = {True: "known", False: "other", None: "not_given"}[known]
        told["seal"] = {
            "signer": seal["signer"],
            "at": seal["at"],
            "sha256": seal["sha256"],
            "holds": not seal["fault"],
        }
        told["later"] = len(rows) - 1
    told["ok"] = not problems
    return told


def words(told):
    """The verdict as people read it."""
    yield from (SAID[code] for code in dict.fromkeys(told["problems"]))
    seal = told["seal"]
    if seal is None:
        return
    if told["ok"]:
        yield "Es el documento tal como se selló: entero y sin cambios."
    yield f"Sello de {seal['signer']}, {seal['at']}. Huella SHA-256 del certificado: {seal['sha256']}."
    if told["certificate"] == "not_given":
        yield "No se ha indicado con qué certificado debía sellarse: coteje esa huella con la que le dé el hospital."
    for row in told["signatures"]:
        yield f"{'No vale' if row['fault'] else 'Vale'}: {row['field']}, de {row['signer'] or 'no se sabe quién'}."
    if told["case"]:
        yield f"Lleva el expediente dentro; {'su huella coincide' if told['case']['ok'] else 'su huella no coincide'}."
    if told["report"]:
        yield f"Lleva el informe como datos; su huella {'coincide' if told['report']['ok'] else 'no coincide'}."
    for row in told["annexes"]:
        said = {True: "coincide con la lista", False: "NO coincide con la lista", None: "sin comprobar (pypdfium2)"}
        yield f"{row['name']}: {said[row['ok']]}."


def fingerprints(path):
    """The SHA-256 of each certificate of a PEM file."""
    from asn1crypto import pem

    with open(path, "rb") as file:
        return tuple(hashlib.sha256(der).hexdigest() for _, _, der in pem.unarmor(file.read(), multiple=True))


def main():
    """Verify the file named on the command line."""
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--certificate", help="PEM with the certificate, or certificates, of the seal")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    try:
        with open(given.file, "rb") as file:
            data = file.read()
        wanted = fingerprints(given.certificate) if given.certificate else ()
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    told = verify(data, wanted)
    print(json.dumps(told, ensure_ascii=False, indent=2) if given.json else "\n".join(words(told)))
    return 0 if told["ok"] else 2 if "unreadable" in told["problems"] else 1


if __name__ == "__main__":
    sys.exit(main())

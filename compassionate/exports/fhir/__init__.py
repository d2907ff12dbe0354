"""The case as a FHIR R4 Bundle: snapshot in, bytes out; the same case and issue give the same bytes.

Data are minimised (GDPR art. 5.1.c, 25): the patient is the code of the case, the sex and the year of birth; no name,
no number, no address, no file name. Texts that people wrote in a form are said as they are.
"""

from compassionate.exports.fhir.bundle import MEDIA_TYPE, NAME, bundle, write

__all__ = ["MEDIA_TYPE", "NAME", "bundle", "write"]

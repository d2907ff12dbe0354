"""A case rebuilt in this installation from the hospital's copy of a dossier, and from nothing else.

What is not in the dossier is not here afterwards (docs/dossier-format.md says what that is). Nothing is written where
anything is wrong, and the case that results says exactly what the dossier says: its content hash is the same.
"""

from compassionate.services.importing.whole import Imported, import_dossier

__all__ = ["Imported", "import_dossier"]

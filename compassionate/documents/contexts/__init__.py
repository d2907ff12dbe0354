"""One module a document: from a frozen case to the plain data that its template prints."""

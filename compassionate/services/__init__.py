"""Use cases: take session, actor, values and now; return values or raise Refused, Invalid, Conflict, NotFound."""

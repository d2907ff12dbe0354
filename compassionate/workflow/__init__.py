"""The regulated rules: transition tables, guards and the engine. Pure: no database, no web."""

"""The web application: one module a noun. Views fetch, call one service, render or redirect."""

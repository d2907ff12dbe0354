"""Work outside the request: a bell that says that there is some, a worker that does it, a press in a process apart."""

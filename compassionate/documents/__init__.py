"""Documents: a frozen case in, the same PDF out, and uploaded papers looked at before they are taken."""

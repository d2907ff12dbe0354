"""What leaves the installation as data: plain values in, bytes out. No database and no server in here."""

"""What is written on containers of cells, and what must agree when they change hands: rules without a database."""

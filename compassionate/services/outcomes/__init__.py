"""What became of the patients of a programme: read, counted, compared with what others published, put into words."""

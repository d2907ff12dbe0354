"""Long documents in pieces: each leaf printed by itself, kept, and all of them put together with their tags."""

"""What an NPC keeps: what was said, what it lived through, what it knows; and save slots."""

"""The quarterly report to the pharmacy and therapeutics committee: requests, decisions, outcomes, cost, time."""

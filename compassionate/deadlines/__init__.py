"""Legal terms: which days count, when a clock ends, and why, day by day (Ley 39/2015 arts. 30-32)."""

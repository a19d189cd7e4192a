"""Google's Interactions API, both ways (WIRE section 5.2)."""

"""Google's generateContent API, both ways (WIRE section 5.1)."""

"""Stages: events in, events out."""

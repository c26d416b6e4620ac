"""Showing what an attachment holds without running, expanding or trusting any of it."""

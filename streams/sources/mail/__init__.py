"""Mailboxes over IMAP, and letters as text."""

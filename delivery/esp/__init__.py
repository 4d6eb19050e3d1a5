"""Sending through a provider's HTTP API, by django-anymail, behind the same interface as SMTP.

Not among channels.transports, which know no Django: anymail is built on Django's mail classes (docs/adr/0022).
"""

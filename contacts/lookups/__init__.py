"""Asking others about numbers and addresses: the interface every provider fulfils, and the one for trying it out.

A provider is an object with the members of `providers.LookUpProvider`, registered in `AppConfig.ready()` of the app
that brings it. It holds no database and decides nothing: contacts.services.look_ups chooses whom to ask about, keeps
the answers and moves the states of addresses.
"""

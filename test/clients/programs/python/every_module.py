"""Imports every module of the client: one that names another that there is not fails here."""

import importlib
import pkgutil

import client

for module in pkgutil.walk_packages(client.__path__, "client."):
    importlib.import_module(module.name)

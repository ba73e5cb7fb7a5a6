"""JSON paths of a registry record's parts."""

from __future__ import annotations

PROTOCOL = "protocolSection"
IDENTITY = f"{PROTOCOL}.identificationModule"
REGISTRY_ID = f"{IDENTITY}.nctId"
STATUS = f"{PROTOCOL}.statusModule"
UPDATED = f"{STATUS}.lastUpdatePostDateStruct.date"
DESIGN = f"{PROTOCOL}.designModule"
ELIGIBILITY = f"{PROTOCOL}.eligibilityModule"
ARMS = f"{PROTOCOL}.armsInterventionsModule"
OUTCOMES = f"{PROTOCOL}.outcomesModule"
PLACES = f"{PROTOCOL}.contactsLocationsModule"
SITES = (f"{PLACES}.locations[*]", f"{PLACES}.locations_nested[*]")

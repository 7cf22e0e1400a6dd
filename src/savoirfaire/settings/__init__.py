"""Settings: read in one place, from the workspace's savoir.toml and `SAVOIR_*` variables.

Variables win over the file, the file over the defaults; an empty variable counts as not given.
An unknown name or a value that cannot be used raises SettingsError, which says where it stands.
A secret's value is never shown, in a message or elsewhere.
"""

from savoirfaire.settings.forms import (
    BudgetSettings,
    CostSettings,
    DatabaseSettings,
    EffectSettings,
    IndexSettings,
    LimitSettings,
    LogSettings,
    ModelSettings,
    Price,
    RunSettings,
    Settings,
)
from savoirfaire.settings.reading import (
    Origin,
    allowed,
    fields,
    load_settings,
    origins,
    variable,
)

__all__ = [
    "BudgetSettings",
    "CostSettings",
    "DatabaseSettings",
    "EffectSettings",
    "IndexSettings",
    "LimitSettings",
    "LogSettings",
    "ModelSettings",
    "Origin",
    "Price",
    "RunSettings",
    "Settings",
    "allowed",
    "fields",
    "load_settings",
    "origins",
    "variable",
]

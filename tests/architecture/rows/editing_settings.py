"""Who may come to 政策维护, open points, series, calendar: administrators change them, auditors read."""

from tests.architecture.row import ADMINISTRATOR, AUDITOR, Row

READERS = ADMINISTRATOR | AUDITOR
POLICY = {"slug": "hongfufa-2023-30"}
NO_POLICY = {"slug": "nothing"}
POINT = POLICY | {"key": "stage_days"}
NO_POINT = POLICY | {"key": "nothing"}
LPR = {"key": "lpr_1y"}
NO_SERIES = {"key": "nothing"}
DISTRICTS = {"code": "R-full"}

ROWS: dict[str, Row] = {
    "editing:settings": Row(READERS, world=lambda world: POLICY, missing=lambda side: NO_POLICY),
    "editing:setting": Row(READERS, world=lambda world: POINT, missing=lambda side: NO_POINT),
    "editing:setting_change": Row(ADMINISTRATOR, world=lambda world: POINT, missing=lambda side: NO_POINT),
    "editing:setting_confirm": Row(ADMINISTRATOR, world=lambda world: POINT, missing=lambda side: NO_POINT),
    "editing:series": Row(READERS),
    "editing:series_new": Row(ADMINISTRATOR),
    "editing:series_one": Row(READERS, world=lambda world: LPR, missing=lambda side: NO_SERIES),
    "editing:series_import": Row(ADMINISTRATOR, world=lambda world: LPR, missing=lambda side: NO_SERIES),
    "editing:series_known": Row(ADMINISTRATOR, world=lambda world: LPR, missing=lambda side: NO_SERIES),
    "editing:series_withdraw": Row(ADMINISTRATOR, world=lambda world: LPR, missing=lambda side: NO_SERIES),
    "editing:calendar": Row(READERS),
    "editing:calendar_import": Row(ADMINISTRATOR),
    "editing:unit_groups": Row(READERS),
    "editing:unit_group_new": Row(ADMINISTRATOR),
    "editing:unit_group": Row(READERS, world=lambda world: DISTRICTS, missing=lambda side: {"code": "nothing"}),
}

"""cxlib.toml: what it may say, what it may not, and what it means where it says nothing."""

import pytest

from cxlib.data.settings import read_settings
from cxlib.errors import ConfigError, CxError, UnknownNameError

WRONG = {
    "an unknown key": (
        "[report]\ntimeout_minute = 3",
        "cxlib.toml, report.timeout_minute: found 'timeout_minute', expected one of metrics, settle_days, "
        "shared or "
        "timeout_minutes. Did you mean 'timeout_minutes'? Fix: use one of these names.",
    ),
    "an unknown section": (
        "[reports]\nshared = true",
        "cxlib.toml, reports: found 'reports', expected one of alerts, causes, changes, columns, "
        "data_through, "
        "definitions, drivers, health, max_bad_share, max_bytes, metrics, privacy or 10 more. Did you mean "
        "'report'? "
        "Fix: use one of these names.",
    ),
    "an unknown table": (
        '[tables.ticket]\nfile = "x.csv"',
        "cxlib.toml, tables.ticket: found 'ticket', expected one of accounts, activity, audits, changes, "
        "costs, customers, emails, interactions, messages, orders, outages, outreach or 8 more. "
        "Did you mean 'tickets'? Fix: use one of these names.",
    ),
    "an unknown choice": (
        '[definitions]\ncsat = "topbox"',
        "cxlib.toml, definitions.csat: found 'topbox', expected one of top_box, mean or net. Did you mean "
        "'top_box'? "
        "Fix: correct the value.",
    ),
    "a wrong type": (
        "[report]\nshared = 1",
        "cxlib.toml, report.shared: found '1', expected true or false. Fix: correct the value.",
    ),
    "a share beyond one": (
        "max_bad_share = 5",
        "cxlib.toml, max_bad_share: found '5', expected a share from 0 to 1. Fix: correct the value.",
    ),
    "a value where a table belongs": (
        'report = "short"',
        "cxlib.toml, report: found 'short', expected a table. Fix: write it as [report].",
    ),
    "a day that does not exist": (
        '[data_through]\ntickets = "2020-02-30"',
        "cxlib.toml, data_through.tickets: found '2020-02-30', expected a date such as \"2020-02-29\". "
        "Fix: correct the value.",
    ),
    "a key given twice": (
        'zone = "UTC"\nzone = "UTC"',
        "cxlib.toml line 2, column 13: found a key given twice (Cannot overwrite a value), expected each "
        "key once. "
        "Fix: remove one.",
    ),
    "YAML": (
        "zone: UTC",
        "cxlib.toml line 1, column 5: found a key followed by a colon, as in YAML, expected TOML. "
        "Fix: write key = value, and sections as [name].",
    ),
    "no TOML": (
        "week_start = monday",
        "cxlib.toml line 1, column 14: found a fault (Invalid value), expected TOML. Fix: correct that line.",
    ),
    "a literal secret": (
        '[alerts.notify]\nslack = "https://hooks.slack.com/services/T0/B0/canary"',
        "cxlib.toml, alerts.notify.slack: found a literal secret (not shown), expected the name of an "
        "environment "
        'variable, "env:NAME". Fix: put the secret into the environment and write "env:NAME" here.',
    ),
    "a password that looks like nothing": (
        '[alerts.notify]\nsmtp = { host = "mail.example.com", password = "canary" }',
        "cxlib.toml, alerts.notify.smtp.password: found a literal secret (not shown), expected the name of "
        "an "
        'environment variable, "env:NAME". Fix: put the secret into the environment and write "env:NAME" '
        "here.",
    ),
    "a token in an innocent place": (
        '[tables.tickets]\nfile = "xoxb-canary"',
        "cxlib.toml, tables.tickets.file: found a literal secret (not shown), expected the name of an "
        "environment "
        'variable, "env:NAME". Fix: put the secret into the environment and write "env:NAME" here.',
    ),
}


def settings_of(folder, text):
    path = folder / "cxlib.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


@pytest.mark.parametrize(("text", "message"), [pytest.param(*case, id=name) for name, case in WRONG.items()])
def test_what_the_file_may_not_say_is_refused_in_words(text, message, tmp_path):
    with pytest.raises(CxError) as refused:
        settings_of(tmp_path, text)
    assert str(refused.value) == message
    assert refused.value.exit_code == 2
    assert "canary" not in str(refused.value)


def test_an_unknown_zone_is_answered_with_the_near_one(tmp_path):
    with pytest.raises(
        ConfigError, match=r"cxlib.toml, zone: found 'America/Los_Angles'.*'America/Los_Angeles'"
    ):
        settings_of(tmp_path, 'zone = "America/Los_Angles"')


def test_yaml_is_refused_with_its_line(tmp_path):
    path = tmp_path / "cxlib.yaml"
    path.write_text("zone: UTC\n", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_settings(path)
    assert str(refused.value) == (
        "cxlib.yaml line 1: found YAML, expected TOML. Fix: write the same keys as TOML in cxlib.toml."
    )


def test_a_missing_file_is_an_error_of_its_own(tmp_path):
    with pytest.raises(
        ConfigError, match=r"found no such file or directory, expected a readable cxlib\.toml"
    ):
        read_settings(tmp_path / "cxlib.toml")


def test_an_unknown_key_carries_its_suggestion(tmp_path):
    with pytest.raises(UnknownNameError) as refused:
        settings_of(tmp_path, "max_bite = 3")
    assert refused.value.suggestion == "max_bytes"


def test_nothing_said_means_the_defaults():
    settings = read_settings(None)
    assert (settings.zone, settings.week_start, settings.max_bad_share) == (None, "monday", 0.05)
    assert settings.surveys["csat"] == {"scale": "1-5"}
    assert settings.definitions["first_response_time"] == "human"
    assert settings.changes["prior"]["kind"]["outage"] == 0.5
    assert settings.report["timeout_minutes"] == 15


def test_what_is_said_stands_beside_the_defaults_of_its_section(tmp_path):
    settings = settings_of(tmp_path, '[definitions]\ncsat = "mean"\n[surveys.ces]\nhigher_is_better = false')
    assert settings.definitions["csat"] == "mean"
    assert settings.definitions["return_rate"] == "orders"
    assert settings.surveys["ces"] == {"scale": "1-7", "higher_is_better": False}


def test_the_hash_is_that_of_the_meaning(tmp_path):
    one = settings_of(tmp_path, 'zone = "UTC"\n[report]\nsettle_days = 3\n').hash
    same = settings_of(tmp_path, '# remarks\nzone = "UTC"\n').hash
    other = settings_of(tmp_path, 'zone = "UTC"\n[report]\nsettle_days = 4\n').hash
    assert one == same != other


@pytest.mark.acceptance
def test_the_complete_example_is_accepted(shared):
    settings = read_settings(shared / "contracts" / "cxlib.toml")
    assert settings.zone == "America/Los_Angeles"
    assert settings.schedules["support"]["holidays"] == ["2020-07-03"]
    assert settings.metrics["refund_contact_rate"]["exposure"]["table"] == "orders"

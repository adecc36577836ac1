"""Twenty metrics of the large company as an analyst writes them in pandas: frames, groupby, merge."""

from pathlib import Path

import duckdb
import large_company
import numpy as np
import pandas as pd

CUTS = {"all": [], "channel": ["channel"], "reason": ["reason"]}
WEEK, TURN, FORTNIGHT = pd.Timedelta(days=7), pd.Timedelta(minutes=10), pd.Timedelta(days=14)


def measure_in_pandas(path: Path) -> dict[str, pd.DataFrame]:
    """Each metric with freq, cut, segment, start, n and value; of durations the Kaplan–Meier median."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = {
            name: connection.sql(f"SELECT * FROM {name}").df()  # noqa: S608 - names of ours
            for name in ("tickets", "messages", "surveys", "activity")
        }
    tickets = ticket_facts(tables["tickets"], tables.pop("messages"))
    return {**of_surveys(tables["surveys"], tickets), **of_tickets(tickets, tables["activity"])}


def local_day(instants: pd.Series) -> pd.Series:
    return instants.dt.tz_convert(large_company.ZONE).dt.tz_localize(None).dt.normalize()


def ticket_facts(tickets: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """A row a ticket: who wrote when, what was solved, and the waits."""
    written = messages["ticket_id"].unique()
    messages = messages[messages["public"].fillna(value=True).astype(bool)]
    messages = messages.merge(tickets[["ticket_id", "created_at", "solved_at", "status"]], on="ticket_id")
    automatic = messages["is_auto"].fillna(value=False).astype(bool)
    messages["is_customer"] = messages["author_role"] == "customer"
    messages["is_human"] = (messages["author_role"] == "agent") & ~automatic
    first = {
        "customer_at": messages[messages["is_customer"]].groupby("ticket_id")["sent_at"].min(),
        "human_at": messages[messages["is_human"]].groupby("ticket_id")["sent_at"].min(),
        "desk_at": messages[~messages["is_customer"]].groupby("ticket_id")["sent_at"].min(),
    }
    since = messages[messages["sent_at"] >= messages["created_at"]]
    first["human_since"] = since[since["is_human"]].groupby("ticket_id")["sent_at"].min()
    first["desk_since"] = since[~since["is_customer"]].groupby("ticket_id")["sent_at"].min()
    facts = tickets.set_index("ticket_id").join(pd.DataFrame(first))
    facts["has_messages"] = facts.index.isin(written)
    resolved = facts["status"].isin(["solved", "closed"])
    facts["solved_at"] = facts["solved_at"].where(resolved)
    facts["is_counted"] = ~facts["status"].isin(["deleted", "spam", "test"])
    facts["is_inbound"] = facts["is_counted"] & (facts["initiated_by"].fillna("customer") == "customer")
    lost = facts["has_messages"] & facts["customer_at"].isna()
    unknown = resolved & facts["solved_at"].isna() & facts["human_at"].isna()
    facts["is_kept"] = facts["is_inbound"] & facts["merged_into"].isna() & ~lost & ~unknown
    facts["turns"], facts["words_after"] = turns(messages, facts)
    return waits(facts)


def turns(messages: pd.DataFrame, facts: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Human turns up to a week after the solve, and customers' words after the first of them."""
    messages = messages[(messages["is_customer"] | messages["is_human"]).to_numpy()]
    horizon = messages["solved_at"] + WEEK
    messages = messages[(messages["sent_at"] <= horizon).to_numpy()]
    messages = messages.sort_values(["ticket_id", "sent_at", "is_human"], kind="stable")
    before = messages.groupby("ticket_id")[["sent_at", "is_human"]].shift()
    goes_on = before["is_human"].eq(other=True) & (messages["sent_at"] - before["sent_at"] <= TURN)
    counted = (messages["is_human"] & ~goes_on).groupby(messages["ticket_id"]).sum()
    first = messages["ticket_id"].map(facts["human_at"])
    later = (messages["is_customer"] & (messages["sent_at"] > first)).groupby(messages["ticket_id"]).sum()
    return counted.reindex(facts.index).fillna(0), later.reindex(facts.index).fillna(0)


def waits(facts: pd.DataFrame) -> pd.DataFrame:
    as_of = pd.Timestamp(large_company.AS_OF)
    solved, created, customer = facts["solved_at"], facts["created_at"], facts["customer_at"]
    stops = {}
    for name, first, since in (("response", "human_at", "human_since"), ("touch", "desk_at", "desk_since")):
        begins = (customer > created) & (facts[first].isna() | (facts[first] >= customer))
        start = created.where(~begins, customer)
        reply = facts[first].where(facts[first] >= created, facts[since])
        stop = reply.fillna(solved).fillna(as_of)
        facts[f"{name}_ended"], facts[f"{name}_start"] = reply.notna(), start
        stops[name] = stop.where(stop >= start, start)
    facts["response_wait"] = stops["response"] - facts["response_start"]
    touch = stops["touch"] - facts["touch_start"]
    shorter = facts["response_ended"] & (facts["response_wait"] < touch)
    facts["touch_wait"] = touch.where(~shorter, facts["response_wait"])
    facts["whole_wait"] = (solved.fillna(as_of) - created).clip(lower=pd.Timedelta(0))
    facts["whole_ended"] = solved.notna()
    clock = open_time()
    facts["business_wait"] = clock(stops["response"]) - clock(facts["response_start"])
    facts["business_ended"] = facts["response_ended"]
    in_time = facts["human_at"] <= solved + WEEK
    facts["one_touch"] = (
        ((facts["turns"] == 1) & (facts["words_after"] == 0) & ~(facts["reopens"] > 0))
        .astype(float)
        .where(in_time)
    )
    facts["zero_touch"] = ~in_time
    facts["bot_resolved"] = ~in_time & (facts["desk_at"] <= solved + WEEK)
    facts["acknowledged"] = facts["touch_ended"] & (facts["touch_wait"] <= pd.Timedelta(minutes=15))
    facts["is_urgent"] = facts["reason"].isin(large_company.URGENT_REASONS)
    facts["is_mismatch"] = ((facts["priority"] == "urgent") != facts["is_urgent"]).astype(float)
    facts["is_mismatch"] = facts["is_mismatch"].where(facts["priority"].notna())
    facts["reopened"] = facts["reopens"] > 0
    return facts


def open_time():
    """Business time up to an instant, as a function of a column."""
    days = pd.date_range("2023-12-01", "2026-01-05")
    days = days[(days.day_of_week < 5) & ~days.isin(pd.to_datetime(list(large_company.HOLIDAYS)))]
    spans = [span.split("-") for span in large_company.WORKING_HOURS]
    edges = [[days + pd.Timedelta(f"{time}:00") for time in span] for span in spans]
    starts, ends = (
        np.sort(
            np.concatenate([pair[i].tz_localize(large_company.ZONE).tz_convert("UTC").asi8 for pair in edges])
        )
        for i in (0, 1)
    )
    unit = days.unit
    before = np.concatenate([[0], np.cumsum(ends - starts)])

    def clock(instants: pd.Series) -> pd.Series:
        at = (
            instants.dt.as_unit(unit).astype("int64").to_numpy()
            if unit != "s"
            else instants.astype("int64").to_numpy()
        )
        place = np.searchsorted(starts, at, side="right")
        inside = np.minimum(at, ends[np.maximum(place - 1, 0)]) - starts[np.maximum(place - 1, 0)]
        opened = before[np.maximum(place - 1, 0)] + np.where(place > 0, inside, 0)
        return pd.Series(pd.to_timedelta(opened, unit=unit), index=instants.index)

    return clock


def of_tickets(facts: pd.DataFrame, activity: pd.DataFrame) -> dict[str, pd.DataFrame]:
    created = facts.assign(day=local_day(facts["created_at"]))
    solved = facts[facts["is_kept"] & facts["solved_at"].notna()]
    solved = solved.assign(day=local_day(solved["solved_at"]))
    kept, inbound = created[created["is_kept"]], created[created["is_inbound"]]
    counted = created[created["is_counted"]]
    shares = {
        "one_touch_rate": (solved, "one_touch"),
        "zero_touch_rate": (solved, "zero_touch"),
        "bot_resolution_share": (solved, "bot_resolved"),
        "reopen_rate": (solved, "reopened"),
        "acknowledged_share": (kept, "acknowledged"),
        "urgent_share": (inbound, "is_urgent"),
        "urgent_mismatch_share": (inbound, "is_mismatch"),
    }
    medians = {
        "first_response_time": "response",
        "first_response_time.business": "business",
        "first_touch_time": "touch",
        "full_resolution_time": "whole",
    }
    return {
        "ticket_volume": by_periods(counted, count),
        "ticket_volume.agent_initiated": by_periods(counted[~counted["is_inbound"]], count),
        **{name: by_periods(rows, mean_of(column, 100)) for name, (rows, column) in shares.items()},
        **{name: by_periods(kept, median_of(column)) for name, column in medians.items()},
        "contact_rate": contact_rate(inbound, activity),
    }


def of_surveys(surveys: pd.DataFrame, facts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    surveys = surveys.assign(answered_in_time=surveys["responded_at"] - surveys["sent_at"] <= FORTNIGHT)
    sent = surveys.assign(day=local_day(surveys["sent_at"]))
    scored = surveys[surveys["responded_at"].notna() & surveys["score"].notna()]
    scored = scored.assign(day=local_day(scored["responded_at"]))
    csat, nps = (scored[scored["kind"] == kind] for kind in ("csat", "nps"))
    csat = csat.assign(satisfied=csat["score"] >= 4)
    nps = nps.assign(month=nps["day"].dt.to_period("M")).sort_values(["responded_at", "survey_id"])
    repeated = nps.duplicated(["customer_id", "month"], keep="last") & nps["customer_id"].notna()
    nps = nps[~repeated]
    nps = nps.assign(net=100.0 * (nps["score"] >= 9) - 100.0 * (nps["score"] < 7), flagged=nps["score"] <= 7)
    asked = sent[sent["kind"] == "csat"]
    after = asked["ticket_id"].map(facts["solved_at"]) <= asked["sent_at"]
    asked = asked[after].assign(covered=asked["answered_in_time"] & asked["score"].notna())
    return {
        "nps": by_periods(nps, mean_of("net", 1)),
        "csat": by_periods(csat, mean_of("satisfied", 100)),
        "survey_sends": by_periods(sent, count),
        "survey_response_rate": by_periods(sent, mean_of("answered_in_time", 100)),
        "yellow_flag_rate": by_periods(nps, mean_of("flagged", 100)),
        "csat_coverage": by_periods(asked, mean_of("covered", 100)),
    }


def by_periods(rows: pd.DataFrame, value) -> pd.DataFrame:
    """A value by day, week and month, for all and by segment."""
    found = []
    for freq, start in periods(rows["day"]).items():
        for cut, names in CUTS.items():
            filled = rows.assign(start=start, **{name: rows[name].fillna("(none)") for name in names})
            part = value(filled, ["start", *names]).reset_index()
            part["segment"] = part[names[0]] if names else "all"
            found.append(part[["start", "segment", "n", "value"]].assign(freq=freq, cut=cut))
    return pd.concat(found, ignore_index=True)


def periods(days: pd.Series) -> dict[str, pd.Series]:
    return {
        "D": days,
        "W": days - pd.to_timedelta(days.dt.day_of_week, unit="D"),
        "M": days.dt.to_period("M").dt.start_time,
    }


def count(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    n = rows.groupby(keys).size()
    return pd.DataFrame({"n": n, "value": n})


def mean_of(column: str, factor: float):
    def value(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
        found = rows.groupby(keys)[column].agg(["count", "mean"])
        return pd.DataFrame({"n": found["count"], "value": factor * found["mean"]})

    return value


def median_of(name: str):
    """The Kaplan–Meier median: the first wait at which at most half are still waiting."""

    def value(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
        rows = rows[[*keys, f"{name}_wait", f"{name}_ended"]]
        rows = rows.assign(running=~rows[f"{name}_ended"]).sort_values([*keys, f"{name}_wait", "running"])
        groups = rows.groupby(keys)
        at_risk = groups["running"].transform("size") - groups.cumcount()
        rows["step"] = 1 - rows[f"{name}_ended"] / at_risk
        rows["left"] = rows.groupby(keys)["step"].cumprod()
        reached = rows[rows["left"] <= 0.5 + 1e-9].groupby(keys)[f"{name}_wait"].first()
        return pd.DataFrame({"n": groups.size(), "value": reached.dt.total_seconds() / 60})

    return value


def contact_rate(inbound: pd.DataFrame, activity: pd.DataFrame) -> pd.DataFrame:
    contacts = by_periods(inbound, count)
    day = pd.to_datetime(activity["date"])
    whole = [
        activity.groupby(start)["count"]
        .sum()
        .rename("exposure")
        .rename_axis("start")
        .reset_index()
        .assign(freq=freq)
        for freq, start in periods(day).items()
    ]
    found = contacts.merge(pd.concat(whole), on=["freq", "start"])
    return found.assign(value=1000 * found["value"] / found["exposure"])

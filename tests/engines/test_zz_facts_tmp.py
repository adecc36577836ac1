import numpy as np, pandas as pd, pytest, pyarrow as pa
import cxlib as cx
from cxlib.data.facts import PREPARED
from tests.data.desk import START, rows_of, at
from tests.engines.stores import typed

TOML = """zone="Europe/London"
schedule="office"
[schedules.office]
hours={mon=["09:00-12:00","13:00-17:00"],tue=["09:00-17:00"],sat=["22:00-02:00"]}
[targets.first_response_time]
clock="business"
minutes={urgent=60,default=240}
[targets.next_response_time]
clock="calendar"
minutes={default=60}
[targets.full_resolution_time]
clock="business"
minutes={default=900}
[reasons]
is_issue=["a"]
[definitions]
same_reason=true
VARIANT
"""


def frames():
    r = np.random.default_rng(5)
    n = 120
    st = pd.Timestamp(START)
    t = pd.DataFrame(
        {
            "ticket_id": np.arange(1, n + 1),
            "created_at": st + pd.to_timedelta(r.integers(0, 20000, n), unit="min"),
            "customer_id": r.integers(1, 20, n),
            "status": r.choice(["open", "solved", "spam"], n, p=[0.3, 0.65, 0.05]),
            "reason": r.choice(["a", "b", None], n),
            "priority": r.choice(["urgent", "normal", None], n),
            "initiated_by": r.choice(["customer", "agent"], n, p=[0.9, 0.1]),
            "merged_into": pd.array(
                [int(x) if x < 8 else None for x in r.integers(1, 100, n)], dtype="Int64"
            ),
        }
    )
    t["assignee"] = "x"
    k = 700
    tid = r.integers(1, n + 1, k)
    base = t["created_at"].to_numpy()[tid - 1]
    m = pd.DataFrame(
        {
            "message_id": np.arange(k),
            "ticket_id": tid,
            "sent_at": pd.to_datetime(base)
            + pd.to_timedelta(r.integers(-5, 3000, k) // r.choice([1, 30], k) * 1, unit="min"),
            "author_role": r.choice(["customer", "agent", "bot"], k, p=[0.4, 0.5, 0.1]),
        }
    )
    m["sent_at"] = m["sent_at"].dt.tz_localize("UTC") if m["sent_at"].dt.tz is None else m["sent_at"]
    m["public"] = r.choice([True, False, None], k, p=[0.7, 0.1, 0.2])
    m["is_auto"] = r.choice([True, False], k, p=[0.1, 0.9])
    k = 500
    tid = r.integers(1, n + 1, k)
    base = pd.to_datetime(t["created_at"].to_numpy()[tid - 1])
    e = pd.DataFrame(
        {
            "ticket_id": tid,
            "at": base + pd.to_timedelta(r.integers(-5, 9000, k), unit="min"),
            "status": r.choice(
                ["new", "open", "pending", "on_hold", "solved", "closed", "deleted", "odd"],
                k,
                p=[0.1, 0.2, 0.15, 0.1, 0.3, 0.1, 0.02, 0.03],
            ),
        }
    )
    e["at"] = e["at"].dt.tz_localize("UTC") if e["at"].dt.tz is None else e["at"]
    k = 150
    s = pd.DataFrame(
        {
            "survey_id": np.arange(k),
            "kind": r.choice(["nps", "csat"], k),
            "sent_at": st + pd.to_timedelta(r.integers(0, 30000, k), unit="min"),
            "customer_id": r.integers(1, 9, k),
            "ticket_id": r.integers(1, n + 1, k),
        }
    )
    s["responded_at"] = [
        x + pd.Timedelta(minutes=60) if u < 0.7 else None for x, u in zip(s.sent_at, r.random(k))
    ]
    s["responded_at"] = pd.to_datetime(s["responded_at"], utc=True)
    s["score"] = [float(u) if pd.notna(x) else None for x, u in zip(s.responded_at, r.integers(1, 6, k))]
    return {"tickets": t, "messages": m, "ticket_events": e, "surveys": s}


DECL = {
    "turns": ["ticket_id", "started_at", "answered_at", "ended", "known", "channel"],
    "statuses": ["ticket_id", "status", "entered_at", "left_at", "ended"],
    "open_spells": ["ticket_id", "opened_at", "left_at"],
    "sla_clocks": [
        "ticket_id",
        "target_name",
        "priority",
        "started_at",
        "deadline_at",
        "fulfilled_at",
        "consumed",
        "known",
        "failed",
    ],
    "tickets": ["ticket_id"],
    "surveys": ["survey_id"],
}
SKIP = {
    "page",
    "contactable",
    "reached_out",
    "outreach_open",
    "outreach_due",
    "audited",
    "is_lesson_issue",
    "is_lesson_repeat",
}


def all_rows(data):
    out = {}
    for table, own in DECL.items():
        cols = [*own, *(c for c in PREPARED[table] if c not in SKIP and c not in own)]
        if table not in ("tickets", "surveys"):
            cols += ["excluded_because", "first_response_wait"]
        rows = [
            tuple(
                None if v is None else (str(v) if isinstance(v, str) else round(float(v), 9))
                for v in row.values()
            )
            for row in rows_of(data, table, *cols)
        ]
        out[table] = (cols, sorted(rows, key=str))
    return out


@pytest.mark.parametrize(
    "variant",
    [
        "",
        "first_response_time='zendesk'\nbots_as_agents=true\none_touch_rate='strict'\nmerge_creation='earliest'",
    ],
)
@pytest.mark.parametrize("place", ["duckdb", "postgresql", "spark"])
def test_same(place, variant, tmp_path, request):
    from tests.engines import stores

    f = frames()
    cfg = tmp_path / "cxlib.toml"
    cfg.write_text(TOML.replace("VARIANT", variant))
    if place == "duckdb":
        st = stores.DuckStore(str(tmp_path / "a.duckdb"))
    elif place == "postgresql":
        st = stores.PostgresStore(request.getfixturevalue("postgres"))
    else:
        st = stores.SparkStore(request.getfixturevalue("spark"))
    st.put({k: typed(v) for k, v in f.items()})
    there = all_rows(cx.load(st.where, as_of="2020-03-10", config=cfg))
    g = {
        k: v.assign(
            **{
                c: v[c].astype("Int64").astype(str).replace("<NA>", None)
                for c in v
                if c.endswith("_id") or c == "merged_into"
            }
        )
        for k, v in f.items()
    }
    here = all_rows(cx.load(g, as_of="2020-03-10", config=cfg))
    for table in here:
        cols, a = here[table]
        _, b = there[table]
        norm = lambda rows: [
            tuple(str(int(float(x))) if i == 0 else x for i, x in enumerate(r)) for r in rows
        ]
        a = sorted(norm(a), key=str)
        b = sorted(norm(b), key=str)
        assert len(a) == len(b) > 0, (table, len(a), len(b))
        for x, y in zip(a, b):
            assert x == y, (table, [(c, p, q) for c, p, q in zip(cols, x, y) if p != q])

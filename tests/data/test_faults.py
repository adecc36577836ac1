"""The fault catalogue: each fault with its level and its message in full."""

import gzip

import pytest
from small_tables import surveys, tickets, write

from cxlib.data.read import load
from cxlib.errors import DataRefusedError

TOML = "cxlib.toml"
CHICAGO = {TOML: 'zone = "America/Chicago"'}
STAMP = "2020-02-10T08:00:00Z"
PAGE = "<!DOCTYPE html><html><body>Sign in</body></html>"

REFUSED = {
    "F2 empty file": (
        {"tickets.csv": ""},
        "tickets.csv: found an empty file (0 bytes), expected a header and rows. Fix: export it again.",
    ),
    "F5 UTF-16 without a mark": (
        {"tickets.csv": tickets(count=4).encode("utf-16-le")},
        "tickets.csv line 1: found 117 NUL bytes among 234, as in UTF-16 without a byte-order mark, expected "
        'UTF-8 text. Fix: set [tables.tickets] encoding = "utf-16-le".',
    ),
    "F6 Latin-1": (
        {"tickets.csv": tickets("é1," + STAMP, count=3).encode("latin-1")},
        "tickets.csv line 5, byte 93: found 0xe9, expected UTF-8 text. Fix: set [tables.tickets] encoding, "
        "such as "
        '"cp1252".',
    ),
    "F10 unclosed quote": (
        {"tickets.csv": tickets('"T90,' + STAMP, "T91," + STAMP)},
        "tickets.csv line 42: found a quote that opens here and is not closed, expected quotes in pairs "
        "around a "
        "field. Fix: close the quote, or double quotes inside a text.",
    ),
    "F10 a quote closed by that of another row": (
        {"tickets.csv": tickets('T90,"' + STAMP, 'T91,"' + STAMP + '"')},
        "tickets.csv line 42: found a quote that opens here and is not closed, expected quotes in pairs "
        "around a "
        "field. Fix: close the quote, or double quotes inside a text.",
    ),
    "F14 duplicate canonical header": (
        {"tickets.csv": tickets(header="ticket_id,created_at,created_at", count=0)},
        "tickets.csv, header: found columns 'created_at' and 'created_at', expected one column created_at. "
        "Fix: set [columns.tickets] created_at, or [tables.tickets] ignore.",
    ),
    "F15 a login page": (
        {"tickets.csv": PAGE},
        "tickets.csv: found an HTML page (login page?), expected CSV text. Fix: export it again as CSV.",
    ),
    "F15 JSON": (
        {"tickets.csv": '{"tickets": []}'},
        "tickets.csv: found JSON, expected CSV text. Fix: export it again as CSV.",
    ),
    "F15 a PDF": (
        {"tickets.csv": "%PDF-1.7"},
        "tickets.csv: found a PDF, expected CSV text. Fix: export it again as CSV.",
    ),
    "F15 a zip file": (
        {"tickets.csv": "PK\x03\x04"},
        "tickets.csv: found a zip or Excel file, expected CSV text. Fix: export it again as CSV.",
    ),
    "F19 a bomb": (
        {"tickets.csv.gz": gzip.compress(b"x" * 20_000_000)},
        f"tickets.csv.gz: found {len(gzip.compress(b'x' * 20_000_000))} bytes that expand more than 200 "
        f"times, "
        "expected an ordinary export. Fix: unpack it by hand if you trust it.",
    ),
    "F21 a cut gzip file": (
        {"tickets.csv.gz": gzip.compress(tickets().encode())[:-30]},
        "tickets.csv.gz: found damaged or cut gzip data, expected a whole gzip file. Fix: export it again.",
    ),
    "F21 a cut Parquet file": (
        {"tickets.parquet": b"PAR1 and no more"},
        "tickets.parquet: found no whole Parquet file, expected a Parquet file. Fix: export it again.",
    ),
    "F31 required column missing": (
        {"tickets.csv": tickets(header="Ticket No,created_at")},
        "tickets.csv, header: found no column 'ticket_id' among 'Ticket No' and 'created_at', expected the "
        "columns "
        "ticket_id and created_at. Did you mean 'Ticket No'? Fix: set [columns.tickets] ticket_id = "
        '"Ticket No" in '
        "cxlib.toml.",
    ),
    "F31 kind missing": (
        {"surveys.csv": "survey_id,sent_at\nS1,2020-02-01T08:00:00Z\n"},
        "surveys.csv, header: found no column 'kind' among 'survey_id' and 'sent_at', expected the columns "
        "survey_id "
        'and kind. Fix: set [columns.surveys] kind = "EXPORTED NAME", or [tables.surveys] kind in '
        "cxlib.toml.",
    ),
    "F34 names that collide when normalised": (
        {"tickets.csv": tickets(header="ticket_id,created_at,Created At", count=0)},
        "tickets.csv, header: found columns 'created_at' and 'Created At', expected one column created_at. "
        "Fix: set [columns.tickets] created_at, or [tables.tickets] ignore.",
    ),
    "F44 order of day and month unknown": (
        {"tickets.csv": "ticket_id,created_at\nT1,03/04/2024\nT2,05/04/2024\n"},
        "tickets.csv line 2, column created_at: found '03/04/2024', expected dates whose order of day and "
        "month can "
        'be told (no day is above 12). Fix: set [tables.tickets] date_format, such as "%d/%m/%Y %H:%M".',
    ),
    "F44 orders that contradict": (
        {"tickets.csv": "ticket_id,created_at\nT1,03/04/2024\nT2,13/04/2024\nT3,04/14/2024\n"},
        "tickets.csv, column created_at: found '13/04/2024' and '04/14/2024' (lines 3 and 4), expected one "
        "order of "
        'day and month. Fix: set [tables.tickets] date_format, such as "%d/%m/%Y %H:%M".',
    ),
    "F47 naive stamps without a zone": (
        {"tickets.csv": tickets("T90,2020-02-10 08:00:00")},
        "tickets.csv line 42, column created_at: found '2020-02-10 08:00:00' without a zone beside 40 "
        "instants with "
        'an offset, expected instants with an offset, or a declared zone. Fix: set zone = "Area/City" in '
        "cxlib.toml.",
    ),
    "a table with too many bad rows": (
        {"surveys.csv": surveys("S90,nps,2020-02-01T08:00:00Z,,11", count=9)},
        "surveys: found 1 bad of 10 rows (10.0%), expected at most 5.0%. Fix: correct the faults below, or "
        "raise "
        "max_bad_share in cxlib.toml.\n"
        "surveys.csv line 11, column score: found '11', expected 0–10 for kind 'nps'. Fix: correct it, or "
        "set the "
        "scale in [surveys.nps].",
    ),
    "a rename of a column that is not there": (
        {"tickets.csv": tickets(header="ticket_id,created_at"), TOML: '[columns.tickets]\nteam = "Created"'},
        "cxlib.toml, columns.tickets.team: found 'Created', expected a column of tickets.csv. Did you mean "
        "'created_at'? Fix: write the name as the file has it.",
    ),
}

QUARANTINED = {
    "F11 row too short": (
        {"tickets.csv": tickets("T90")},
        "tickets.csv line 42: found 1 field, expected 2 fields. Fix: complete the row. (row quarantined)",
    ),
    "F12 row too long": (
        {"tickets.csv": tickets(f"T90,{STAMP},x,y")},
        "tickets.csv line 42: found 4 fields, expected 2 fields. Fix: put quotes around fields that hold the "
        "delimiter. (row quarantined)",
    ),
    "F17 a footer": (
        {"tickets.csv": tickets("Total,40")},
        "tickets.csv line 42, column created_at: found '40', expected a date or an instant such as "
        "2020-02-29T08:00:00Z. Fix: correct it, or leave the field empty. (row quarantined)",
    ),
    "F36 an id damaged by Excel": (
        {"tickets.csv": tickets("1.0E+17," + STAMP)},
        "tickets.csv line 42, column ticket_id: found '1.0E+17', expected the whole id (damaged by Excel). "
        "Fix: export it again without opening it in Excel. (row quarantined)",
    ),
    "F37 a blank id": (
        {"tickets.csv": tickets(" ," + STAMP)},
        "tickets.csv line 42, column ticket_id: found nothing, expected a value. Fix: fill it in, or drop "
        "the row. "
        "(row quarantined)",
    ),
    "F39 NPS 11": (
        {"surveys.csv": surveys("S90,nps,2020-02-01T08:00:00Z,,11", "S91,nps,2020-02-01T08:00:00Z,,-1")},
        "surveys.csv line 42, column score: found '11', expected 0–10 for kind 'nps'. Fix: correct it, or "
        "set the "
        "scale in [surveys.nps]. (+1 more; rows quarantined)",
    ),
    "F39 NPS 8.5": (
        {"surveys.csv": surveys("S90,nps,2020-02-01T08:00:00Z,,8.5")},
        "surveys.csv line 42, column score: found '8.5', expected 0–10 for kind 'nps'. Fix: correct it, or "
        "set the "
        "scale in [surveys.nps]. (row quarantined)",
    ),
    "F39 CSAT 0": (
        {"surveys.csv": surveys("S90,csat,2020-02-01T08:00:00Z,,0")},
        "surveys.csv line 42, column score: found '0', expected 1–5 for kind 'csat'. Fix: correct it, or "
        "set the "
        "scale in [surveys.csat]. (row quarantined)",
    ),
    "F40 words on a scale of numbers": (
        {"surveys.csv": surveys("S90,csat,2020-02-01T08:00:00Z,,good")},
        "surveys.csv line 42, column score: found 'good', expected 1–5 for kind 'csat'. Fix: correct it, or "
        "set the "
        "scale in [surveys.csat]. (row quarantined)",
    ),
    "an unknown kind": (
        {"surveys.csv": surveys("S90,npss,2020-02-01T08:00:00Z,,9")},
        "surveys.csv line 42, column kind: found 'npss', expected one of nps, csat or ces. Fix: correct it, "
        "or map "
        "it in [values.surveys.kind]. (row quarantined)",
    ),
    "F43 a decimal comma": (
        {"surveys.csv": surveys('S90,nps,2020-02-01T08:00:00Z,,"8,5"')},
        "surveys.csv line 42, column score: found '8,5', expected a number. Fix: set [tables.surveys] "
        "decimal = "
        '",". (row quarantined)',
    ),
    "F46 30 February": (
        {"tickets.csv": tickets("T90,2020-02-30T08:00:00Z")},
        "tickets.csv line 42, column created_at: found '2020-02-30T08:00:00Z', expected a date or an "
        "instant such as "
        "2020-02-29T08:00:00Z. Fix: correct it, or leave the field empty. (row quarantined)",
    ),
    "F46 the year 24": (
        {"tickets.csv": tickets("T90,0024-02-10T08:00:00Z")},
        "tickets.csv line 42, column created_at: found '0024-02-10T08:00:00Z', expected an instant after "
        "1970. "
        "Fix: correct the date, or leave the field empty. (row quarantined)",
    ),
    "F46 a clock at zero": (
        {"tickets.csv": tickets("T90,1970-01-01T00:00:00Z")},
        "tickets.csv line 42, column created_at: found '1970-01-01T00:00:00Z', expected an instant after "
        "1970. "
        "Fix: correct the date, or leave the field empty. (row quarantined)",
    ),
    "F46 the year 9999 where a time is required": (
        {"tickets.csv": tickets("T90,9999-12-31T00:00:00Z")},
        "tickets.csv line 42, column created_at: found '9999-12-31T00:00:00Z', expected an instant before "
        "2100. "
        "Fix: correct the date, or leave the field empty. (row quarantined)",
    ),
    "F52 past the data's end": (
        {"tickets.csv": tickets("T90,2031-02-10T08:00:00Z")},
        "tickets.csv line 42, column created_at: found '2031-02-10', expected a day up to 2020-02-28, the "
        "data's end. Fix: correct the date, or set [data_through] tickets in cxlib.toml to the last day that "
        "is right. (row quarantined)",
    ),
    "F53 a negative count": (
        {"activity.csv": "date,kind,count\n" + "2020-02-01,order,3\n" * 30 + "2020-02-01,order,-1\n"},
        "activity.csv line 32, column count: found '-1', expected at least 0. Fix: correct it, or leave the "
        "field "
        "empty. (row quarantined)",
    ),
    "a survey without any time": (
        {"surveys.csv": surveys("S90,nps,,,9")},
        "surveys.csv line 42, column sent_at: found nothing, expected sent_at or responded_at. Fix: export "
        "one of "
        "the two times. (row quarantined)",
    ),
    "a flag that is none": (
        {
            "messages.csv": "message_id,ticket_id,sent_at,author_role,public\n"
            + "".join(f"M{i},T1,{STAMP},agent,yes\n" for i in range(30))
            + f"M90,T1,{STAMP},agent,perhaps\n"
        },
        "messages.csv line 32, column public: found 'perhaps', expected true or false. Fix: write true, "
        "false, yes, "
        "no, 1 or 0. (row quarantined)",
    ),
    "F38 one id, two scores": (
        {"surveys.csv": surveys("S5,nps,2020-02-06T08:00:00Z,,1")},
        "surveys.csv line 7, column survey_id: found 'S5', expected one row for each survey_id, not several "
        "that "
        "differ. Fix: keep one row, or add an updated_at column. (+1 more; rows quarantined)",
    ),
}

NOTED = {
    "F3 header only": ({"tickets.csv": "ticket_id,created_at\n"}, "0 rows"),
    "F5 UTF-16 with a mark": (
        {"tickets.csv": tickets().encode("utf-16")},
        "tickets.csv: UTF-16 with a byte-order mark, read as such",
    ),
    "F8 semicolons": ({"tickets.csv": tickets().replace(",", ";")}, "tickets.csv: fields are divided by ';'"),
    "F8 tabs": ({"tickets.csv": tickets().replace(",", "\t")}, "tickets.csv: fields are divided by tab"),
    "F8 bars": ({"tickets.csv": tickets().replace(",", "|")}, "tickets.csv: fields are divided by '|'"),
    "F13 trailing delimiters": (
        {"tickets.csv": tickets().replace("Z\n", "Z,\n")},
        "tickets.csv: column 3 has no name and is left out",
    ),
    "F14 duplicate further header": (
        {"tickets.csv": "ticket_id,created_at,plan,Plan\nT1,2020-02-01T08:00:00Z,a,b\n"},
        "tickets.csv: columns 'plan' and 'Plan' have one name, plan; the first is kept",
    ),
    "F16 lines before the header": (
        {"tickets.csv": "Exported by hand\n\n" + tickets()},
        "tickets.csv: 2 lines before the header skipped",
    ),
    "F18 NUL bytes": (
        {"tickets.csv": tickets("T\x0090," + STAMP)},
        "tickets.csv: 1 NUL bytes stripped from the text",
    ),
    "F33 further columns": (
        {"tickets.csv": "ticket_id,created_at,plan\nT1,2020-02-01T08:00:00Z,pro\n"},
        "tickets.csv: 1 further column kept as segments: plan",
    ),
    "F38 identical rows": ({"tickets.csv": tickets("T0,2020-02-01T08:00:00Z")}, "1 identical row dropped"),
    "F38 versions": (
        {
            "tickets.csv": "ticket_id,created_at,updated_at,status\n"
            "T1,2020-02-01T08:00:00Z,2020-02-03T08:00:00Z,solved\n"
            "T1,2020-02-01T08:00:00Z,2020-02-02T08:00:00Z,open\n"
        },
        "1 earlier version of a row dropped, by updated_at",
    ),
    "F38 lines of a key that differ": (
        {"surveys.csv": surveys("S5,nps,2020-02-06T08:00:00Z,,1")},
        "survey_id with different content: 'S5' (lines 7 and 42)",
    ),
    "F44 an order that is proven": (
        {"tickets.csv": "ticket_id,created_at\nT1,03/04/2024 8:30\nT2,13/04/2024 9:00\n"} | CHICAGO,
        "tickets.csv: column created_at read as day before month, proven by '13/04/2024 9:00'",
    ),
    "F45 unix seconds": (
        {"tickets.csv": "ticket_id,created_at\nT1,1580544000\nT2,1580547600\n"},
        "tickets.csv: column created_at read as unix seconds",
    ),
    "F45 unix milliseconds": (
        {"tickets.csv": "ticket_id,created_at\nT1,1580544000000\nT2,1580547600000\n"},
        "tickets.csv: column created_at read as unix milliseconds",
    ),
    "F46 never": (
        {"tickets.csv": "ticket_id,created_at,solved_at\nT1,2020-02-01T08:00:00Z,9999-12-31T00:00:00Z\n"},
        "tickets.csv: column solved_at: 1 far-future value taken as missing",
    ),
    "F47 naive among zoned": (
        {"tickets.csv": tickets("T90,2020-02-10 08:00:00")} | CHICAGO,
        "tickets.csv: column created_at: 1 stamp without offset among stamps with one, read in "
        "America/Chicago",
    ),
    "F48 a time that does not exist": (
        {"tickets.csv": "ticket_id,created_at\nT1,2024-03-10 02:30:00\nT2,2024-03-11 02:30:00\n"} | CHICAGO,
        "tickets.csv: column created_at: 1 time skipped by a clock change, moved forward",
    ),
    "F48 a time that comes twice": (
        {"tickets.csv": "ticket_id,created_at\nT1,2024-11-03 01:30:00\nT2,2024-11-04 02:30:00\n"} | CHICAGO,
        "tickets.csv: column created_at: 1 time shown twice by a clock change, the first taken",
    ),
    "F50 a reply before creation": (
        {"tickets.csv": "ticket_id,created_at,solved_at\nT1,2020-02-02T08:00:00Z,2020-02-01T08:00:00Z\n"},
        "1 solved_at value before created_at taken as missing (line 2)",
    ),
    "F54 orphans": (
        {
            "tickets.csv": "ticket_id,created_at,customer_id\nT1,2020-02-02T08:00:00Z,C9\n",
            "customers.csv": "customer_id\nC1\n",
        },
        "1 of 1 row with a customer_id that customers does not have: kept, unknown in joined views",
    ),
    "F57 an unknown status": (
        {"tickets.csv": f"ticket_id,created_at,status\nT1,{STAMP},weird\nT2,{STAMP},On-hold\n"},
        "tickets.csv: column status: values kept that we do not know: 'weird' (1)",
    ),
    "F57 spellings": (
        {"tickets.csv": f"ticket_id,created_at,channel\nT1,{STAMP},Email\nT2,{STAMP},email \n"},
        "tickets.csv: column channel: spellings merged: 'Email' and 'email' as 'email'",
    ),
}


def names(catalogue):
    return [pytest.param(*case, id=name) for name, case in catalogue.items()]


def all_notes(data):
    return [note for check in data.checks.values() for note in check.notes]


@pytest.mark.parametrize(("files", "message"), names(REFUSED))
def test_a_file_that_cannot_be_trusted_is_refused(files, message, tmp_path):
    with pytest.raises(DataRefusedError) as refused:
        load(write(tmp_path, files))
    assert str(refused.value) == message
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(("files", "message"), names(QUARANTINED))
def test_a_bad_row_is_put_aside_and_the_rest_used(files, message, tmp_path):
    data = load(write(tmp_path, files))
    assert message in all_notes(data)
    check = next(iter(data.checks.values()))
    assert len(data.quarantine) == check.quarantined > 0
    assert check.rows_in == check.used + check.quarantined + check.duplicates + check.out_of_period


@pytest.mark.parametrize(("files", "message"), names(NOTED))
def test_what_is_accepted_is_said(files, message, tmp_path):
    data = load(write(tmp_path, files))
    assert message in all_notes(data)
    for check in data.checks.values():
        assert check.rows_in == check.used + check.quarantined + check.duplicates + check.out_of_period


def test_a_misnamed_file_is_refused_with_the_right_name(tmp_path):
    write(tmp_path, {"survey.csv": surveys(), "notes.txt": "hello"})
    with pytest.raises(DataRefusedError) as refused:
        load(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}: found 'notes.txt' and 'survey.csv', expected files named by table, such as "
        f"surveys.csv or "
        "tickets.parquet. Did you mean 'surveys.csv'? Fix: rename the files, or name them in cxlib.toml as "
        '[tables.surveys] file = "NAME".'
    )


def test_all_refusals_are_raised_at_once(tmp_path):
    write(tmp_path, {"tickets.csv": PAGE, "surveys.csv": "", "messages.csv": "message_id\n1\n"})
    with pytest.raises(DataRefusedError) as refused:
        load(tmp_path)
    assert [fault.where for fault in refused.value.faults] == [
        "surveys.csv",
        "tickets.csv",
        "messages.csv, header",
        "messages.csv, header",
        "messages.csv, header",
    ]


def test_a_link_is_no_regular_file(tmp_path):
    write(tmp_path, {"real.csv": tickets()})
    (tmp_path / "tickets.csv").symlink_to(tmp_path / "real.csv")
    with pytest.raises(DataRefusedError) as refused:
        load(tmp_path)
    assert str(refused.value) == (
        "tickets.csv: found a symbolic link, expected a regular file. Fix: copy the file here."
    )


def test_one_bad_byte_among_many_rows_costs_one_row(tmp_path):
    rows = tickets(count=2000).encode().replace(b"T1500,", b"T15\xe900,")
    data = load(write(tmp_path, {"tickets.csv": rows}))
    assert data.checks["tickets"].quarantined == 1
    assert all_notes(data) == [
        "tickets.csv line 1502: found bytes that are no UTF-8, expected UTF-8 text. Fix: correct the "
        "character. "
        "(row quarantined)"
    ]


def test_a_declared_encoding_is_used(tmp_path):
    toml = '[tables.tickets]\nencoding = "cp1252"'
    content = "ticket_id,created_at,plan\nT1,2020-02-01T08:00:00Z,café\n".encode("cp1252")
    data = load(write(tmp_path, {"tickets.csv": content, TOML: toml}))
    assert data.frame("tickets")["plan"].tolist() == ["café"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(ends, tmp_path):
    data = load(write(tmp_path, {"tickets.csv": tickets().replace("\n", ends)}))
    assert data.checks["tickets"].used == 40


def test_mixed_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path):
    content = b"\xef\xbb\xbf" + tickets().replace("\n", "\r\n", 7).encode()
    data = load(write(tmp_path, {"tickets.csv": content}))
    assert data.columns("tickets") == ("ticket_id", "created_at")
    assert data.checks["tickets"].used == 40


def test_words_that_look_missing_are_kept(tmp_path):
    rows = [f"T{i},2020-02-01T08:00:00Z,{name}" for i, name in enumerate(["NA", "null", "None", "", "nan"])]
    data = load(write(tmp_path, {"tickets.csv": "ticket_id,created_at,region\n" + "\n".join(rows)}))
    assert data.tables["tickets"].column("region").to_pylist() == ["NA", "null", "None", None, "nan"]


def test_ids_keep_every_digit(tmp_path):
    ids = ["00123", "0123", "123456789012345678", "123456789012345679"]
    rows = [f"{name},2020-02-01T08:00:00Z" for name in ids]
    data = load(write(tmp_path, {"tickets.csv": "ticket_id,created_at\n" + "\n".join(rows)}))
    assert data.tables["tickets"].column("ticket_id").to_pylist() == ids


@pytest.mark.parametrize("value", ["n/a", "eleven", "9/10", "inf", "nan", "1e400", "1_0", "0x9", "1,200"])
def test_a_score_that_is_no_number_is_put_aside(value, tmp_path):
    data = load(write(tmp_path, {"surveys.csv": surveys(f'S90,nps,2020-02-01T08:00:00Z,,"{value}"')}))
    assert data.quarantine[["line", "column", "value"]].to_numpy().tolist() == [[42, "score", value]]


def test_full_width_digits_are_digits(tmp_path):
    data = load(write(tmp_path, {"surveys.csv": surveys("S90,nps,2020-02-01T08:00:00Z,,９")}))
    assert data.tables["surveys"].column("score").to_pylist()[-1] == 9.0


def test_a_declared_decimal_comma_is_read(tmp_path):
    toml = '[tables.surveys]\ndecimal = ","\n[surveys.ces]\nscale = "1-10"'
    data = load(write(tmp_path, {"surveys.csv": surveys('S90,ces,2020-02-01T08:00:00Z,,"8,5"'), TOML: toml}))
    assert data.tables["surveys"].column("score").to_pylist()[-1] == 8.5


def test_good_and_bad_count_on_a_binary_scale_only(tmp_path):
    rows = [
        f"S{i},csat,2020-02-01T08:00:00Z,2020-02-01T08:00:00Z,{word}"
        for i, word in enumerate(["good", "Bad", "1", ""])
    ]
    files = {"surveys.csv": "survey_id,kind,sent_at,responded_at,score\n" + "\n".join(rows)}
    data = load(write(tmp_path, files | {TOML: '[surveys.csat]\nscale = "binary"'}))
    assert data.tables["surveys"].column("score").to_pylist() == [1.0, 0.0, 1.0, None]


def test_a_declared_date_format_is_used(tmp_path):
    toml = 'zone = "Europe/Paris"\n[tables.tickets]\ndate_format = "%d/%m/%Y %H:%M"'
    content = "ticket_id,created_at\nT1,03/04/2024 10:00\n"
    data = load(write(tmp_path, {"tickets.csv": content, TOML: toml}))
    assert str(data.tables["tickets"].column("created_at")[0]) == "2024-04-03 08:00:00+00:00"


def test_excel_days_are_read_only_when_declared(tmp_path):
    files = {"tickets.csv": "ticket_id,created_at\nT1,45292.5\n"}
    with pytest.raises(DataRefusedError, match=r"1 bad of 1 row \(100.0%\)"):
        load(write(tmp_path, files))
    toml = 'zone = "UTC"\n[tables.tickets]\ndate_format = "excel"'
    data = load(write(tmp_path, files | {TOML: toml}))
    assert str(data.tables["tickets"].column("created_at")[0]) == "2024-01-01 12:00:00+00:00"


def test_a_missing_hour_moves_forward_and_the_first_of_two_is_taken(tmp_path):
    content = "ticket_id,created_at\nT1,2024-03-10 02:30:00\nT2,2024-11-03 01:30:00\n"
    data = load(write(tmp_path, {"tickets.csv": content} | CHICAGO))
    assert [str(value) for value in data.tables["tickets"].column("created_at")] == [
        "2024-03-10 08:30:00+00:00",  # 03:30 summer time
        "2024-11-03 06:30:00+00:00",  # 01:30 summer time
    ]


def test_many_stamps_the_wrong_way_round_are_a_caveat(tmp_path):
    rows = [f"T{i},2020-02-02T08:00:00Z,2020-02-{1 if i < 5 else 3:02d}T08:00:00Z" for i in range(40)]
    rows.append("T90,2020-02-05T08:00:00Z,")
    data = load(write(tmp_path, {"tickets.csv": "ticket_id,created_at,solved_at\n" + "\n".join(rows)}))
    assert [(caveat.code, caveat.text) for caveat in data.caveats] == [
        (
            "clock_skew",
            "tickets: 5 solved_at values before created_at taken as missing (lines 2, 3, 4, 5 and 6): clock "
            "skew or "
            "swapped columns?",
        )
    ]
    assert data.tables["tickets"].column("solved_at").null_count == 6


def test_personal_data_are_masked_in_the_quarantine(tmp_path):
    data = load(write(tmp_path, {"surveys.csv": surveys("S90,nps,2020-02-01T08:00:00Z,,ann@example.com")}))
    assert data.quarantine["value"].tolist() == ["[e-mail]"]
    assert "ann@example.com" not in str(all_notes(data))


def test_a_line_is_that_of_the_file_though_fields_hold_line_ends(tmp_path):
    header = "ticket_id,created_at,note\n"
    rows = 'T1,2020-02-01T08:00:00Z,"one\ntwo ""and""\nthree"\n\n' + "".join(
        f'T{i},2020-02-01T08:00:00Z,5" nail\n' for i in range(2, 40)
    )
    data = load(write(tmp_path, {"tickets.csv": header + rows + "T90,never,x\n"}))
    assert data.quarantine["line"].tolist() == [44]
    assert data.tables["tickets"].column("note")[0].as_py() == 'one\ntwo "and"\nthree'

"""A journal that nobody kept: five weeks of believable entries, as the JSON copy that the journal brings in."""

import hashlib
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = "Europe/London"
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo(ZONE))
"""When the person looks at it: a Tuesday morning, the day before a session."""
DEVICE, OTHER_DEVICE = "6f1d09c2a4b83e57", "a1c4e8025d7b9f36"
Value = str | int | float | bool


def story() -> str:
    """The copy, `kj-json/1`; nobody in it exists."""
    records = [*sessions(), *days(), *answers(), *lists(), *written_in_two_places()]
    return json.dumps({"format": "kj-json/1", "journal_id": None, "made": moment(0), "records": records})


def moment(days_ago: float, clock: str = "10:30") -> int:
    """Unix milliseconds of a day before `NOW`, at a time of its clock."""
    hour, minute = map(int, clock.split(":"))
    day = NOW - timedelta(days=days_ago)
    return int(day.replace(hour=hour, minute=minute).timestamp() * 1000)


def day(days_ago: int) -> str:
    """The day as records keep it."""
    return (NOW - timedelta(days=days_ago)).date().isoformat()


def identity(name: str) -> str:
    """The id of the record with this name: always the same, so that pictures differ only where screens do."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def record(kind: str, name: str, at: int, /, **fields: Value) -> dict[str, object]:
    """One record; `tag_sleep` stands for the field `tag:sleep`, `prompt_noticed` for `prompt:noticed`."""
    written = {_field(field): [{"v": value, "at": at, "by": DEVICE}] for field, value in fields.items()}
    return {"id": identity(name), "v": 1, "t": kind, "f": written, "del": False, "created": at}


def _field(name: str) -> str:
    prefix, _, about = name.partition("_")
    return f"{prefix}:{about}" if prefix in ("tag", "prompt", "item") else name


def sessions() -> list[dict[str, object]]:
    """Four sessions that were, and one tomorrow."""
    found = []
    values = ((22, 3, 6, 7, 4), (15, 3, 5, 6, 4), (11, 4, 6, 6, 3), (4, 4, 7, 5, 2))
    for number, (ago, mood, mood_after, anxiety, anxiety_after) in enumerate(values, 1):
        name = f"session {number}"
        session = identity(name)
        found += [
            record(
                "session", name, moment(ago), stage="done", date=day(ago), time="11:00", clinic="Harbour Clinic",
                route="iv", dose="as on the sheet, 40 minutes", duration_minutes=40, companion="Sam",
                companion_phone="+44 20 7946 0018", intention="To put the week down for an hour.",
                started=moment(ago, "11:12"), ended=moment(ago, "11:54"),
                stood_out="The ceiling became water, and I could look at it without being afraid.",
                helped="The same playlist, and the blanket over my feet.",
                small_step="Walk to the harbour before breakfast.", tag_harbour=True,
            ),
            record("note", f"{name} note 1", moment(ago, "11:21"), parent=session, at=moment(ago, "11:21"),
                   text="Floating"),
            record("note", f"{name} note 2", moment(ago, "11:34"), parent=session, at=moment(ago, "11:34"),
                   text="A long corridor, warm light at the end of it."),
            record("vital", f"{name} vital 1", moment(ago, "11:02"), parent=session, at=moment(ago, "11:02"),
                   systolic=124 + number, diastolic=79, pulse=72),
            record("vital", f"{name} vital 2", moment(ago, "11:58"), parent=session, at=moment(ago, "11:58"),
                   systolic=137 - number, diastolic=84, pulse=78),
            record("effect", f"{name} effect", moment(ago, "12:05"), parent=session, at=moment(ago, "12:05"),
                   name="Dizziness" if number != 2 else "Nausea", strength="moderate" if number == 2 else "mild",
                   ended=moment(ago, "13:10")),
        ]  # fmt: skip
        for scale, before, after in (
            ("mood", mood, mood_after), ("anxiety", anxiety, anxiety_after), ("body", 4, 6),
        ):  # fmt: skip
            for when, value, clock in (("before", before, "11:05"), ("after", after, "12:20")):
                found.append(
                    record(
                        "score", f"{name} {scale} {when}", moment(ago, clock), parent=session,
                        at=moment(ago, clock), scale=scale, moment=when, value=value,
                    )
                )  # fmt: skip
    found.append(
        record("lookback", "look back", moment(3, "18:10"), parent=identity("session 4"), at=moment(3, "18:10"),
               after="24h", text="Quieter inside. I answered two letters that had waited for weeks.", mood=6, anxiety=3)
    )  # fmt: skip
    found.append(
        record("session", "session 5", moment(2), stage="planned", date=day(-1), time="11:00", clinic="Harbour Clinic",
               companion="Sam", companion_phone="+44 20 7946 0018", intention="To be gentle with whatever comes.")
    )  # fmt: skip
    for place, words in enumerate(("Like water", "Tell Sam later")):
        found.append(
            record("phrase", words, moment(2), parent=identity("session 5"), text=words, place=place)
        )  # fmt: skip
    return found


def days() -> list[dict[str, object]]:
    """Check-ins every other day, and some free writing."""
    moods = (3, 3, 4, 3, 5, 4, 4, 5, 5, 4, 6, 5, 6, 6, 5, 7)
    found = []
    for place, mood in enumerate(moods):
        ago = 2 * (len(moods) - place) - 1
        found.append(
            record(
                "checkin", f"check-in {place}", moment(ago, "20:45"), date=day(ago), at=moment(ago, "20:45"), mood=mood,
                anxiety=9 - mood, energy=max(2, mood - 1), sleep_quality=mood, sleep_hours=6 + place % 3 * 0.5,
                pain=2, bladder_day=6 + place % 2, bladder_night=place % 2,
            )
        )  # fmt: skip
    found += [
        record("reflection", "morning", moment(1, "08:05"), at=moment(1, "08:05"), mood=6, tag_morning=True,
               tag_harbour=True, title="Before breakfast",
               text="Walked to the harbour. Cold hands, bright sky. For a few minutes nothing needed to be solved.",
               prompt_noticed="My shoulders came down on the way back.",
               prompt_carry="Going out before I look at the phone."),
        record("reflection", "sunday", moment(9, "17:30"), at=moment(9, "17:30"), mood=4, tag_family=True,
               text="A hard afternoon. I called Sam instead of staying alone with it, and we cooked."),
        record("reflection", "first", moment(24, "21:15"), at=moment(24, "21:15"), mood=3, tag_sleep=True,
               text="Could not sleep before the first one. Wrote the questions down so that they leave my head."),
        record("note", "dream", moment(6, "06:50"), at=moment(6, "06:50"), tag_sleep=True,
               text="Dreamt of the corridor again, this time with windows."),
    ]  # fmt: skip
    return found


def answers() -> list[dict[str, object]]:
    """Questionnaires of five weeks, and a score from the clinic."""
    found = []
    for ago, nine, seven in (
        (29, (2, 3, 2, 2, 1, 2, 2, 1, 0), (2, 3, 2, 2, 1, 2, 2)),
        (18, (2, 2, 2, 2, 1, 2, 1, 1, 0), (2, 2, 2, 1, 1, 2, 1)),
        (12, (1, 2, 2, 1, 1, 1, 1, 0, 0), (1, 2, 1, 1, 1, 1, 1)),
        (3, (1, 1, 1, 1, 0, 1, 1, 0, 0), (1, 1, 1, 1, 0, 1, 1)),
    ):  # fmt: skip
        for name, items in (("phq9", nine), ("gad7", seven)):
            values: dict[str, Value] = {f"item_{item}": value for item, value in enumerate(items, 1)}
            if name == "phq9":
                values["difficulty"] = 1
            found.append(
                record(
                    "questionnaire", f"{name} {ago}", moment(ago, "19:00"), instrument=name, language="en",
                    date=day(ago), at=moment(ago, "19:00"), **values,
                )
            )  # fmt: skip
    found.append(record("outside_score", "madrs", moment(21), name="MADRS", value=24, date=day(21)))
    return found


def lists() -> list[dict[str, object]]:
    """Medicines, people, questions for the clinician."""
    return [
        record("medicine", "sertraline", moment(28), name="Sertraline", dose="as on the packet", taken="mornings",
               **{"from": "2026-02-03"}),
        record("medicine", "amlodipine", moment(28), name="Amlodipine", dose="as on the packet", taken="evenings",
               text="For blood pressure; the clinic knows."),
        record("person", "sam", moment(28), name="Sam", relation="my brother", phone="+44 20 7946 0018",
               role="companion", place=1),
        record("person", "noor", moment(28), name="Noor", relation="a friend, up late", phone="+44 20 7946 0102",
               role="support", place=2),
        record("person", "clinic", moment(28), name="Dr Ellery", relation="Harbour Clinic", phone="+44 20 7946 0555",
               role="clinician", place=3),
        record("question", "tablets", moment(5), text="Do I take the blood pressure tablet on the morning?",
               asked=False, place=1),
        record("question", "dreams", moment(2), text="The dreams since last week: are they usual?", asked=False,
               place=2),
        record("question", "music", moment(20), text="May I bring my own music?", asked=True,
               answer="Yes, with headphones, without words if I can."),
    ]  # fmt: skip


def written_in_two_places() -> list[dict[str, object]]:
    """One entry that two devices changed, neither having seen the other."""
    both = record("reflection", "two places", moment(8, "09:00"), at=moment(8, "09:00"), text="Rain all day.")
    fields = both["f"]
    assert isinstance(fields, dict)
    fields["text"] = [
        {"v": "Rain all day. Read by the window.", "at": moment(8, "12:00"), "by": OTHER_DEVICE},
        {"v": "Rain all day, and the neighbour’s piano.", "at": moment(8, "11:40"), "by": DEVICE},
    ]
    return [both]

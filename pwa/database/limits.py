"""Rate limits that hold across processes: so many hits in a window of time, counted in one table."""

import hashlib
import math

from pwa.database.model import Database

CLEANED_AT_ONCE = 20


async def hit(database: Database, key: str, limit: int, window_seconds: int, now: int) -> int:
    """Count one hit of `key`; 0 if it is within the limit, otherwise how many seconds to wait.

    `now` is in milliseconds. Only a hash of the key is kept, and its row goes soon after its window has ended:
    a new window takes up to twenty old ones away. Refused hits write nothing, so a flood costs no disk.
    """
    name = hashlib.sha256(key.encode()).hexdigest()
    async with database.transaction() as transaction:
        # A window that ends later than a new one would was begun by a clock that has been set back since.
        counted = await transaction.fetch_one(
            "INSERT INTO rate_limit (key, ends_at, hits) VALUES ($1, $2, 1) ON CONFLICT (key) DO UPDATE SET "
            "hits = CASE WHEN rate_limit.ends_at <= $3 OR rate_limit.ends_at > $2 THEN 1 ELSE rate_limit.hits + 1 END, "
            "ends_at = CASE WHEN rate_limit.ends_at <= $3 OR rate_limit.ends_at > $2 THEN $2 "
            "ELSE rate_limit.ends_at END "
            "WHERE rate_limit.hits < $4 OR rate_limit.ends_at <= $3 OR rate_limit.ends_at > $2 "
            "RETURNING hits",
            name,
            now + window_seconds * 1000,
            now,
            limit,
        )
        if counted is None:
            row = await transaction.fetch_one("SELECT ends_at FROM rate_limit WHERE key = $1", name)
            return 1 if row is None else max(1, math.ceil((row["ends_at"] - now) / 1000))
        if counted["hits"] == 1:
            await transaction.execute(
                "DELETE FROM rate_limit WHERE key IN (SELECT key FROM rate_limit WHERE ends_at <= $1 "
                "ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
                now,
                CLEANED_AT_ONCE,
            )
    return 0

"""Every change of the bank's table, noted by a trigger in the transaction that makes it: what was committed, and nothing else.

A commit that was not answered, since the connection broke, may have happened or not. No client has to find out: a note is there exactly
where its change is. Its number is drawn while the row is written; all changes of a user come from one connection at a time, so that notes
in the order of their numbers are the user's changes in the order of their commits. The trigger is on the stack of the run only, and
gone at its end; the table that it writes is not published, so that nothing downstream sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import NamedTuple

from infra.postgres.server import connection

_BEGIN = """
DROP TABLE IF EXISTS chaos_audit;
CREATE TABLE chaos_audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id text NOT NULL, id bigint NOT NULL, deleted boolean NOT NULL,
    direction text NOT NULL, amount numeric(14, 2) NOT NULL, currency text NOT NULL, booked_at timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bank_transactions;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    INSERT INTO chaos_audit (user_id, id, deleted, direction, amount, currency, booked_at) VALUES (changed.user_id, changed.id,
        TG_OP = 'DELETE', changed.direction, changed.amount, changed.currency, changed.booked_at);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER chaos_note AFTER INSERT OR UPDATE OR DELETE ON bank_transactions FOR EACH ROW EXECUTE FUNCTION chaos_note();
"""
_END = """
DROP TRIGGER IF EXISTS chaos_note ON bank_transactions;
DROP FUNCTION IF EXISTS chaos_note();
DROP TABLE IF EXISTS chaos_audit;
"""
_READ = """
SELECT user_id, id, deleted, direction, amount, trim(currency), (extract(epoch FROM booked_at) * 1000000)::bigint
FROM chaos_audit WHERE starts_with(user_id, %s) ORDER BY number
"""


class Noted(NamedTuple):
    """One change; of a deleted row its last content, as in the topic. Times are microseconds."""

    user_id: str
    id: int
    deleted: bool
    direction: str
    amount: Decimal
    currency: str
    booked_at: int


@contextmanager
def audited(url: str) -> Iterator[None]:
    """`url` is the address of the table's owner. Raises psycopg.Error."""
    _execute(url, _BEGIN)
    try:
        yield
    finally:
        _execute(url, _END)


def noted(url: str, prefix: str) -> list[Noted]:
    """What was committed for users of this prefix, in order."""
    with connection(url) as made:
        return [Noted(*row) for row in made.execute(_READ, (prefix,)).fetchall()]


def _execute(url: str, statements: str) -> None:
    with connection(url) as made, made.transaction():
        made.execute(statements.encode())

"""${message}"""

import sqlalchemy as sa
from alembic import context, op

from databus.database.sql_db.column_types import ExactText, Key, Moment, Word, content_type

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Change the tables."""
    schema = context.config.attributes["schema"]
    ${upgrades if upgrades else "pass"}

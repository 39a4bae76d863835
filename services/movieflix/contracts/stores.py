"""Names that two services of MovieFlix share in a store: the one writes the view, the other reads it."""

from __future__ import annotations

POSITIONS_INDEX = "movieflix-positions"
RATINGS_INDEX = "movieflix-ratings"
CURRENT_RATINGS_INDEX = "movieflix-current-ratings"
VIEWINGS_INDEX = "movieflix-viewings"
SHOWS_INDEX = "movieflix-shows"


def resume_key(user_id: str) -> str:
    """Hash: show id -> the position that counts, as JSON."""
    return f"movieflix:resume:{user_id}"


def continue_key(user_id: str) -> str:
    """Sorted set: ids of unfinished shows by the time of their last position."""
    return f"movieflix:continue-watching:{user_id}"


def event_ids_key(user_id: str) -> str:
    """Hash: show id -> the ids of the last events of that show."""
    return f"movieflix:resume-event-ids:{user_id}"


def recommendations_key(user_id: str) -> str:
    """Hash: `version` and `body`, the recommendations as they are served."""
    return f"movieflix:recommendations:{user_id}"


def profile_key(user_id: str) -> str:
    """Hash: `version` and `body`, the profile as it is served."""
    return f"movieflix:profile:{user_id}"


POPULAR_KEY = "movieflix:popular"
"""Hash: `version` and `body`, what newcomers get."""


def recommendations_channel(user_id: str) -> str:
    """Pub/sub: a message at each change of `recommendations_key`."""
    return f"movieflix:recommendations-changed:{user_id}"


def model_key(version: int) -> str:
    """The matrix of one version of the item model, as numpy's .npz."""
    return f"movieflix:model:{version}"

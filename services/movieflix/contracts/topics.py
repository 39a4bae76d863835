"""The topics of MovieFlix as the code names them; topics.yaml declares the rest of each."""

from __future__ import annotations

from pathlib import Path

from services.movieflix.contracts.events import (
    ModelTrained,
    RecommendationsChanged,
    ShowCatalogued,
    ShowPositionReported,
    ShowRated,
    UserProfileChanged,
)
from shared.topics import Topic

CASE_DIR = Path(__file__).parents[1]

SHOW_POSITION = Topic("movieflix.show-position", ShowPositionReported, key="user_id")
SHOW_RATING = Topic("movieflix.show-rating", ShowRated, key="user_id")
SHOWS = Topic("movieflix.shows", ShowCatalogued, key="show_id")
USER_PROFILE = Topic("movieflix.user-profile", UserProfileChanged, key="user_id")
RECOMMENDATIONS = Topic("movieflix.recommendations", RecommendationsChanged, key="user_id")
MODELS = Topic("movieflix.models", ModelTrained, key="name")

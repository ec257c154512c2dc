"""Three exercises about data: what has to become of rows, and submissions that do it right or wrong."""

from tests.data_exercises.exercise import Answer, Exercise
from tests.data_exercises.full_names import FULL_NAMES
from tests.data_exercises.normalised_cities import NORMALISED_CITIES
from tests.data_exercises.order_status import ORDER_STATUS

EXERCISES = (FULL_NAMES, ORDER_STATUS, NORMALISED_CITIES)

__all__ = ["EXERCISES", "FULL_NAMES", "NORMALISED_CITIES", "ORDER_STATUS", "Answer", "Exercise"]

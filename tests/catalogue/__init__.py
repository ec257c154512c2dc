"""The submissions that the harness is tested with, each as a small change to the reference solution.

Tests write those that they need into folders of their own. `python -m tests.catalogue [FOLDER]` writes all of
them, each into a folder of its name, for whoever wants to look at them or grade them by hand.
"""

from __future__ import annotations

from tests.catalogue.case import Case
from tests.catalogue.right import RIGHT
from tests.catalogue.right_comparison import RIGHT_COMPARISON
from tests.catalogue.right_env_needs import RIGHT_ENV_NEEDS
from tests.catalogue.right_environments import RIGHT_ENVIRONMENTS
from tests.catalogue.right_flask_projects import RIGHT_FLASK_PROJECTS
from tests.catalogue.right_growth import RIGHT_GROWTH
from tests.catalogue.right_import_folders import RIGHT_IMPORT_FOLDERS
from tests.catalogue.right_passes import RIGHT_PASSES
from tests.catalogue.right_postgres import RIGHT_POSTGRES
from tests.catalogue.right_practice import RIGHT_PRACTICE
from tests.catalogue.right_read_only import RIGHT_READ_ONLY
from tests.catalogue.right_rows import RIGHT_ROWS
from tests.catalogue.right_transactions import RIGHT_TRANSACTIONS
from tests.catalogue.wrong_categories import WRONG_CATEGORIES
from tests.catalogue.wrong_claims import WRONG_CLAIMS
from tests.catalogue.wrong_code import WRONG_CODE
from tests.catalogue.wrong_comparison import WRONG_COMPARISON
from tests.catalogue.wrong_connections import WRONG_CONNECTIONS
from tests.catalogue.wrong_downgrades import WRONG_DOWNGRADES
from tests.catalogue.wrong_dropped_tables import WRONG_DROPPED_TABLES
from tests.catalogue.wrong_env_needs import WRONG_ENV_NEEDS
from tests.catalogue.wrong_environments import WRONG_ENVIRONMENTS
from tests.catalogue.wrong_files import WRONG_FILES
from tests.catalogue.wrong_first_steps import WRONG_FIRST_STEPS
from tests.catalogue.wrong_flask_projects import WRONG_FLASK_PROJECTS
from tests.catalogue.wrong_growth import WRONG_GROWTH
from tests.catalogue.wrong_limits import WRONG_LIMITS
from tests.catalogue.wrong_lost_rows import WRONG_LOST_ROWS
from tests.catalogue.wrong_models import WRONG_MODELS
from tests.catalogue.wrong_offline import WRONG_OFFLINE
from tests.catalogue.wrong_old_code import WRONG_OLD_CODE
from tests.catalogue.wrong_postgres import WRONG_POSTGRES
from tests.catalogue.wrong_practice import WRONG_PRACTICE
from tests.catalogue.wrong_rows import WRONG_ROWS
from tests.catalogue.wrong_schemas import WRONG_SCHEMAS
from tests.catalogue.wrong_setups import WRONG_SETUPS
from tests.catalogue.wrong_transactions import WRONG_TRANSACTIONS
from tests.catalogue.wrong_ways_back import WRONG_WAYS_BACK

CASES: tuple[Case, ...] = (
    *RIGHT,
    *RIGHT_COMPARISON,
    *RIGHT_FLASK_PROJECTS,
    *RIGHT_IMPORT_FOLDERS,
    *RIGHT_PASSES,
    *RIGHT_POSTGRES,
    *RIGHT_ENV_NEEDS,
    *RIGHT_ENVIRONMENTS,
    *RIGHT_PRACTICE,
    *RIGHT_READ_ONLY,
    *RIGHT_ROWS,
    *RIGHT_GROWTH,
    *RIGHT_TRANSACTIONS,
    *WRONG_CLAIMS,
    *WRONG_SETUPS,
    *WRONG_DROPPED_TABLES,
    *WRONG_ENV_NEEDS,
    *WRONG_CONNECTIONS,
    *WRONG_ENVIRONMENTS,
    *WRONG_COMPARISON,
    *WRONG_CODE,
    *WRONG_FILES,
    *WRONG_FLASK_PROJECTS,
    *WRONG_SCHEMAS,
    *WRONG_LIMITS,
    *WRONG_CATEGORIES,
    *WRONG_DOWNGRADES,
    *WRONG_MODELS,
    *WRONG_OLD_CODE,
    *WRONG_FIRST_STEPS,
    *WRONG_ROWS,
    *WRONG_LOST_ROWS,
    *WRONG_WAYS_BACK,
    *WRONG_POSTGRES,
    *WRONG_PRACTICE,
    *WRONG_GROWTH,
    *WRONG_OFFLINE,
    *WRONG_TRANSACTIONS,
)
"""All submissions; their names are unique."""
_BY_NAME = {case.name: case for case in CASES}


def case_named(name: str) -> Case:
    """A submission by its name.

    Raises:
        KeyError: there is none of that name.
    """
    return _BY_NAME[name]

"""A small shop: its customers, its products, and what was ordered."""

import os

from flask import Flask
from flask_migrate import Migrate

from shop import routes
from shop.models import db

migrate = Migrate()


def create_app() -> Flask:
    """Make the app. `flask` calls this function, because `.flaskenv` names this package."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
    db.init_app(app)
    migrate.init_app(app, db)
    app.register_blueprint(routes.pages)
    return app

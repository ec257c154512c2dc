# ruff: noqa: INP001 - the app of a project folder, which is no package
"""A small publishing platform: organizations, their users, and the posts that the users write."""

import os
from datetime import UTC, datetime
from pathlib import Path

from dotenv import load_dotenv
from flask import Flask, Response, jsonify
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.pool import NullPool

load_dotenv(Path(__file__).with_name(".env"))

app = Flask(__name__, instance_relative_config=True)
if not os.path.exists(app.instance_path):
    os.makedirs(app.instance_path)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL")
# Supabase already pools the connections behind DATABASE_URL; a second pool in here would only get in its way.
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": NullPool}

# A constraint without a name cannot be dropped by a migration, so every constraint gets one by rule.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMING_CONVENTION))


def utc_now() -> datetime:
    """Return the current time in UTC, without a time zone: what a DateTime column holds."""
    return datetime.now(UTC).replace(tzinfo=None)


class Organization(db.Model):
    """A company or a club that publishes here."""

    __tablename__ = "organizations"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(100), unique=True, nullable=False)
    slug = db.Column(db.String(50), unique=True, nullable=False)
    plan = db.Column(db.String(20), default="free")
    is_active = db.Column(db.Boolean, default=True)
    created_at = db.Column(db.DateTime, default=utc_now)
    updated_at = db.Column(db.DateTime, default=utc_now, onupdate=utc_now)


class User(db.Model):
    """Somebody who writes for an organization."""

    __tablename__ = "users"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(50), unique=True, nullable=False)
    email = db.Column(db.String(120), unique=True, nullable=False)
    full_name = db.Column(db.String(100))
    bio = db.Column(db.Text)
    avatar_url = db.Column(db.String(255))
    is_active = db.Column(db.Boolean, default=True)
    organization_id = db.Column(db.Integer, db.ForeignKey("organizations.id"), nullable=False)
    created_at = db.Column(db.DateTime, default=utc_now)
    updated_at = db.Column(db.DateTime, default=utc_now, onupdate=utc_now)


class Category(db.Model):
    """What a post is about."""

    __tablename__ = "categories"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50), unique=True, nullable=False)
    slug = db.Column(db.String(50), unique=True, nullable=False)
    description = db.Column(db.Text)
    created_at = db.Column(db.DateTime, default=utc_now)


class Post(db.Model):
    """Something a user wrote."""

    __tablename__ = "posts"

    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("users.id"), nullable=False)
    organization_id = db.Column(db.Integer, db.ForeignKey("organizations.id"), nullable=False)
    title = db.Column(db.String(200), nullable=False)
    category_id = db.Column(db.Integer, db.ForeignKey("categories.id"))
    content = db.Column(db.Text)
    status = db.Column(db.String(20), default="draft")
    view_count = db.Column(db.Integer, default=0)
    created_at = db.Column(db.DateTime, default=utc_now)
    updated_at = db.Column(db.DateTime, default=utc_now, onupdate=utc_now)


@app.get("/users")
def list_users() -> Response:
    """List all users, oldest first."""
    users = db.session.execute(db.select(User).order_by(User.id)).scalars()
    return jsonify([{"id": user.id, "username": user.username, "email": user.email} for user in users])


@app.get("/posts")
def list_posts() -> Response:
    """List all posts, newest first."""
    posts = db.session.execute(db.select(Post).order_by(Post.id.desc())).scalars()
    return jsonify([{"id": post.id, "title": post.title, "status": post.status} for post in posts])

"""The tables of the shop."""

from datetime import UTC, datetime

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData

# A constraint without a name cannot be dropped by a migration, so every constraint gets one by rule.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING_CONVENTION))


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class Customer(db.Model):
    """Somebody who buys."""

    __tablename__ = "customers"

    id = db.Column(db.Integer, primary_key=True)
    full_name = db.Column(db.String(100), nullable=False)
    email = db.Column(db.String(120), unique=True, nullable=False)


class Product(db.Model):
    """Something that can be bought."""

    __tablename__ = "products"
    __table_args__ = (db.CheckConstraint("price_cents >= 0", name="price_cents"),)

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False)
    price_cents = db.Column(db.Integer, nullable=False)


class Order(db.Model):
    """What a customer asked for on one day."""

    __tablename__ = "orders"

    id = db.Column(db.Integer, primary_key=True)
    customer_id = db.Column(db.Integer, db.ForeignKey("customers.id"), nullable=False)
    status = db.Column(db.String(20), nullable=False, default="new", server_default="new")
    placed_at = db.Column(db.DateTime(timezone=True), nullable=False, default=now)


class OrderLine(db.Model):
    """One product of an order, and how many of it."""

    __tablename__ = "order_lines"
    __table_args__ = (db.CheckConstraint("quantity > 0", name="quantity"),)

    order_id = db.Column(db.Integer, db.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    product_id = db.Column(db.Integer, db.ForeignKey("products.id"), primary_key=True, index=True)
    quantity = db.Column(db.Integer, nullable=False)

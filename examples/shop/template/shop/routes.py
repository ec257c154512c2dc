"""What the shop shows to a browser."""

from flask import Blueprint, Response, jsonify

from shop.models import Customer, Product, db

pages = Blueprint("pages", __name__)


@pages.get("/products")
def list_products() -> Response:
    """List the products with their prices."""
    products = db.session.execute(db.select(Product).order_by(Product.id)).scalars()
    return jsonify([{"name": product.name, "price": str(product.price)} for product in products])


@pages.get("/customers")
def list_customers() -> Response:
    """List the customers by name."""
    customers = db.session.execute(db.select(Customer).order_by(Customer.id)).scalars()
    return jsonify([{"name": customer.name, "email": customer.email} for customer in customers])

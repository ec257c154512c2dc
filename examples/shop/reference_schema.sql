-- The schema of the reference models in models.py.
-- Made by `python -m grader.reference_ddl`: change the models and run it again, not this file.
-- sha256 of the models: 47dbea52ec72aa3d3539b89e81fa9f5d4e6adfe319c7bef483541f289ff82f2a

CREATE TABLE customers (
	id SERIAL NOT NULL, 
	full_name VARCHAR(100) NOT NULL, 
	email VARCHAR(120) NOT NULL, 
	CONSTRAINT pk_customers PRIMARY KEY (id), 
	CONSTRAINT uq_customers_email UNIQUE (email)
);

CREATE TABLE products (
	id SERIAL NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	price_cents INTEGER NOT NULL, 
	CONSTRAINT pk_products PRIMARY KEY (id), 
	CONSTRAINT ck_products_price_cents CHECK (price_cents >= 0)
);

CREATE TABLE orders (
	id SERIAL NOT NULL, 
	customer_id INTEGER NOT NULL, 
	status VARCHAR(20) DEFAULT 'new' NOT NULL, 
	placed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_orders PRIMARY KEY (id), 
	CONSTRAINT fk_orders_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE TABLE order_lines (
	order_id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	quantity INTEGER NOT NULL, 
	CONSTRAINT pk_order_lines PRIMARY KEY (order_id, product_id), 
	CONSTRAINT ck_order_lines_quantity CHECK (quantity > 0), 
	CONSTRAINT fk_order_lines_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id) ON DELETE CASCADE, 
	CONSTRAINT fk_order_lines_product_id_products FOREIGN KEY(product_id) REFERENCES products (id)
);

CREATE INDEX ix_order_lines_product_id ON order_lines (product_id);

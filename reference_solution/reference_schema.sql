-- The schema of the reference models in app.py.
-- Made by `python -m grader.reference_ddl`: change the models and run it again, not this file.
-- sha256 of the models: da9bbb784ec86b9b2abeffbb090e86c95fe8c0139a8e1c0c6907ce42a6a9a9bd

CREATE TABLE organizations (
	id SERIAL NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	slug VARCHAR(50) NOT NULL, 
	plan VARCHAR(20), 
	is_active BOOLEAN, 
	created_at TIMESTAMP WITHOUT TIME ZONE, 
	updated_at TIMESTAMP WITHOUT TIME ZONE, 
	CONSTRAINT pk_organizations PRIMARY KEY (id), 
	CONSTRAINT uq_organizations_name UNIQUE (name), 
	CONSTRAINT uq_organizations_slug UNIQUE (slug)
);

CREATE TABLE categories (
	id SERIAL NOT NULL, 
	name VARCHAR(50) NOT NULL, 
	slug VARCHAR(50) NOT NULL, 
	description TEXT, 
	created_at TIMESTAMP WITHOUT TIME ZONE, 
	CONSTRAINT pk_categories PRIMARY KEY (id), 
	CONSTRAINT uq_categories_name UNIQUE (name), 
	CONSTRAINT uq_categories_slug UNIQUE (slug)
);

CREATE TABLE users (
	id SERIAL NOT NULL, 
	username VARCHAR(50) NOT NULL, 
	email VARCHAR(120) NOT NULL, 
	full_name VARCHAR(100), 
	bio TEXT, 
	avatar_url VARCHAR(255), 
	is_active BOOLEAN, 
	organization_id INTEGER NOT NULL, 
	created_at TIMESTAMP WITHOUT TIME ZONE, 
	updated_at TIMESTAMP WITHOUT TIME ZONE, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_username UNIQUE (username), 
	CONSTRAINT uq_users_email UNIQUE (email), 
	CONSTRAINT fk_users_organization_id_organizations FOREIGN KEY(organization_id) REFERENCES organizations (id)
);

CREATE TABLE posts (
	id SERIAL NOT NULL, 
	user_id INTEGER NOT NULL, 
	organization_id INTEGER NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	category_id INTEGER, 
	content TEXT, 
	status VARCHAR(20), 
	view_count INTEGER, 
	created_at TIMESTAMP WITHOUT TIME ZONE, 
	updated_at TIMESTAMP WITHOUT TIME ZONE, 
	CONSTRAINT pk_posts PRIMARY KEY (id), 
	CONSTRAINT fk_posts_user_id_users FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT fk_posts_organization_id_organizations FOREIGN KEY(organization_id) REFERENCES organizations (id), 
	CONSTRAINT fk_posts_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id)
);

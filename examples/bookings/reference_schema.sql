-- The schema of the reference models in models.py.
-- Made by `python -m grader.reference_ddl`: change the models and run it again, not this file.
-- sha256 of the models: 11c20f41a3e8e132e517ab88d34c854062d41a744ada4ec18335d96b9259b072

CREATE TYPE booking_status AS ENUM ('requested', 'confirmed', 'cancelled');

CREATE TABLE rooms (
	id SERIAL NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	seats INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_rooms PRIMARY KEY (id), 
	CONSTRAINT uq_rooms_name UNIQUE (name)
);

CREATE TABLE members (
	id SERIAL NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	email VARCHAR(120) NOT NULL, 
	CONSTRAINT pk_members PRIMARY KEY (id), 
	CONSTRAINT uq_members_email UNIQUE (email)
);

CREATE TABLE bookings (
	id SERIAL NOT NULL, 
	room_id INTEGER NOT NULL, 
	member_id INTEGER NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	status booking_status DEFAULT 'requested' NOT NULL, 
	CONSTRAINT pk_bookings PRIMARY KEY (id), 
	CONSTRAINT ck_bookings_ends_after_it_starts CHECK (ends_at > starts_at), 
	CONSTRAINT fk_bookings_room_id_rooms FOREIGN KEY(room_id) REFERENCES rooms (id), 
	CONSTRAINT fk_bookings_member_id_members FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);

CREATE INDEX ix_bookings_room_id_starts_at ON bookings (room_id, starts_at);

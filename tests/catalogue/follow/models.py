"""How hints about the models are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, replace
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.follow.ways_back import instead
from tests.catalogue.wrong_models import AVATAR, BIO, COLUMN_BY_DDL

NOTES = 'class Note(Base):\n    __tablename__ = "notes"\n    id = sa.Column(sa.Integer, primary_key=True)\n'
AUTHORS = NOTES.replace("Note", "Author").replace("notes", "authors")

WAYS: Ways = {
    "columns_changed_by_ddl": (
        way(
            "wrong_column_by_ddl",
            replace(APP, (COLUMN_BY_DDL, ""), (BIO, f"{BIO}{AVATAR}")),
            says="Define each column in its model, and take the SQL",
            elsewhere=(APP,),
        ),
    ),
    "table_defined_twice": (
        way(
            "wrong_table_defined_twice",
            replace(
                APP,
                (
                    (
                        '\n\nclass Member(db.Model):\n    __tablename__ = "users"\n'
                        "    id = db.Column(db.Integer, primary_key=True)\n"
                    ),
                    "",
                ),
            ),
            says="Delete one of the classes",
        ),
        way(
            "wrong_table_defined_twice",
            replace(
                APP,
                (
                    'Member(db.Model):\n    __tablename__ = "users"',
                    'Member(db.Model):\n    __tablename__ = "members"',
                ),
            ),
            says="give it a __tablename__ of its own",
        ),
    ),
    "model_without_primary_key": (
        way(
            "wrong_model_without_key",
            replace(
                APP,
                (
                    '__tablename__ = "notes"\n',
                    '__tablename__ = "notes"\n    id = db.Column(db.Integer, primary_key=True)\n',
                ),
            ),
            says="`id = db.Column(db.Integer, primary_key=True)`",
        ),
    ),
    "relationship_unknown_class": (
        instead(
            "relationship_unknown_class",
            f'{NOTES}    author = orm.relationship("Note")\nNote()',
            says="Correct the spelling",
            then="relationship_without_foreign_key",
        ),
        instead(
            "relationship_unknown_class",
            f'{AUTHORS}{NOTES}    author = orm.relationship("Author")\nNote()',
            says="import the module that defines Author before the models are used",
            then="relationship_without_foreign_key",
        ),
    ),
    "relationship_without_foreign_key": (
        instead(
            "relationship_without_foreign_key",
            f'{NOTES}    other_id = sa.Column(sa.ForeignKey("notes.id"))\n'
            '    others = orm.relationship("Note")\nNote()',
            says='Add the column with `db.ForeignKey("table.id")`',
        ),
    ),
    "foreign_key_unknown_target": (
        way(
            "wrong_foreign_key_in_models",
            replace(APP, ('db.ForeignKey("organisations.id")', 'db.ForeignKey("categories.id")')),
            says="Write the table's name",
            elsewhere=(APP,),
        ),
    ),
    "column_defined_twice": (
        instead(
            "column_defined_twice",
            'sa.Table("notes", Base.metadata, sa.Column("id", sa.Integer))',
            says="Delete one of the two lines",
        ),
    ),
    "reserved_attribute": (
        instead(
            "reserved_attribute",
            "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
            "class Note(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
            '    extra = db.Column("metadata", db.Text)',
            says='`extra = db.Column("metadata", db.Text)`',
        ),
    ),
    "annotation_not_mapped": (
        instead(
            "annotation_not_mapped",
            "from sqlalchemy.orm import Mapped, mapped_column\n"
            'class Note(Base):\n    __tablename__ = "notes"\n'
            "    id: Mapped[int] = mapped_column(primary_key=True)",
            says="Write `name: Mapped[str] = mapped_column(…)`",
        ),
        instead(
            "annotation_not_mapped",
            'class Note(Base):\n    __tablename__ = "notes"\n'
            "    id = orm.mapped_column(sa.Integer, primary_key=True)",
            says="or leave the annotation out",
        ),
    ),
    "column_arguments_wrong": (
        instead(
            "column_arguments_wrong",
            'sa.Column("id", sa.Integer, primary_key=True)',
            says="Check the spelling of the arguments (nullable, unique, primary_key",
        ),
    ),
    "mapping_error": (instead("mapping_error", NOTES, says=("Correct that line", "__tablename__")),),
}

"""Disposable PostgreSQL servers: one protocol, three ways to get one."""

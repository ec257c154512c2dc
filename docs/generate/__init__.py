"""The pages of the documentation site that are made from the code whenever the site is built.

`hooks` is what MkDocs calls; every other module is plain functions from values of the grader to Markdown.
"""

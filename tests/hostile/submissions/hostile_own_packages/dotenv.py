def load_dotenv(*_, **__):
    pass

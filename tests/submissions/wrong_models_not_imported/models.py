from base import Base

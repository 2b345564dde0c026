"""Where sessions are kept: SQLite, as the system was first written, and as it could have been."""
import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor

SCHEMA = """CREATE TABLE IF NOT EXISTS sessions (
  id TEXT PRIMARY KEY, user_id TEXT, platform_id TEXT, device_id TEXT, created_at REAL, expires_at REAL)"""
INSERT = "INSERT INTO sessions (id, user_id, platform_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?)"
FIND = "SELECT device_id, expires_at FROM sessions WHERE id = ?"
BIND = "UPDATE sessions SET device_id = ? WHERE id = ? AND (device_id IS NULL OR device_id = ?)"


class ConnectionPerCall:
    """As built: opens the database for each call, and the event loop waits for the disk."""

    def __init__(self, path):
        self.path = path
        self._call(SCHEMA)

    def _call(self, statement, values=()):
        connection = sqlite3.connect(self.path)
        try:
            cursor = connection.execute(statement, values)
            row = cursor.fetchone() if statement is FIND else cursor.rowcount
            connection.commit()
            return row
        finally:
            connection.close()

    async def insert(self, *values):
        self._call(INSERT, values)

    async def find(self, session_id):
        return self._call(FIND, (session_id,))

    async def bind(self, session_id, device_id):
        return self._call(BIND, (device_id, session_id, device_id)) == 1


class OneConnection:
    """Fair: one connection in a thread of its own, write-ahead log, each commit on the disk before it is acknowledged."""

    def __init__(self, path):
        self.thread = ThreadPoolExecutor(max_workers=1)
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute(SCHEMA)

    def _call(self, statement, values):
        cursor = self.connection.execute(statement, values)
        row = cursor.fetchone() if statement is FIND else cursor.rowcount
        self.connection.commit()
        return row

    async def _run(self, statement, values):
        return await asyncio.get_running_loop().run_in_executor(self.thread, self._call, statement, values)

    async def insert(self, *values):
        await self._run(INSERT, values)

    async def find(self, session_id):
        return await self._run(FIND, (session_id,))

    async def bind(self, session_id, device_id):
        return await self._run(BIND, (device_id, session_id, device_id)) == 1

"""Asks the platform whose bearer token this is."""
import httpx


class ClientPerCall:
    """As built: a new client, and so a new connection, for each session that is created."""

    def __init__(self, url):
        self.url = url

    async def validate(self, authorization):
        async with httpx.AsyncClient() as client:
            return await client.get(self.url, headers={"Authorization": authorization})


class OneClient:
    """Fair: one client that keeps its connections."""

    def __init__(self, url):
        self.url = url
        self.client = httpx.AsyncClient(limits=httpx.Limits(max_connections=64, max_keepalive_connections=64), timeout=30)

    async def validate(self, authorization):
        return await self.client.get(self.url, headers={"Authorization": authorization})

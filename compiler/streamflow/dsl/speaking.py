"""How the options are written that sources and sinks have which speak HTTP or WebSocket: what diagnostics quote."""

BEARER = 'auth=bearer(secret("API_KEY"))'
SIGNED = 'auth=signed(secret("WEBHOOK_KEY"), "github"), or auth=bearer(secret("API_KEY"))'
HEADERS = 'headers={"X-Tenant": "north"}'
CORS = 'cors=["https://app.example.com"]'
METADATA = 'metadata=["ip", "country", "x-request-id"]'

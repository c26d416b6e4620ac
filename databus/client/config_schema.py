"""The JSON Schema of config.json, for editors and for other programs."""

from typing import Any

EXAMPLE = {
    "log_life_span": 1,
    "passengers": [
        {
            "name": "databus.passenger.demo.demo_passenger_1",
            "pullers": ["databus.puller.demo.demo_puller_1"],
            "processors": ["databus.processor.demo.demo_processor_1"],
            "pushers": ["databus.pusher.demo.demo_pusher_1"],
            "queue": "databus.pqueue.primal_queue",
            "queue_life_span": 1,
            "sync_frequency": 1,
        },
        {
            "name": "databus.passenger.document",
            "pullers": [
                {
                    "module": "databus.puller.files",
                    "name": "orders in",
                    "settings": {"url": "${INBOX:-data/inbox}", "when_seated": "delete"},
                }
            ],
            "pushers": [{"module": "databus.pusher.files", "name": "orders out", "settings": {"url": "data/outbox"}}],
            "schedule": "30 6 * * 1-5",
            "time_zone": "Europe/Berlin",
            "retry": {"max_attempts": 8, "first_delay": 60, "max_delay": 3600},
        },
    ],
    "users": [{"username": "ada", "password": "${file:/run/secrets/ada}", "role": "administrator"}],
}


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of config.json."""
    from databus.client.config import ClientConfig

    schema = ClientConfig.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Databus client configuration (config.json)",
        **{key: value for key, value in schema.items() if key != "title"},
        "examples": [EXAMPLE],
    }

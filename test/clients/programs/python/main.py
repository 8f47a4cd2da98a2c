"""Writes to a customer with what openapi-python-client made of the document, and prints what came."""

import json
import os
import time

from client import AuthenticatedClient
from client.api.conversations import list_conversations, list_messages
from client.api.messages import get_message, get_message_status, send_message, send_unified_message
from client.models import (
    ErrorResponse,
    SendMessageRequest,
    TextContent,
    TextContentType,
    UnifiedSendRequest,
)

env = os.environ
api = AuthenticatedClient(base_url=env["API_URL"], token=env["API_KEY"])
account_id = env["ACCOUNT_ID"]

first = send_message.sync(
    client=api,
    body=SendMessageRequest(
        account_id=account_id, recipient_id=env["CUSTOMER"], message=env["TEXT"]
    ),
)
conversation_id = first.conversation_id
content = TextContent(type_=TextContentType.TEXT, text=env["OTHER_TEXT"])
second = send_unified_message.sync(
    client=api, body=UnifiedSendRequest(conversation_id=conversation_id, content=content)
)


def until_sent(message_id):
    for _ in range(200):
        status = get_message_status.sync(message_id, client=api).status
        if status != "pending":
            return str(status)
        time.sleep(0.1)
    return "pending"


statuses = [until_sent(each.message_id) for each in (first, second)]
listed = list_conversations.sync(client=api, account_id=account_id, limit=100)
history = list_messages.sync(conversation_id, client=api)
unknown = get_message.sync("00000000-0000-4000-8000-000000000000", client=api)
assert isinstance(unknown, ErrorResponse)
print(
    json.dumps(
        {
            "message_ids": [str(first.message_id), str(second.message_id)],
            "conversation_id": conversation_id,
            "statuses": statuses,
            "listed": any(each.conversation_id == conversation_id for each in listed.data),
            "texts": [m.text for m in sorted(history.data, key=lambda each: each.position)],
            "error": str(unknown.code),
        }
    )
)

"""An accounts-payable agent in LangChain and its sub-agent.

The model is a script, so that each run is the same. What an agent may do is in its runtime context: LangChain
hands that to every tool, and neither to the model nor to callbacks or checkpoints.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from edge import Edge, Refused
from keybound import Chain, Refusal, SigningKey
from keybound.constraint import exact
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain.tools import ToolRuntime, tool
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from transcript import Transcript

AGENTS = "spiffe://acme.example/agent/payables/close-2026-11"


@dataclass(frozen=True)
class Credential:
    """What an agent carries in its runtime context: its own key, and the chain bound to it."""

    name: str
    key: SigningKey
    chain: Chain
    edge: Edge
    transcript: Transcript

    def call(self, tool: str, **arguments: Any) -> str:
        """Calls a tool at the edge, signed for this one call."""

        def signed() -> dict[str, Any]:
            return self.edge.call(self.key, self.chain, tool, arguments)

        return json.dumps(self.transcript.run(self.name, tool, arguments, signed)["result"])


Runtime = ToolRuntime[Credential, Any]


class TellTheModel(AgentMiddleware[Any, Credential]):
    """A refusal is an answer like any other: the model reads it, and the run goes on."""

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(request)
        except (Refused, Refusal) as refusal:
            content = f"refused: {refusal.code}"
            return ToolMessage(content=content, tool_call_id=request.tool_call["id"], status="error")


@tool
def read_invoice(invoice_id: str, runtime: Runtime) -> str:
    """Read an invoice."""
    return runtime.context.call("read_invoice", invoice_id=invoice_id)


@tool
def pay_invoice(invoice_id: str, amount: float, currency: str, runtime: Runtime) -> str:
    """Pay an invoice, in full or in part."""
    return runtime.context.call("pay_invoice", invoice_id=invoice_id, amount=amount, currency=currency)


@tool
def cancel_invoice(invoice_id: str, runtime: Runtime) -> str:
    """Cancel an invoice."""
    return runtime.context.call("cancel_invoice", invoice_id=invoice_id)


@tool
def ask_reader(question: str, invoice_id: str, runtime: Runtime) -> str:
    """Have a sub-agent look at one invoice. It may read that invoice, for a minute, and nothing else."""
    manager = runtime.context
    key = SigningKey.generate()
    chain = manager.chain.delegate(
        manager.key,
        to=key.public_key,
        tools={"read_invoice": {"invoice_id": exact(invoice_id)}},
        agent=f"{AGENTS}/reader",
        ttl=60,
    )
    narrowed = replace(manager, name="reader", key=key, chain=chain)
    answer = reader.invoke({"messages": [HumanMessage(question)]}, context=narrowed)
    return str(answer["messages"][-1].content)


@tool
def hire_payer(invoice_id: str, runtime: Runtime) -> str:
    """Have another sub-agent pay an invoice."""
    holder = runtime.context
    tools = {"pay_invoice": {"invoice_id": exact(invoice_id)}}

    def hire() -> dict[str, Any]:
        payer = SigningKey.generate()
        chain = holder.chain.delegate(holder.key, to=payer.public_key, tools=tools)
        return holder.edge.call(payer, chain, "pay_invoice", {"invoice_id": invoice_id})

    return json.dumps(holder.transcript.run(holder.name, "hire_payer", {"invoice_id": invoice_id}, hire)["result"])


class Script(GenericFakeChatModel):
    """A model that says what it was told to say, and calls what it was told to call."""

    def bind_tools(self, tools: Any, **_: Any) -> Script:
        return self


def script(*calls: tuple[str, dict[str, Any]], last: str) -> Script:
    """A model that makes `calls`, one at a time, and then says `last`."""
    messages = [
        AIMessage(content="", tool_calls=[{"name": name, "args": arguments, "id": f"{name}-{number}"}])
        for number, (name, arguments) in enumerate(calls)
    ]
    return Script(messages=iter([*messages, AIMessage(last)]))


reader = create_agent(
    script(
        ("read_invoice", {"invoice_id": "INV-1042"}),
        ("read_invoice", {"invoice_id": "INV-1041"}),
        ("pay_invoice", {"invoice_id": "INV-1042", "amount": 250, "currency": "EUR"}),
        ("hire_payer", {"invoice_id": "INV-1042"}),
        last="Contoso Freight wants 1250 EUR. I may not pay it.",
    ),
    [read_invoice, pay_invoice, hire_payer],
    middleware=[TellTheModel()],
    context_schema=Credential,
)

manager = create_agent(
    script(
        ("read_invoice", {"invoice_id": "INV-1041"}),
        ("pay_invoice", {"invoice_id": "INV-1041", "amount": 420, "currency": "EUR"}),
        ("pay_invoice", {"invoice_id": "INV-1041", "amount": 9000, "currency": "EUR"}),
        ("cancel_invoice", {"invoice_id": "INV-1041"}),
        ("ask_reader", {"question": "What does Contoso want?", "invoice_id": "INV-1042"}),
        last="INV-1041 is paid; INV-1042 is more than I may pay.",
    ),
    [read_invoice, pay_invoice, cancel_invoice, ask_reader],
    middleware=[TellTheModel()],
    context_schema=Credential,
)

"""An accounts-payable agent in LangChain and its sub-agent.

The model is a script, so that each run is the same. What an agent may do is in its runtime context: LangChain
hands that to every tool, and neither to the model nor to callbacks or checkpoints.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from edge import Edge
from keybound import Chain, Refusal, SigningKey
from keybound.constraint import exact
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain.tools import ToolRuntime, tool
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from refused import Refused
from transcript import Transcript

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Credential:
    """What an agent carries in its runtime context: its own key, and the chain bound to it."""

    name: str
    agent: str
    key: SigningKey
    chain: Chain
    edge: Edge
    transcript: Transcript

    def signed(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Calls a tool at the edge, signed for this one call."""
        return self.edge.call(self.key, self.chain, tool, arguments)

    def call(self, tool: str, **arguments: Any) -> str:
        """Calls a tool at the edge, with a line in the transcript."""
        answer = self.transcript.run(self.name, tool, arguments, lambda: self.signed(tool, **arguments))
        return json.dumps(answer["result"])

    def lend(self, invoice_id: str, ttl: int) -> Credential:
        """Makes a sub-agent that may read one invoice for `ttl` seconds, and nothing else. Nobody is asked."""
        key = SigningKey.generate()
        agent = self.agent.rsplit("/", 1)[0] + "/reader"
        tools = {"read_invoice": {"invoice_id": exact(invoice_id)}}
        chain = self.chain.delegate(self.key, to=key.public_key, tools=tools, agent=agent, ttl=ttl)
        return Credential("reader", agent, key, chain, self.edge, self.transcript)


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
def watch_invoice(invoice_id: str, runtime: Runtime) -> str:
    """Read an invoice again and again, until it is no longer allowed."""
    holder, wanted = runtime.context, {"invoice_id": invoice_id}
    holder.transcript.until_refused(
        holder.name, "read_invoice", wanted, lambda: holder.signed("read_invoice", **wanted)
    )
    return "no longer allowed"


@tool
def ask_reader(question: str, invoice_id: str, runtime: Runtime) -> str:
    """Have a sub-agent look at one invoice. It may read that invoice, for half a minute, and nothing else."""
    helper = reader(
        ("read_invoice", {"invoice_id": "INV-1042"}),
        ("read_invoice", {"invoice_id": "INV-1041"}),
        ("pay_invoice", {"invoice_id": "INV-1042", "amount": 250, "currency": "EUR"}),
        ("hire_payer", {"invoice_id": "INV-1042"}),
        last="Contoso Freight wants 1250 EUR. I may not pay it.",
    )
    answer = helper.invoke({"messages": [HumanMessage(question)]}, context=runtime.context.lend(invoice_id, ttl=30))
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


def script(*calls: Call, last: str) -> Script:
    """A model that makes `calls`, one at a time, and then says `last`."""
    messages = [
        AIMessage(content="", tool_calls=[{"name": name, "args": arguments, "id": f"{name}-{number}"}])
        for number, (name, arguments) in enumerate(calls)
    ]
    return Script(messages=iter([*messages, AIMessage(last)]))


def reader(*calls: Call, last: str) -> Any:
    """A sub-agent: it looks at invoices, and is tempted to do more."""
    tools = [read_invoice, watch_invoice, pay_invoice, hire_payer]
    return create_agent(script(*calls, last=last), tools, middleware=[TellTheModel()], context_schema=Credential)


def payables(*calls: Call, last: str) -> Any:
    """An agent that works through somebody's payables."""
    tools = [read_invoice, watch_invoice, pay_invoice, cancel_invoice, ask_reader]
    return create_agent(script(*calls, last=last), tools, middleware=[TellTheModel()], context_schema=Credential)


def work(agent: Any, credential: Credential, question: str) -> Iterator[None]:
    """Runs an agent, and stops after each of its tools until asked to go on. What it says last is quoted."""
    update: dict[str, Any] = {}
    for update in agent.stream({"messages": [HumanMessage(question)]}, context=credential, stream_mode="updates"):
        if "tools" in update:
            yield
    credential.transcript.quote(credential.name, update["model"]["messages"][-1].content)

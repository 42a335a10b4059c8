"""The story, chapter by chapter."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import attacks
import trail
from agent import Credential, payables, reader, work
from clients import Client
from edge import Edge
from keybound import SigningKey
from keybound.constraint import exact, one_of, range, wildcard
from ledger import RESOURCE, ledger
from refused import Refused
from service import Service
from session import Session
from transcript import Transcript, shown

WORKFLOW, TASK = "monthly-close", "close-2026-11"
ADA = {"id": "ada", "tier": "pro", "groups": ["finance"]}
BOB = {"id": "bob", "tier": "free"}
READ = {"invoice_id": "INV-1042"}
ENTRY = {"invoice_id": "INV-1042", "amount": 500}

# By their names in the policy.
ORCHESTRATOR, EDGE, LEDGER = Client("payables"), Client("edge"), Client("ledger")
OPERATOR, AUDITOR = Client("security"), Client("revision")
CLIENTS = [ORCHESTRATOR, EDGE, LEDGER, OPERATOR, AUDITOR]


def tools(most: int) -> dict[str, Any]:
    """The tools of the task: read its two invoices, pay each up to a limit, book what was paid."""
    invoice = one_of("INV-1041", "INV-1042")
    return {
        "read_invoice": {"invoice_id": invoice},
        "pay_invoice": {"invoice_id": invoice, "amount": range(max=most), "currency": exact("EUR")},
        "post_entry": {"invoice_id": invoice, "amount": wildcard()},
    }


class Story:
    """Who does what, in order."""

    def __init__(self, service: Service, edge: Edge, transcript: Transcript) -> None:
        self.service, self.edge, self.transcript = service, edge, transcript

    def tell(self) -> None:
        """All of it."""
        self.orchestrator_launches()
        self.manager_works()
        self.thieves_try()
        self.manager_renews()
        self.operator_revokes()
        self.colleague_is_done()
        self.auditor_looks()

    def orchestrator_launches(self) -> None:
        say = self.transcript
        say.heading("The orchestrator logs in at the service and launches an agent for ada. The policy allows no more.")
        self.log_in("orchestrator", ORCHESTRATOR)
        say.attempt("orchestrator", "launch", "for bob", lambda: self.launch(BOB, 500))
        say.attempt("orchestrator", "launch", "for ada, to 9000 EUR", lambda: self.launch(ADA, 9000))
        launched = self.launched()
        self.manager = self.register("manager", launched)
        say.attempt("thief", "register", "the same launch token", lambda: Session(self.service).register(launched))

    def manager_works(self) -> None:
        self.transcript.heading(
            "The manager works through ada's payables, and has a sub-agent look at one. Nobody asks the service."
        )
        agent = payables(
            ("read_invoice", {"invoice_id": "INV-1041"}),
            ("pay_invoice", {"invoice_id": "INV-1041", "amount": 420, "currency": "EUR"}),
            ("pay_invoice", {"invoice_id": "INV-1041", "amount": 9000, "currency": "EUR"}),
            ("cancel_invoice", {"invoice_id": "INV-1041"}),
            ("ask_reader", {"question": "What does Contoso want?", "invoice_id": "INV-1042"}),
            last="INV-1041 is paid; INV-1042 is more than I may pay.",
        )
        for _ in work(agent, self.credential("manager", self.manager), "Settle what is due."):
            pass

    def thieves_try(self) -> None:
        say, manager = self.transcript, self.credential("manager", self.manager)
        say.heading("A thief has the manager's token, but not its key.")
        attacks.attack(self.edge, say, manager.chain)
        say.attempt("thief", "renew", "the manager's token", lambda: attacks.renew(self.service, self.manager.token))

        say.heading("Somebody on the path sends the manager's payment again, then with another amount.")
        attacks.replay(self.edge, say)

        say.heading("A sub-agent uses a token that was for one second; the manager raises the limit in its own token.")
        attacks.outlive(manager)
        attacks.raise_the_limit(manager)

    def manager_renews(self) -> None:
        say, before = self.transcript, self.credential("manager", self.manager)
        say.heading("Tokens live a minute. The manager renews its own: never wider, and the old one ends.")
        say.attempt("manager", "renew", "up to 9000 EUR", lambda: self.manager.renew(tools(9000)))
        say.ask("manager", "renew", "as it is", self.manager.renew, granted)
        say.revoked_at = time.monotonic()
        say.until_refused("manager", "read_invoice", READ, lambda: before.signed("read_invoice", **READ))
        self.credential("manager", self.manager).call("read_invoice", **READ)

    def operator_revokes(self) -> None:
        say, manager = self.transcript, self.credential("manager", self.manager)
        say.heading("A colleague is launched. In the middle of the manager's work an operator revokes the manager.")
        self.colleague = self.register("colleague", self.launched())
        managing = work(
            payables(
                ("read_invoice", READ),
                ("watch_invoice", READ),
                ("pay_invoice", {"invoice_id": "INV-1042", "amount": 500, "currency": "EUR"}),
                last="I was stopped.",
            ),
            manager,
            "Keep an eye on INV-1042.",
        )
        reading = work(
            reader(("read_invoice", READ), ("watch_invoice", READ), last="So was I."),
            manager.lend("INV-1042", ttl=30),
            "And you too.",
        )
        next(managing)
        next(reading)
        say.check(self.sessions() == {"manager": "live", "colleague": "live"}, "both agents of the task are live")

        self.log_in("operator", OPERATOR)
        wanted = {"level": "agent", "id": self.manager.agent}
        say.ask(
            "operator",
            "revoke",
            "the agent manager",
            lambda: OPERATOR.ask(self.service, "POST", "/admin/revocations", json=wanted),
            lambda answer: f"service: list number {answer['revocation_seq']}, {answer['sessions_ended']} session ended",
        )
        say.revoked_at = time.monotonic()
        next(managing)
        next(reading)
        list(managing)
        list(reading)
        say.attempt("manager", "renew", "after all", self.manager.renew)

        agent = payables(
            ("read_invoice", READ),
            ("pay_invoice", {"invoice_id": "INV-1042", "amount": 500, "currency": "EUR"}),
            last="I go on.",
        )
        list(work(agent, self.credential("colleague", self.colleague), "Pay what you may of INV-1042."))

    def colleague_is_done(self) -> None:
        say, colleague = self.transcript, self.credential("colleague", self.colleague)
        with ledger(self.service, LEDGER) as books:
            say.heading("The ledger next door knows OAuth alone: the colleague exchanges its chain for a JWT.")
            token = say.ask(
                "colleague",
                "exchange",
                "for the ledger",
                lambda: self.colleague.exchange(RESOURCE, "post_entry"),
                lambda answer: f"service: a JWT for {answer['scope']}, {answer['expires_in']} s, bound to its key",
            )["access_token"]

            def book(who: str, key: SigningKey) -> None:
                with suppress(Refused):
                    say.ask(
                        who,
                        "post_entry",
                        shown(ENTRY),
                        lambda: books.post_entry(key, token, ENTRY),
                        lambda answer: f"for {answer['for']}: {say.name(answer['by'])}",
                    )

            book("colleague", self.colleague.key)
            book("thief", SigningKey.generate())

            say.heading("The colleague is done, and gives back what it has. Nothing of use is left.")
            released = "service: the session and everything under it have ended"
            say.ask("colleague", "release", "itself", self.colleague.release, lambda _: released)
            say.revoked_at = time.monotonic()
            say.until_refused("colleague", "read_invoice", READ, lambda: colleague.signed("read_invoice", **READ))
            book("colleague", self.colleague.key)
            say.attempt("colleague", "renew", "after all", self.colleague.renew)
        states = self.sessions()
        say.check(states == {"manager": "operator", "colleague": "released"}, "none of the task's agents is live")

    def auditor_looks(self) -> None:
        say = self.transcript
        say.heading("The auditor reads the log, and checks it with the key that was noted when the service began.")
        self.log_in("auditor", AUDITOR)
        records = say.ask(
            "auditor",
            "events",
            "all",
            lambda: trail.fetch(self.service, AUDITOR),
            lambda records: f"service: {len(records)} records",
        )
        checkpoint = say.ask(
            "auditor",
            "checkpoint",
            "",
            lambda: self.service.ask("GET", "/audit/checkpoint"),
            lambda note: f"service: {note.splitlines()[1]} records under the root {note.splitlines()[2][:12]}…",
        )
        export = self.service.command("audit", "export").stdout
        is_whole, verdict = trail.verify(self.service, export, checkpoint)
        # A late report of the edge may have come in since.
        is_whole = is_whole and len(export.splitlines()) > len(records)
        say.check(is_whole, f"keybound audit verify: {verdict}")
        forged = export.replace("launch.used_twice", "launch.created", 1).replace('"code":"launch.used",', "", 1)
        is_whole, verdict = trail.verify(self.service, forged, checkpoint)
        say.check(not is_whole, f"and with the theft painted over: {verdict}")
        users = {say.name(record["agent"]) for record in records if record["operation"].startswith("use.")}
        say.check({"manager", "reader"} <= users, "the log knows the sub-agent, though the service never met it")

        say.heading(f"What happened, by `keybound audit trail --task {TASK}` (here without audiences and rules):")
        say.show(trail.tree(self.service, TASK, say.names))

    def log_in(self, who: str, client: Client) -> None:
        """A client logs in."""
        answer = self.transcript.ask(
            who,
            "log_in",
            "with its own key",
            lambda: client.log_in(self.service),
            lambda answer: f"service: may {answer['scope']}, {answer['expires_in']} s, bound to a second key",
        )
        assert answer["token_type"] == "DPoP"

    def sessions(self) -> dict[str, str]:
        """The agents of the task, and whether they are live or how they ended."""
        answer = self.transcript.ask(
            "orchestrator",
            "sessions",
            f"of {TASK}",
            lambda: ORCHESTRATOR.ask(self.service, "GET", "/sessions", params={"task": TASK}),
            lambda answer: "service: " + ", ".join(f"{name}: {state}" for name, state in self.states(answer).items()),
        )
        return self.states(answer)

    def states(self, answer: dict[str, Any]) -> dict[str, str]:
        """By the names that agents have here."""
        return {self.transcript.name(one["agent_id"]): one["state"] for one in answer["sessions"]}

    def launch(self, principal: dict[str, Any], most: int) -> Any:
        """Asks for an agent for a user."""
        wanted = {"workflow": WORKFLOW, "task": TASK, "principal": principal, "tools": tools(most)}
        return ORCHESTRATOR.ask(self.service, "POST", "/launch", json=wanted)

    def launched(self) -> dict[str, Any]:
        """Launches an agent for ada."""
        answer: dict[str, Any] = self.transcript.ask(
            "orchestrator",
            "launch",
            "for ada, to 500 EUR",
            lambda: self.launch(ADA, 500),
            lambda answer: f"service: a launch token, good once and for {answer['expires_in']} s",
        )
        return answer

    def register(self, name: str, launched: dict[str, Any]) -> Session:
        """An agent makes its key and registers it."""
        session = Session(self.service)
        self.transcript.ask(name, "register", "the launch token", lambda: session.register(launched), granted)
        self.transcript.names[session.agent] = name
        return session

    def credential(self, name: str, session: Session) -> Credential:
        """What an agent works with now."""
        return Credential(name, session.agent, session.key, session.chain, self.edge, self.transcript)


def granted(answer: dict[str, Any]) -> str:
    """What a token is."""
    return f"service: a chain for {answer['scope'].replace(' ', ', ')}, {answer['expires_in']} s, bound to its key"

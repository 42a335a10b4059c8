-- Text and 64-bit integers only: the same statements run on SQLite and on PostgreSQL.

-- One row a tenant: the end of its audit log and its counters. Every transaction that writes for a tenant begins by taking its
-- turn here, so writes of one tenant follow each other on every node.
CREATE TABLE heads (
    tenant TEXT NOT NULL PRIMARY KEY,
    turn BIGINT NOT NULL,
    audit_size BIGINT NOT NULL,
    audit_last TEXT NOT NULL,
    audit_tree TEXT NOT NULL,
    revocation_seq BIGINT NOT NULL,
    status_next BIGINT NOT NULL,
    policy_version BIGINT NOT NULL
);

-- Launch tokens by their hash. What the agent will be is fixed here, by its orchestrator and the policy.
CREATE TABLE launches (
    tenant TEXT NOT NULL,
    hash TEXT NOT NULL,
    orchestrator TEXT NOT NULL,
    workflow TEXT NOT NULL,
    task TEXT NOT NULL,
    principal TEXT,
    terms TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
);
CREATE INDEX launches_by_end ON launches (expires);

-- One row an agent instance, from its first token to its end.
CREATE TABLE sessions (
    tenant TEXT NOT NULL,
    agent TEXT NOT NULL,
    orchestrator TEXT NOT NULL,
    workflow TEXT NOT NULL,
    task TEXT NOT NULL,
    principal TEXT,
    holder TEXT NOT NULL,
    evidence TEXT NOT NULL,
    terms TEXT NOT NULL,
    state TEXT NOT NULL,
    started BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    renewals BIGINT NOT NULL,
    tokens TEXT NOT NULL,
    latest BIGINT NOT NULL,
    heartbeat BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    activity TEXT NOT NULL,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, agent)
);
CREATE INDEX sessions_by_task ON sessions (tenant, task);
CREATE INDEX sessions_by_state ON sessions (state, latest);

-- What has been revoked, in the order it was: the source of the signed lists.
CREATE TABLE revocations (
    tenant TEXT NOT NULL,
    seq BIGINT NOT NULL,
    id TEXT NOT NULL,
    ends BIGINT NOT NULL,
    added BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
);
CREATE INDEX revocations_by_id ON revocations (tenant, id);
CREATE INDEX revocations_by_end ON revocations (ends);

-- Access tokens by their index in the status list.
CREATE TABLE statuses (
    tenant TEXT NOT NULL,
    place BIGINT NOT NULL,
    token TEXT NOT NULL,
    agent TEXT NOT NULL,
    root TEXT NOT NULL,
    lineage TEXT NOT NULL,
    expires BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    PRIMARY KEY (tenant, place)
);
CREATE INDEX statuses_by_agent ON statuses (tenant, agent);
CREATE INDEX statuses_by_root ON statuses (tenant, root);
CREATE INDEX statuses_by_token ON statuses (tenant, token);
CREATE INDEX statuses_by_end ON statuses (expires);

-- What may be used once: proofs, assertions. Kept until it could not be used anyway.
CREATE TABLE used (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX used_by_end ON used (ends);

-- How often a user used a category of tools in a window of time.
CREATE TABLE charges (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    count BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX charges_by_end ON charges (ends);

-- Every policy that was ever in force.
CREATE TABLE policies (
    tenant TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    added BIGINT NOT NULL,
    PRIMARY KEY (tenant, version)
);

-- The audit log. `record` is what is hashed; the other columns repeat parts of it for queries. Rows are never changed or deleted.
CREATE TABLE audit (
    tenant TEXT NOT NULL,
    seq BIGINT NOT NULL,
    record TEXT NOT NULL,
    time BIGINT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    agent TEXT,
    orchestrator TEXT,
    task TEXT,
    principal TEXT,
    token TEXT,
    request TEXT,
    PRIMARY KEY (tenant, seq)
);
CREATE INDEX audit_by_agent ON audit (tenant, agent, seq) WHERE agent IS NOT NULL;
CREATE INDEX audit_by_task ON audit (tenant, task, seq) WHERE task IS NOT NULL;
CREATE INDEX audit_by_principal ON audit (tenant, principal, seq) WHERE principal IS NOT NULL;
CREATE INDEX audit_by_token ON audit (tenant, token, seq) WHERE token IS NOT NULL;
CREATE INDEX audit_by_request ON audit (tenant, request) WHERE request IS NOT NULL;
CREATE INDEX audit_by_time ON audit (tenant, time, seq);

-- The hashes of complete subtrees of 16, 256, … records of the audit log. Those between are made from these and the records.
CREATE TABLE audit_nodes (
    tenant TEXT NOT NULL,
    level BIGINT NOT NULL,
    place BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (tenant, level, place)
);

-- Access tokens that are too large to be carried, by the hash of what is carried in their place. What is kept is encrypted under a
-- key that only that text gives.
CREATE TABLE handles (
    tenant TEXT NOT NULL,
    hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
);
CREATE INDEX handles_by_end ON handles (expires);

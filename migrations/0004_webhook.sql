-- Addresses on the bot's own web server whose POSTs become records of a member's stream or messages of a member's queue.
CREATE TABLE webhook (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    -- stream or queue
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    -- The field of a JSON body that gives the partition key or the group.
    key_field TEXT,
    -- The address is a capability: found by its hash, shown to its owner from the sealed form.
    token_hash TEXT NOT NULL UNIQUE,
    token_sealed TEXT NOT NULL,
    -- What deliveries are signed with; null where none is wanted.
    secret_sealed TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (guild_id, member_id, name)
);

-- What came, for a day: to know a repeat by its key, and to show what happened.
CREATE TABLE webhook_delivery (
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    -- What the sender calls this delivery; null where it gave no name.
    idempotency_key TEXT,
    at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    -- pending, taken, refused (not signed as it should be) or failed (to be sent again)
    outcome TEXT NOT NULL,
    -- Where it went, or why not.
    detail TEXT NOT NULL,
    -- How often it came again after it was taken.
    repeats BIGINT NOT NULL,
    UNIQUE (webhook_id, idempotency_key)
);

CREATE INDEX webhook_delivery_at ON webhook_delivery (webhook_id, at);

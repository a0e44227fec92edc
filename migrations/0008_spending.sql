-- What stands at AWS on the operator's bill, from the reservation of its money to its end and what it really cost.
CREATE TABLE spending_entry (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    region TEXT NOT NULL,
    -- stream, queue, topic or table
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- planned, live, going, quarantined or gone
    state TEXT NOT NULL,
    -- From when on it costs how much an hour, in millionths of a dollar: JSON, oldest first.
    stretches TEXT NOT NULL,
    -- Put by for its use while it stands, in millionths of a dollar.
    allowance BIGINT NOT NULL,
    planned_at BIGINT NOT NULL,
    reserved_until BIGINT NOT NULL,
    -- Null while it may still cost something.
    ended_at BIGINT,
    -- Failed removals.
    attempts BIGINT NOT NULL,
    -- When it is looked at next.
    due_at BIGINT NOT NULL,
    -- Whether the moderators have heard that it is quarantined.
    told BIGINT NOT NULL
);

CREATE INDEX spending_entry_due ON spending_entry (state, due_at);
CREATE INDEX spending_entry_ended ON spending_entry (ended_at);

-- What is used up at once: requests, records, loads. One row a member and day (UTC), in millionths of a dollar.
CREATE TABLE spending_use (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    -- The day's first moment.
    day BIGINT NOT NULL,
    micros BIGINT NOT NULL,
    PRIMARY KEY (guild_id, member_id, day)
);

CREATE INDEX spending_use_day ON spending_use (day);

-- Commands held back until their member has said yes to what they cost.
CREATE TABLE spending_ask (
    -- The interaction that asked, in its buttons.
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    -- The command with its options, as Discord sent them.
    command TEXT NOT NULL,
    -- What the member was told that it costs at most, in millionths of a dollar.
    cost BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    -- Whether it was said yes to: once at most.
    taken BIGINT NOT NULL
);

CREATE INDEX spending_ask_asked_at ON spending_ask (asked_at);
